// Waiting for signals on Linux: rt_sigtimedwait(2), signalfd(2), and descriptors that announce themselves by one.
#include <array>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <tuple>
#include <unistd.h>

#include "plumb/process.hpp"

namespace plumb {
namespace {

using KernelSet = std::uint64_t;  // see process_linux.cpp

// A real-time signal is queued: one of the same number that somebody sent is not lost to an announcement. Where the
// queue is full the kernel sends SIGIO in its place. Nobody but the kernel has codes above 0.
constexpr int announcing = 64;

constexpr bool is_announcement(int number, int code) {
    return (number == announcing || number == SIGIO) && code > 0;
}

ReceivedSignal wait_for(KernelSet set, std::int64_t timeout_ms) {
    siginfo_t info;
    const timespec timeout{static_cast<time_t>(timeout_ms / 1000), static_cast<long>(timeout_ms % 1000) * 1'000'000};
    const long number = syscall(SYS_rt_sigtimedwait, &set, &info, timeout_ms < 0 ? nullptr : &timeout, sizeof set);
    if (number <= 0 || is_announcement(static_cast<int>(number), info.si_code)) return {};
    const bool sent = info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE;
    return {static_cast<std::int32_t>(number), sent ? info.si_pid : 0};
}

}  // namespace

SignalBatch read_signals(int descriptor) {
    SignalBatch batch;
    std::array<signalfd_siginfo, std::tuple_size_v<decltype(batch.signals)>> infos;
    const ssize_t size = read(descriptor, infos.data(), sizeof infos);
    batch.count = size <= 0 ? 0 : static_cast<std::size_t>(size) / sizeof infos[0];
    for (std::size_t at = 0; at < batch.count; ++at) {
        const signalfd_siginfo& info = infos[at];
        if (is_announcement(static_cast<int>(info.ssi_signo), info.ssi_code)) continue;
        batch.signals[at] = {static_cast<std::int32_t>(info.ssi_signo), static_cast<std::int32_t>(info.ssi_pid)};
    }
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
