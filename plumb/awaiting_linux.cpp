// Waiting for signals on Linux: rt_sigtimedwait(2), signalfd(2), and descriptors that announce themselves by one.
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plumb/live.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

namespace plumb {
namespace {

using KernelSet = std::uint64_t;  // see process_linux.cpp

// A real-time signal is queued: one of the same number that somebody sent is not lost to an announcement. Where the
// queue is full the kernel sends SIGIO in its place. Nobody but the kernel has codes above 0.
constexpr int announcing = 64;

constexpr bool is_announcement(int number, int code) {
    return (number == announcing || number == SIGIO) && code > 0;
}

// The kernel writes it where a next image of us finds it, should we not come to take account of it.
siginfo_t& info_of_signal() {
    static_assert(sizeof(siginfo_t) <= siginfo_size);
    return *static_cast<siginfo_t*>(static_cast<void*>(live->signal.data()));
}

ReceivedSignal received(const siginfo_t& info) {
    if (is_announcement(info.si_signo, info.si_code)) return {.announced = true};
    const bool sent = info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE;
    // A SIGIO of the kernel's is dropped while one of somebody else's waits.
    return {.number = info.si_signo, .sender = sent ? info.si_pid : 0, .announced = info.si_signo == SIGIO};
}

ReceivedSignal wait_for(KernelSet set, std::int64_t timeout_ms) {
    siginfo_t& info = info_of_signal();
    info.si_signo = 0;
    ++live->signals;
    const timespec timeout{static_cast<time_t>(timeout_ms / 1000), static_cast<long>(timeout_ms % 1000) * 1'000'000};
    const long number = syscall(SYS_rt_sigtimedwait, &set, &info, timeout_ms < 0 ? nullptr : &timeout, sizeof set);
    if (number <= 0) return {};
    signal_was_taken(info.si_signo);
    return received(info);
}

}  // namespace

SignalBatch read_signals(int /*descriptor*/) {
    SignalBatch batch;
    const ReceivedSignal taken = wait_for(~KernelSet{0}, 0);
    batch.signals[0] = taken;
    batch.count = taken.number != 0 || taken.announced ? 1 : 0;
    return batch;
}

bool can_await_signals() {
    return true;
}

ReceivedSignal await_signal(std::int64_t timeout_ms) {
    return wait_for(~KernelSet{0}, timeout_ms);
}

ReceivedSignal wait_signal(const std::vector<int>& numbers, std::int64_t timeout_ms) {
    KernelSet set = 0;
    for (const int number : numbers) set |= KernelSet{1} << (number - 1);
    return wait_for(set, timeout_ms);
}

void signal_is_told() {
    info_of_signal().si_signo = 0;
}

ReceivedSignal signal_left(std::uint64_t done) {
    const siginfo_t& info = info_of_signal();
    return live->signals == done || info.si_signo == 0 ? ReceivedSignal{} : received(info);
}

bool announce_readable(int descriptor) {
    const int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && fcntl(descriptor, F_SETOWN, getpid()) == 0 && fcntl(descriptor, F_SETSIG, announcing) == 0 &&
           fcntl(descriptor, F_SETFL, flags | O_ASYNC) == 0;
}

bool is_readable(int descriptor) {
    pollfd waiting{descriptor, POLLIN, 0};
    return poll(&waiting, 1, 0) > 0;
}

}  // namespace plumb
