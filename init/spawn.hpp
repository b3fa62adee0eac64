// fork and exec, the only place of them.
#pragma once

#include <sys/types.h>

#include "init/program.hpp"

namespace init {

struct Child {
    pid_t pid = -1;               // -1: fork failed, error says why
    const char* stage = nullptr;  // not null: the child got no further than this
    int error = 0;                // errno of fork or of stage
    int pending = -1;             // the child has not executed the program yet: late_failure(pending) tells, owned
};

// Starts the program in a process group and (but for Terminal::foreground) a session of its own, all signals at their
// default and unblocked, no descriptor but 0 to 2. Waits, a second at the most, until the program was executed or a
// stage before that failed; such a child ends by itself and is to be reaped like any other.
Child spawn(const Program& program);

// The stage that failed after spawn had stopped waiting, once the child has ended; closes the descriptor.
// stage null: it did execute the program.
Child late_failure(int pending);

// Runs work in a child, with mvinit's descriptors and all signals at their default, and ends it; -1 and errno where
// fork fails.
pid_t fork_worker(void (*work)(void*), void* data);

}  // namespace init
