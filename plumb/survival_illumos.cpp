// illumos's kernel executes an init that has died again by itself, and init(8) a shim; but where the handler runs,
// mvinit does so itself: the application stays a child of the same process, three faults in a row are noticed, and a
// program that is gone or damaged is not executed for ever. Whatever the handler cannot be had for is the kernel's.
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "plumb/bare_illumos.hpp"
#include "plumb/fault_record.hpp"
#include "plumb/live.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"
#include "plumb/process_illumos.hpp"
#include "plumb/survival.hpp"

namespace plumb {

constinit LastResort last_resort;

namespace bare {

Line& Line::put(std::string_view more) {
    size_ += more.copy(text_.data() + size_, text_.size() - 1 - size_);
    return *this;
}

Line& Line::put(std::uint64_t number, unsigned base) {
    std::array<char, 24> digits;
    std::size_t at = digits.size();
    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    return put({digits.data() + at, digits.size() - at});
}

Line& Line::put_error(int number) {
    struct Name {
        int number;
        const char* name;
    };
    static constexpr Name names[] = {{ENOENT, "ENOENT"},   {EACCES, "EACCES"}, {EPERM, "EPERM"},
                                     {ENOEXEC, "ENOEXEC"}, {ENOMEM, "ENOMEM"}, {EIO, "EIO"},
                                     {ELIBBAD, "ELIBBAD"}, {ENOSYS, "ENOSYS"}, {ENOTSUP, "ENOTSUP"}};
    const auto* const found =
        std::find_if(std::begin(names), std::end(names), [number](const Name& each) { return each.number == number; });
    put(found == std::end(names) ? "errno" : found->name);
    return put(" (").put(static_cast<std::uint64_t>(number)).put(")");
}

void Line::say() {
    text_[size_++] = '\n';
    pollfd console{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&console, 1, 0) == 1 && (console.revents & POLLOUT) != 0 &&
        ::write(STDERR_FILENO, text_.data(), size_) < 0)
        return;
}

void forget_faults() {
    live->fault_ms = {};
}

}  // namespace bare

namespace {

alignas(16) char handler_stack[32768];

// True: the third within 10 s.
bool note_fault(int number, const siginfo_t& info) {
    const bool third = count_fault(static_cast<std::uint64_t>(monotonic_milliseconds()));
    live->fault_signal = signal_from_native(number);
    live->fault_address = info.si_code > 0 ? reinterpret_cast<std::uint64_t>(info.si_addr) : 0;
    return third;
}

void tell_fault(int number, bool has_address, std::string_view follows) {
    bare::Line line;
    line.put("mvinit: fatal: ").put(fault_name(number));
    if (has_address) line.put(" at address 0x").put(live->fault_address, 16);
    if (live->fault_phase[0] != 0) line.put(" while ").put(live->fault_phase.data());
    if (live->fault_step[0] != 0) line.put(", last step \"").put(live->fault_step.data()).put("\"");
    line.put(": ").put(follows);
    if (last_resort.app_pid > 0)
        line.put("; the application, pid ").put(static_cast<std::uint64_t>(last_resort.app_pid)).put(", goes on");
    line.say();
}

}  // namespace

void catch_faults() {
    stack_t stack{};
    stack.ss_sp = handler_stack;
    stack.ss_size = sizeof handler_stack;
    ::sigaltstack(&stack, nullptr);
}

void take_fault(int number, const siginfo_t& info) {
    if (::getpid() != last_resort.owner) return;
    const bool third = note_fault(number, info);
    const bool has_address = info.si_code > 0;
    if (third) {
        tell_fault(number, has_address,
                   "third within 10 s: from now on only reaping and passing on stop signals; mvinit upgrade PATH takes "
                   "a mended mvinit");
        last_resort_loop();
    }
    tell_fault(number, has_address, "executing mvinit again");
    const int error = execute_in_place(-1);
    bare::Line line;
    line.put("mvinit: fatal: execute ").put(last_resort.path == nullptr ? "mvinit" : last_resort.path);
    line.put(": ").put_error(error);
    line.put(": from now on only reaping and passing on stop signals; mvinit upgrade PATH takes another mvinit").say();
    last_resort_loop();
}

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

void limit_as_started() {}

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
