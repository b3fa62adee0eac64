// illumos's kernel executes an init that dies again by itself, and real faults have their default action.
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "plumb/survival.hpp"

namespace plumb {

constinit LastResort last_resort;

void catch_faults() {}

std::uint64_t caught_signals() {
    return 0;
}

void prepare_last_resort() {}

int execute_in_place(int /*descriptor*/) {
    if (last_resort.path == nullptr) return ENOENT;
    execve(last_resort.path, last_resort.argv, last_resort.env);
    return errno;
}

[[noreturn]] void last_resort_loop() {
    _exit(last_resort.app_code);
}

void signal_was_taken(std::int32_t /*number*/) {}

int open_program(const char* path) {
    return ::open(path, O_RDONLY | O_CLOEXEC);
}

const char* path_at_start() {
    return "";
}

bool can_survive() {
    return false;
}

}  // namespace plumb
