// No child shares our memory on illumos: its vfork(2) has no deadline, and the contract is begun by a fork of its own.
#include <cerrno>
#include <unistd.h>

#include "plumb/process.hpp"

namespace plumb {

std::int32_t fork_noted() {
    return fork();
}

bool can_start_sharing() {
    return false;
}

SharingChild start_sharing(int (*)(void*), void*, int) {
    return {.error = ENOSYS};
}

void end_sharing(void*) {}

}  // namespace plumb
