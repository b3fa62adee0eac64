// fork and exec, the only place of them.
#pragma once

#include <climits>
#include <sys/types.h>

#include "conf/arguments.hpp"
#include "init/program.hpp"
#include "plumb/contracts.hpp"

namespace init {

struct Child {
    pid_t pid = -1;                  // -1: fork failed, error says why
    const char* stage = nullptr;     // not null: the child got no further than this
    int error = 0;                   // errno of fork or of stage
    plumb::ContractId contract = 0;  // illumos: the one that it began
    int pending = -1;                // the child has not executed the program yet: late_failure(pending) tells, owned
};

// Starts the program in a process group and (but for Terminal::foreground) a session of its own, all signals at their
// default and unblocked, no descriptor but 0 to 2. Waits, a second at the most, until the program was executed or a
// stage before that failed; such a child ends by itself and is to be reaped like any other.
// cookie: on illumos the child begins a contract of its own, marked with this (see plumb/contracts.hpp).
Child spawn(const Program& program, std::uint64_t cookie = plumb::cookie_helper);

// pending of a child that shares our memory.
inline constexpr int pending_in_memory = INT_MAX;

// The same for the application, without copying our memory for the child, where the platform can and nothing is opened
// that may keep it: program must then stay as it is until the child has executed it, that is, while pending says so.
Child spawn_fast(const Program& program, std::uint64_t cookie);

// The stage that failed after spawn had stopped waiting, once the child has ended; closes the descriptor.
// stage null: it did execute the program.
Child late_failure(int pending);

// The same in our own place and session, with the descriptors that program does not say otherwise of: what `mvinit
// exec` is. Says what went wrong, and exits with 127 or 126 as a shell would, 125 where it got no further than that.
[[noreturn]] void become_and_execute(const Program& program, const conf::Arguments& arguments);

// The kernel's OOM killer spares us from now on, where it may be told to, and none of our children: see plumb/oom.hpp.
void spare_us();

// Executes the program at path in our own place, with argv and our environment as they are. Returns errno.
int execute_again(const char* path, char* const* argv);

// Runs work in a child, with mvinit's descriptors and all signals at their default, and ends it; -1 and errno where
// fork fails.
pid_t fork_worker(void (*work)(void*), void* data);

// The same with a child of whose end nobody is told, for whom no wait for any child waits, and who keeps all signals
// blocked: see reap_unseen().
pid_t fork_unseen(void (*work)(void*), void* data);

}  // namespace init
