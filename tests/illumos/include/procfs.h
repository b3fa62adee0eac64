// illumos <procfs.h>: psinfo_t, as a 64-bit program reads it from /proc/PID/psinfo. Members that nobody reads stand
// together as padding; numbers.cpp holds the places of the others against the real header.
#pragma once

#include <cstddef>
#include <sys/types.h>

#include "zone.h"

struct psinfo_t {
    char before[280];
    ctid_t pr_contract;
    char after[132];
};
