// illumos <sys/systeminfo.h>. Linux has a sysinfo(2) of its own, hence the name for the linker.
#pragma once

#define SI_SET_HOSTNAME 258

extern "C" int sysinfo(int, char*, long) __asm__("illumos_sysinfo");
