// The handler of faults, and executing mvinit again in its place. Locked in memory, see bare_linux.hpp.
#include <asm/unistd.h>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <ucontext.h>

#include "plumb/bare_linux.hpp"
#include "plumb/live.hpp"

#if defined(__x86_64__)
// The kernel of x86-64 wants to be told how a handler returns; libc's own way lies elsewhere.
asm(".pushsection last_resort_text,\"ax\",@progbits\n"
    ".globl mvinit_signal_return\n"
    ".hidden mvinit_signal_return\n"
    ".type mvinit_signal_return,@function\n"
    "mvinit_signal_return:\n"
    "    mov $15, %eax\n"
    "    syscall\n"
    ".popsection\n");
static_assert(SYS_rt_sigreturn == 15);
#else
MVINIT_LOCKED void mvinit_signal_return() {}
#endif

namespace plumb {

MVINIT_LOCKED_DATA constinit LastResort last_resort;

namespace bare {
namespace {

struct ErrorName {
    int number;
    char name[8];
};
MVINIT_LOCKED_DATA ErrorName error_names[] = {{ENOENT, "ENOENT"},   {EACCES, "EACCES"}, {EPERM, "EPERM"},
                                              {ENOEXEC, "ENOEXEC"}, {ENOMEM, "ENOMEM"}, {EIO, "EIO"},
                                              {ELIBBAD, "ELIBBAD"}, {ENOSYS, "ENOSYS"}, {EBADF, "EBADF"}};
MVINIT_LOCKED_DATA char number_word[] = "errno";
MVINIT_LOCKED_DATA char opening[] = " (";
MVINIT_LOCKED_DATA char closing[] = ")";
MVINIT_LOCKED_DATA char self_path[] = "/proc/self/exe";
MVINIT_LOCKED_DATA char descriptor_path[] = "/proc/self/fd/";
MVINIT_LOCKED_DATA char no_path[] = "";
MVINIT_LOCKED_DATA char state_name[] = "mvinit";
MVINIT_LOCKED_DATA char cannot_text[] = "mvinit: fatal: execute mvinit again: ";
MVINIT_LOCKED_DATA char only_text[] =
    ": from now on only reaping and passing on stop signals; mvinit upgrade PATH takes one that can be executed";

MVINIT_LOCKED_DATA int faults_now = 0;  // the handler's own included

// Sent by kill(2) and the like; but abort(3) is a fault, and sends, too.
MVINIT_LOCKED bool was_sent(int number, const siginfo_t& info) {
    const bool aborted = number == SIGABRT && info.si_code == SI_TKILL && info.si_pid == last_resort.owner;
    return info.si_code <= 0 && !aborted;
}

// With its sender and all, which the kernel allows towards oneself.
MVINIT_LOCKED void send_again(int number, const siginfo_t& info) {
    call(SYS_rt_sigqueueinfo, call(SYS_getpid), number, &info);
}

// It is pending and blocked from the handler's return on, as all others are.
MVINIT_LOCKED void put_back(int number, const siginfo_t& info, void* context) {
    send_again(number, info);
    *reinterpret_cast<KernelSet*>(&static_cast<ucontext_t*>(context)->uc_sigmask) |= only(number);
}

// A child that has not executed its program yet: as if there were no handler. The instruction is executed again where
// that repeats the fault, so that a core file shows it.
MVINIT_LOCKED void die_of(int number, const siginfo_t& info) {
    unsigned long kernel_default[4];
    // NOLINTNEXTLINE(modernize-loop-convert): by volatile, or the compiler makes a call of memset(3)
    for (unsigned at = 0; at < 4; ++at) *const_cast<volatile unsigned long*>(&kernel_default[at]) = 0;
    call(SYS_rt_sigaction, number, kernel_default, nullptr, sizeof(KernelSet));
    const bool repeats = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE;
    if (!repeats || info.si_code <= 0) send_again(number, info);
}

MVINIT_LOCKED void tell_failed(int error) {
    Line line;
    line.put(cannot_text);
    line.put_error(error);
    line.put(only_text);
    line.say();
}

MVINIT_LOCKED void mark_kept(long flag) {
    for (unsigned at = 0; at < sizeof live->kept / sizeof(std::uint64_t); ++at) {
        unsigned number = at * 64;
        for (std::uint64_t bits = live->kept[at]; bits != 0; bits >>= 1, ++number)
            if ((bits & 1) != 0) call(SYS_fcntl, number, F_SETFD, flag);
    }
}

MVINIT_LOCKED int execute_path(const char* path) {
    if (path == nullptr) return ENOENT;
    return static_cast<int>(-call(SYS_execve, path, last_resort.argv, last_resort.env));
}

MVINIT_LOCKED int execute_descriptor(int descriptor) {
    if (descriptor < 0) return EBADF;
    const long done = call(SYS_execveat, descriptor, no_path, last_resort.argv, last_resort.env, AT_EMPTY_PATH);
    if (done != -ENOSYS) return static_cast<int>(-done);
    Line path;  // before Linux 3.19
    path.put(descriptor_path);
    path.put(static_cast<std::uint64_t>(descriptor));
    Line::text[path.size] = 0;
    return execute_path(Line::text);
}

// In descriptor 3, whose number is taken only by what has no other use (see memory_file.hpp): the lowest that is free.
MVINIT_LOCKED int hand_over() {
    if (last_resort.state == nullptr) return last_resort.alone ? EBADF : 0;
    constexpr int number = 3;
    call(SYS_close, number);
    const long made = call(SYS_memfd_create, state_name, 0);
    if (made < 0) return static_cast<int>(-made);
    if (made != number) return EBADF;
    const auto* bytes = static_cast<const char*>(last_resort.state);
    for (std::uint32_t done = 0; done < last_resort.state_size;) {
        const long written = call(SYS_write, number, bytes + done, last_resort.state_size - done);
        if (written <= 0) return written < 0 ? static_cast<int>(-written) : ENOSPC;
        done += static_cast<std::uint32_t>(written);
    }
    return 0;
}

// An exec that lacks memory once the old program is gone is the end of us.
MVINIT_LOCKED void raise_limits() {
    constexpr std::uint64_t enough = std::uint64_t{64} << 20;  // the words alone may want 24 MB of stack
    for (unsigned at = 0; at < sizeof raised_limits; ++at) {
        Live::Limit now{enough, enough};
        call(SYS_prlimit64, 0, raised_limits[at], nullptr, &now);
        if (now.soft >= enough) continue;
        auto* const before = live->limits.data() + at;
        // Else it is what this has made of it before, where the hard limit could not be raised.
        if (now.soft != now.hard || now.hard != before->hard) {
            before->soft = now.soft;
            before->hard = now.hard;
        }
        now.soft = enough;
        if (now.hard < enough) now.hard = enough;
        if (call(SYS_prlimit64, 0, raised_limits[at], &now, nullptr) == 0) continue;
        now.soft = now.hard = before->hard;
        call(SYS_prlimit64, 0, raised_limits[at], &now, nullptr);
    }
}

MVINIT_LOCKED int execute_any(int descriptor) {
    int error = execute_descriptor(descriptor < 0 ? last_resort.program : descriptor);
    if (descriptor >= 0) return error;
    // What runs before what lies at its path now.
    const int by_link = execute_path(self_path);
    if (error == EBADF) error = by_link;
    const int by_path = execute_path(last_resort.path);
    return error == ENOENT ? by_path : error;
}

}  // namespace

MVINIT_LOCKED_DATA unsigned char raised_limits[] = {RLIMIT_DATA, RLIMIT_STACK, RLIMIT_AS};

MVINIT_LOCKED void on_fault(int number, siginfo_t* info, void* context) {
    if (call(SYS_getpid) != last_resort.owner) return die_of(number, *info);
    if (was_sent(number, *info)) return put_back(number, *info, context);
    const int depth = ++faults_now;
    // Up to here all are blocked, so that what was sent comes one after the other, and not each on top of the other.
    set_mask(SIG_SETMASK, all_signals & ~fault_signals);
    if (depth > 2) only_reap();
    if (depth == 1 && !note_fault(number, *info, context)) tell_failed(execute_in_place(-1));
    last_resort_loop();
}

MVINIT_LOCKED void forget_faults() {
    for (unsigned at = 0; at < sizeof live->fault_ms / sizeof(std::uint64_t); ++at)
        *const_cast<volatile std::uint64_t*>(&live->fault_ms[at]) = 0;
}

MVINIT_LOCKED std::uint64_t now_ms() {
    timespec now;
    call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

MVINIT_LOCKED_DATA char Line::text[];

MVINIT_LOCKED void Line::put(const char* more) {
    while (*more != 0 && size < sizeof text - 1) text[size++] = *more++;
}

MVINIT_LOCKED void Line::put(std::uint64_t number, unsigned base) {
    char digits[21];
    char* first = digits + sizeof digits - 1;
    *first = 0;
    do {
        const auto digit = static_cast<char>(number % base);
        *--first = static_cast<char>(digit < 10 ? '0' + digit : 'a' - 10 + digit);
        number /= base;
    } while (number != 0);
    put(first);
}

MVINIT_LOCKED void Line::put_error(int number) {
    const char* name = number_word;
    for (const ErrorName& error : error_names)
        if (error.number == number) name = error.name;
    put(name);
    put(opening);
    put(static_cast<std::uint64_t>(number));
    put(closing);
}

MVINIT_LOCKED void Line::say() {
    text[size++] = '\n';
    pollfd console{2, POLLOUT, 0};
    timespec at_once;
    at_once.tv_sec = 0;
    at_once.tv_nsec = 0;
    if (call(SYS_ppoll, &console, 1, &at_once, nullptr, 0) > 0) call(SYS_write, 2, text, size);
    size = 0;
}

}  // namespace bare

MVINIT_LOCKED int execute_in_place(int descriptor) {
    using namespace bare;
    mark_kept(0);
    raise_limits();
    KernelSet before = 0;
    // The next image begins with this mask: what comes until it looks waits, and harms nobody.
    set_mask(SIG_SETMASK, all_signals, &before);
    int error = hand_over();
    if (error == 0) error = execute_any(descriptor);
    if (last_resort.state != nullptr) call(SYS_fcntl, 3, F_SETFD, FD_CLOEXEC);
    set_mask(SIG_SETMASK, before);
    mark_kept(FD_CLOEXEC);
    return error;
}

}  // namespace plumb
