// Processes on illumos: there is no signalfd that can be relied on (its driver may be missing from an image), so a
// handler notes each signal in a flag of its own and wakes whoever waits at the end of a pipe.
#include "plumb/process_illumos.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <signal.h>
#include <stropts.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "plumb/posix.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

// madvise(2) under a name of our own: older <sys/mman.h> hide it where _XOPEN_SOURCE is set, and give it a caddr_t.
extern "C" int advise_memory(void* from, std::size_t bytes, int advice) __asm__("madvise");

namespace plumb {
namespace {

struct Pair {
    std::int32_t ours;  // Linux's, see init/signals.hpp
    int native;
};
#define SAME_SIGNAL(number, name) \
    Pair {                        \
        number, SIG##name         \
    }
constexpr Pair pairs[] = {
    SAME_SIGNAL(1, HUP),     SAME_SIGNAL(2, INT),   SAME_SIGNAL(3, QUIT),   SAME_SIGNAL(4, ILL),
    SAME_SIGNAL(5, TRAP),    SAME_SIGNAL(6, ABRT),  SAME_SIGNAL(7, BUS),    SAME_SIGNAL(8, FPE),
    SAME_SIGNAL(9, KILL),    SAME_SIGNAL(10, USR1), SAME_SIGNAL(11, SEGV),  SAME_SIGNAL(12, USR2),
    SAME_SIGNAL(13, PIPE),   SAME_SIGNAL(14, ALRM), SAME_SIGNAL(15, TERM),  SAME_SIGNAL(17, CHLD),
    SAME_SIGNAL(18, CONT),   SAME_SIGNAL(19, STOP), SAME_SIGNAL(20, TSTP),  SAME_SIGNAL(21, TTIN),
    SAME_SIGNAL(22, TTOU),   SAME_SIGNAL(23, URG),  SAME_SIGNAL(24, XCPU),  SAME_SIGNAL(25, XFSZ),
    SAME_SIGNAL(26, VTALRM), SAME_SIGNAL(27, PROF), SAME_SIGNAL(28, WINCH), SAME_SIGNAL(29, POLL),
    SAME_SIGNAL(30, PWR),    SAME_SIGNAL(31, SYS),  SAME_SIGNAL(65, EMT),
};
#undef SAME_SIGNAL

// Real-time signals by their distance from the first; illumos has one more than we number, and it stays out.
constexpr std::int32_t first_real_time = 34;
constexpr std::int32_t last_real_time = 64;
constexpr int native_end = 80;  // above every number of the platform: NSIG is 74

// Faults of ours (section 7 of the signal table in init(8)'s source: siglvl() asks si_code in the same way).
constexpr std::array faults{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGEMT};

// Written by the handler.
volatile std::sig_atomic_t raised[native_end];
volatile pid_t senders[native_end];
volatile int wake_end = -1;  // where the handler writes
// Signals reach the handler between open_signals() and the end of it all; before, they are pending.
bool delivering = false;

bool is_fault(int number, const siginfo_t* info) {
    if (info != nullptr && number == SIGABRT && info->si_code <= 0 && info->si_pid == getpid()) return true;
    if (info == nullptr || info->si_code <= 0 || info->si_code == SI_NOINFO) return false;
    return std::find(faults.begin(), faults.end(), number) != faults.end();
}

pid_t sender_of(const siginfo_t* info) {
    return info != nullptr && info->si_code <= 0 ? info->si_pid : 0;
}

void set_default(int number) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, nullptr);
}

void wake() {
    const char byte = 0;
    // A full pipe wakes as well. One without a reader wakes nobody, and would bring a SIGPIPE for each SIGPIPE.
    if (wake_end >= 0 && write(wake_end, &byte, 1) < 0 && errno == EPIPE) wake_end = -1;
}

extern "C" void note_signal(int number, siginfo_t* info, void* /*context*/) {
    const int kept = errno;
    if (is_fault(number, info)) {
        take_fault(number, *info);
        // Pending until the handler returns, when it does what it does by default.
        set_default(number);
        raise(number);
    } else {
        senders[number] = sender_of(info);
        raised[number] = 1;
        wake();
    }
    errno = kept;
}

sigset_t all_signals() {
    sigset_t set;
    sigfillset(&set);
    return set;
}

// A fault that is blocked is not given to the handler, but ends us.
sigset_t held_signals() {
    sigset_t set = all_signals();
    for (const int number : faults) sigdelset(&set, number);
    sigdelset(&set, SIGABRT);
    return set;
}

// TTOU and TTIN stay blocked: a supervisor sets the terminal's foreground group from the background, and with TTOU
// handled that would be interrupted for ever (tcsetpgrp(3C)).
sigset_t terminal_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTIN);
    sigaddset(&set, SIGTTOU);
    return set;
}

void set_mask(const sigset_t& set) {
    const int kept = errno;
    sigprocmask(SIG_SETMASK, &set, nullptr);
    errno = kept;
}

void install_handler(int number) {
    struct sigaction action {};
    action.sa_sigaction = note_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    action.sa_mask = held_signals();
    sigaction(number, &action, nullptr);
}

