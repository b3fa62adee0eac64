// Children that share our memory until their exec, on Linux: clone(2).
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plumb/live.hpp"
#include "plumb/process.hpp"

// What clone(3) is made of in both C libraries. musl's own clone() refuses CLONE_CHILD_CLEARTID.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" int __clone(int (*work)(void*), void* stack, int flags, void* data, ...);

namespace plumb {
namespace {

constexpr std::size_t stack_size = 16384;  // of which a page is used, two in a debug build

// The child's stack, which grows down towards its beginning, with the word at its end that the kernel clears and wakes
// us by when the child leaves our memory, by exec or exit (CLONE_CHILD_CLEARTID). On the heap, where pages are that
// were touched before: a mapping of its own would cost more than all that the child does.
struct Place {
    alignas(16) std::byte stack[stack_size];
    alignas(16) std::atomic<std::uint32_t> shares{1};
};

long futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, const timespec& patience) {
    // Not the private kind: the kernel wakes by the other one.
    return syscall(SYS_futex, &word, FUTEX_WAIT, value, &patience, nullptr, 0);
}

// vfork(2) would not do: it has no deadline, and a child that hangs in a dead file system would keep us for ever.
bool waits_until_alone(Place& place, int patience_ms) {
    const timespec patience{patience_ms / 1000, static_cast<long>(patience_ms % 1000) * 1'000'000};
    while (place.shares != 0)
        if (futex_wait(place.shares, 1, patience) != 0 && errno == ETIMEDOUT) return place.shares == 0;
    return true;
}

}  // namespace

// The arguments that are not 0 stand at the same place on every architecture.
std::int32_t fork_noted() {
    return static_cast<std::int32_t>(
        syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, nullptr, &live->spawned, nullptr, nullptr));
}

bool can_start_sharing() {
    return true;
}

SharingChild start_sharing(int (*work)(void*), void* data, int patience_ms) {
    auto* const place = new Place;
    const int pid = __clone(work, &place->shares, CLONE_VM | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID | SIGCHLD, data,
                            &live->spawned, nullptr, &place->shares);
    SharingChild child{.pid = pid, .error = pid < 0 ? errno : 0};
    if (pid > 0 && !waits_until_alone(*place, patience_ms))
        child.place = place;
    else
        end_sharing(place);
    return child;
}

void end_sharing(void* place) {
    delete static_cast<Place*>(place);
}

}  // namespace plumb
