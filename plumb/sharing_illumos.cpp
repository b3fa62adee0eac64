// No child shares our memory on illumos: its vfork(2) has no deadline, and the contract is begun by a fork of its own.
#include <cerrno>
#include <unistd.h>

#include "plumb/live.hpp"
#include "plumb/process.hpp"

namespace plumb {

// A moment later than on Linux: what the kernel's fork has begun is seen by its contract.
std::int32_t fork_noted() {
    const pid_t pid = fork();
    if (pid > 0) live->spawned = pid;
    return pid;
}

bool can_start_sharing() {
    return false;
}

SharingChild start_sharing(int (*)(void*), void*, int) {
    return {.error = ENOSYS};
}

void end_sharing(void*) {}

}  // namespace plumb
