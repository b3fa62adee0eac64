// illumos <sys/mount.h>. Linux has a mount(2) of its own, hence the name for the linker.
#pragma once

#define MS_RDONLY 0x0001
#define MS_DATA 0x0004
#define MS_REMOUNT 0x0020
#define MS_OPTIONSTR 0x0100
#define MAX_MNTOPT_STR 1024

extern "C" int mount(const char*, const char*, int, ...) __asm__("illumos_mount");