ReceivedSignal take(int native) {
    raised[native] = 0;
    return {signal_from_native(native), senders[native]};
}

ReceivedSignal take_any() {
    for (int native = 1; native < native_end; ++native)
        if (raised[native] != 0) return take(native);
    return {};
}

void drain(int descriptor) {
    char bytes[256];
    while (read(descriptor, bytes, sizeof bytes) > 0) continue;
}

}  // namespace

int native_signal(std::int32_t number) {
    for (const Pair& pair : pairs)
        if (pair.ours == number) return pair.native;
    if (number < first_real_time || number > last_real_time) return 0;
    const int native = SIGRTMIN + (number - first_real_time);
    return native <= SIGRTMAX ? native : 0;
}

std::int32_t signal_from_native(int number) {
    for (const Pair& pair : pairs)
        if (pair.native == number) return pair.ours;
    const std::int32_t ours = number - SIGRTMIN + first_real_time;
    return ours >= first_real_time && ours <= last_real_time && number <= SIGRTMAX ? ours : 0;
}

void raise_noted_signals() {
    for (int number = 1; number < native_end; ++number) {
        // An abort that we raise is one of our own, to whoever takes it.
        if (raised[number] == 0 || number == SIGABRT) continue;
        raised[number] = 0;
        raise(number);
    }
}

// Handlers first: what a predecessor has left pending is not to find its default action, and what is ignored by default
// (CHLD, PWR, URG, WINCH) is thrown away even while it is blocked.
void block_all_signals() {
    for (int number = 1; number < NSIG; ++number) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        if (signal_from_native(number) != 0)
            install_handler(number);
        else
            set_default(number);
    }
    set_mask(held_signals());
}

// With the stack of its own first that the handler of faults has.
void hold_first_signals() {
    catch_faults();
    block_all_signals();
}

void default_all_signals() {
    for (int number = 1; number < NSIG; ++number) set_default(number);
    sigset_t none;
    sigemptyset(&none);
    set_mask(none);
}

void hold_signals() {
    set_mask(held_signals());
}

void release_signals() {
    set_mask(delivering ? terminal_signals() : held_signals());
}

Result<int> open_signals() {
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return Error{"pipe", "all signals", errno, "", "is the kernel module sys/pipe in the image?"};
    wake_end = ends[1];
    delivering = true;
    release_signals();
    // One of those that are never blocked may have been noted before there was anybody to wake.
    if (std::any_of(std::begin(raised), std::end(raised), [](std::sig_atomic_t noted) { return noted != 0; })) wake();
    return ends[0];
}

ReceivedSignal read_signal(int descriptor) {
    // The pipe is emptied only when no flag is seen, so it stays readable as long as one may be left.
    if (const ReceivedSignal got = take_any(); got.number != 0) return got;
    drain(descriptor);
    const ReceivedSignal late = take_any();
    if (late.number != 0) wake();
    return late;
}

ReceivedSignal wait_signal(const std::vector<int>& numbers, std::int64_t timeout_ms) {
    set_mask(all_signals());
    sigset_t set;
    sigemptyset(&set);
    ReceivedSignal got;
    for (const int number : numbers) {
        const int native = native_signal(number);
        if (native <= 0) continue;
        sigaddset(&set, native);
        if (got.number == 0 && raised[native] != 0) got = take(native);
    }
    if (got.number == 0) {
        siginfo_t info{};
        const timespec timeout{static_cast<time_t>(timeout_ms / 1000),
                               static_cast<long>(timeout_ms % 1000) * 1'000'000};
        const int native = sigtimedwait(&set, &info, timeout_ms < 0 ? nullptr : &timeout);
        if (native > 0) got = {signal_from_native(native), sender_of(&info)};
    }
    release_signals();
    return got;
}

Result<void> become_subreaper() {
    return Error{"become subreaper", "this process", 0, "not on illumos",
                 "contracts tell when the last descendant has ended; orphans are their zone's init's"};
}

bool is_subreaper() {
    return false;
}

Result<void> set_parent_death_signal(int /*number*/) {
    return Error{"set parent death signal", "this process", 0, "not on illumos", "leave out -p"};
}

void release_terminal() {
    // The leader of a session that gives its terminal up signals the foreground group, itself included, with HUP and
    // CONT: take them off again before anybody passes them on.
    hold_signals();
    if (ioctl(STDIN_FILENO, TIOCNOTTY, 0) == 0)
        while (wait_signal({1, 18}, 0).number != 0) hold_signals();
    release_signals();
}

void release_stack() {
    const Pages pages = stack_below(__builtin_frame_address(0));
    advise_memory(pages.start, pages.size, MADV_FREE);  // MADV_DONTNEED keeps the pages of anonymous memory here
}

void close_from(int first) {
    closefrom(first);
}

int take_terminal(bool steal) {
    return ioctl(STDIN_FILENO, TIOCSCTTY, steal ? 1 : 0) == 0 ? 0 : errno;
}

}  // namespace plumb
