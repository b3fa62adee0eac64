// illumos <sys/utsname.h>. Linux has a uname(2) of its own, hence the name for the linker.
#pragma once

#define SYS_NMLN 257

struct utsname {
    char sysname[SYS_NMLN];
    char nodename[SYS_NMLN];
    char release[SYS_NMLN];
    char version[SYS_NMLN];
    char machine[SYS_NMLN];
};

extern "C" int uname(struct utsname*) __asm__("illumos_uname");
