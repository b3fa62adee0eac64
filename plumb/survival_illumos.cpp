// illumos's kernel executes an init that dies again by itself, and real faults have their default action. On request
// mvinit does the same to itself.
#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "plumb/process_illumos.hpp"
#include "plumb/survival.hpp"

namespace plumb {

constinit LastResort last_resort;

void catch_faults() {}

std::uint64_t caught_signals() {
    return 0;
}

void prepare_last_resort() {}

// All signals are blocked until the new image looks: the handlers are gone by then, and most would end it.
int execute_in_place(int /*descriptor*/) {
    if (last_resort.path == nullptr || last_resort.path[0] == '\0') return ENOENT;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    raise_noted_signals();
    execve(last_resort.path, last_resort.argv, last_resort.env);
    const int error = errno;
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return error;
}

[[noreturn]] void last_resort_loop() {
    _exit(last_resort.app_code);
}

void signal_was_taken(std::int32_t /*number*/) {}

int open_program(const char* path) {
    return ::open(path, O_RDONLY | O_CLOEXEC);
}

const char* path_at_start() {
    const char* const path = getexecname();
    return path == nullptr ? "" : path;
}

bool can_survive() {
    return false;
}

}  // namespace plumb
