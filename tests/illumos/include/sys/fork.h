// illumos <sys/fork.h>.
#pragma once

#include <sys/types.h>

#define FORK_NOSIGCHLD 0x0001
#define FORK_WAITPID 0x0002

extern "C" pid_t forkx(int);
