// illumos <sys/statvfs.h>, as a 64-bit program sees it. Linux has a statvfs(3) of its own, hence the name for the
// linker.
#pragma once
#pragma GCC system_header  // a function and a struct of one name

#include <sys/types.h>

#define FSTYPSZ 16
#define ST_RDONLY 0x01

struct statvfs {
    unsigned long f_bsize;
    unsigned long f_frsize;
    unsigned long f_blocks;
    unsigned long f_bfree;
    unsigned long f_bavail;
    unsigned long f_files;
    unsigned long f_ffree;
    unsigned long f_favail;
    unsigned long f_fsid;
    char f_basetype[FSTYPSZ];
    unsigned long f_flag;
    unsigned long f_namemax;
    char f_fstr[32];
};

extern "C" int statvfs(const char*, struct statvfs*) __asm__("illumos_statvfs");
