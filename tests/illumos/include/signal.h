// illumos <signal.h> on top of Linux's: here signals have Linux's numbers, and the one that Linux lacks takes the last
// real-time signal's.
#pragma once
#pragma GCC system_header

#include_next <signal.h>

#include "zone.h"

#define SIGEMT 64
#undef SIGRTMAX
#define SIGRTMAX 63
#define SI_NOINFO 32767

// <sys/procset.h>: an enumeration there, whose other names mean other numbers on Linux.
#define P_CTID 13
extern "C" int sigsend(int, int, int);
