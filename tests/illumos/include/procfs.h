// illumos <procfs.h>: psinfo_t, as a 64-bit program reads it from /proc/PID/psinfo. Members that nobody reads stand
// together as padding; numbers.cpp holds the places of the others against the real header.
#pragma once

#include <cstddef>
#include <sys/types.h>

#include "zone.h"

struct lwpsinfo_t {
    char before[26];
    char pr_sname;
    char after[101];
};

struct psinfo_t {
    int pr_flag;
    int pr_nlwp;
    pid_t pr_pid;
    pid_t pr_ppid;
    char ids_and_size[40];
    size_t pr_rssize;  // kB
    char times[72];
    char pr_fname[16];
    char arguments[128];
    ctid_t pr_contract;
    int filler;
    lwpsinfo_t pr_lwp;
};
