// Processes on Linux: signalfd(2), prctl(2), capabilities(7).
#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/capability.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "conf/names.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

namespace plumb {
namespace {

// The kernel's set of 64 bits, not libc's: glibc and musl keep two or three real-time signals for themselves and
// leave them out of sigfillset, but they can be sent to PID 1 like any other.
using KernelSet = std::uint64_t;
constexpr int first_signal = 1;
constexpr int last_signal = 64;

void set_mask(KernelSet set) {
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, nullptr, sizeof set);
}

struct NamedNumber {
    std::string_view name;
    int number;
};

constexpr std::array<NamedNumber, 16> limit_names{{{"as", RLIMIT_AS},
                                                   {"core", RLIMIT_CORE},
                                                   {"cpu", RLIMIT_CPU},
                                                   {"data", RLIMIT_DATA},
                                                   {"fsize", RLIMIT_FSIZE},
                                                   {"locks", RLIMIT_LOCKS},
                                                   {"memlock", RLIMIT_MEMLOCK},
                                                   {"msgqueue", RLIMIT_MSGQUEUE},
                                                   {"nice", RLIMIT_NICE},
                                                   {"nofile", RLIMIT_NOFILE},
                                                   {"nproc", RLIMIT_NPROC},
                                                   {"rss", RLIMIT_RSS},
                                                   {"rtprio", RLIMIT_RTPRIO},
                                                   {"rttime", RLIMIT_RTTIME},
                                                   {"sigpending", RLIMIT_SIGPENDING},
                                                   {"stack", RLIMIT_STACK}}};

// The raw call, as libc refuses its own numbers; the kernel's struct begins with the handler, and all zeros is SIG_DFL
// in every layout of it.
void reset_actions(KernelSet but) {
    const std::array<unsigned long, 8> kernel_default{};
    for (int number = first_signal; number <= last_signal; ++number)
        if ((but >> (number - 1) & 1) == 0)
            syscall(SYS_rt_sigaction, number, kernel_default.data(), nullptr, sizeof(KernelSet));
}

// Once they are, they stay so, but for those of catch_faults(): exec makes these default by itself.
bool are_default = false;

}  // namespace

int native_signal(std::int32_t number) {
    return number <= last_signal ? number : 0;
}

std::int32_t signal_from_native(int number) {
    return number;
}

void block_all_signals() {
    const KernelSet caught = caught_signals();
    set_mask(~caught);
    // What the parent ignores is ignored over exec: with SIGCHLD ignored the kernel would reap in our place.
    reset_actions(caught);
    are_default = true;
}

void hold_first_signals() {
    set_mask(~KernelSet{0});
}

void default_all_signals() {
    if (!are_default) reset_actions(0);
    set_mask(0);
}

void hold_signals() {}

void release_signals() {}

Result<int> open_signals() {
    const KernelSet all = ~KernelSet{0};
    const long fd = syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_NONBLOCK | SFD_CLOEXEC);
    const char* const remedy = errno == ENOSYS ? "the kernel needs CONFIG_SIGNALFD" : "raise nofile";
    if (fd < 0) return Error{"signalfd", "all signals", errno, "", remedy};
    return static_cast<int>(fd);
}

Result<void> become_subreaper() {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
    return Error{"become subreaper", "this process", errno, "", "run mvinit as PID 1 instead"};
}

bool is_subreaper() {
    int yes = 0;
    return prctl(PR_GET_CHILD_SUBREAPER, &yes, 0, 0, 0) == 0 && yes != 0;
}

Result<void> set_parent_death_signal(int number) {
    if (prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) == 0) return {};
    return Error{"set parent death signal", std::to_string(number), errno, "", "give a signal from 1 to 64 to -p"};
}

void release_stack() {
    const Pages pages = stack_below(__builtin_frame_address(0));
    // Pages that were never touched are no error worth telling (ENOMEM): those that were are freed all the same.
    madvise(pages.start, pages.size, MADV_DONTNEED);
}

void close_from(int first) {
    if (syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
    // Before Linux 5.9 there is no such call, and /proc may not be there yet.
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const int last = limit.rlim_cur > 65536 ? 65536 : static_cast<int>(limit.rlim_cur);
    for (int descriptor = first; descriptor < last; ++descriptor) close(descriptor);
}

void release_terminal() {
    // The leader of a session that gives its terminal up sends HUP and CONT to the foreground group, itself included
    // (ioctl_tty(2), TIOCNOTTY): they are blocked, so take them off again before anybody passes them on.
    if (ioctl(STDIN_FILENO, TIOCNOTTY) != 0) return;
    while (wait_signal({SIGHUP, SIGCONT}, 0).number != 0) continue;
}

int take_terminal(bool steal) {
    return ioctl(STDIN_FILENO, TIOCSCTTY, steal ? 1 : 0) == 0 ? 0 : errno;
}

int forbid_new_privileges() {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

int limit_capabilities(std::uint64_t keep) {
    for (int number = 0; number < 64; ++number) {
        if ((keep >> number & 1) != 0) continue;
        // EINVAL: past the last one that this kernel knows.
        if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) return errno == EINVAL ? 0 : errno;
    }
    return 0;
}

int keep_capabilities_over_setuid() {
    return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

int apply_capabilities(std::uint64_t keep) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    for (unsigned half = 0; half < 2; ++half) {
        const auto bits = static_cast<std::uint32_t>(keep >> (32 * half));
        data[half] = {bits, bits, bits};
    }
    if (syscall(SYS_capset, &header, data.data()) != 0) return errno;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int number = 0; number < 64; ++number) {
        if ((keep >> number & 1) == 0) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) return errno;
    }
    return 0;
}

int capability_number(std::string_view name) {
    if (name.starts_with("cap_")) name.remove_prefix(4);
    const std::vector<std::string_view> names = conf::capability_names();
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

int limit_number(std::string_view name) {
    for (const NamedNumber& limit : limit_names)
        if (limit.name == name) return limit.number;
    return -1;
}

}  // namespace plumb
