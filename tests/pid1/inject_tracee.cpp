// Control over the process that is to fault, by ptrace(2).
#include <cerrno>
#include <csignal>
#include <ctime>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.hpp"
#include "probe.hpp"

namespace probe {

const int Tracee::continue_request = PTRACE_CONT;
const int Tracee::syscall_request = PTRACE_SYSCALL;
const int Tracee::step_request = PTRACE_SINGLESTEP;

namespace {

// How long it may wait in a system call, such as the one for its next signal, before it is interrupted there.
constexpr int patience_ms = 10;
// How long the kernel may take to stop it: while it waits for a child that it shares its memory with, it does not.
constexpr int deadline_ms = 60'000;

long ask(int request, pid_t pid, std::uint64_t data = 0) {
    return ptrace(static_cast<__ptrace_request>(request), pid, nullptr, data);
}

// Of a process that stands at an entry to or an exit from a system call.
bool enters_call(pid_t pid) {
    __ptrace_syscall_info info{};
    ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), pid, sizeof info, &info);
    return info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

// Waits for SIGCHLD, which is blocked.
bool child_signal(int ms) {
    const std::uint64_t set = std::uint64_t{1} << (SIGCHLD - 1);
    const timespec time{ms / 1000, ms % 1000 * 1'000'000L};
    return syscall(SYS_rt_sigtimedwait, &set, nullptr, &time, kernel_set_size) > 0;
}

}  // namespace

Tracee::~Tracee() {
    if (attached && last == Stop::none) interrupt();
    if (attached) release(signal);
}

bool Tracee::seize() {
    attached = ask(PTRACE_SEIZE, pid, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC) == 0;
    last = Stop::none;
    return attached;
}

bool Tracee::interrupt() {
    ask(PTRACE_INTERRUPT, pid);
    while (wait(deadline_ms) == Stop::signal) resume(continue_request);
    return last != Stop::gone && last != Stop::none;
}

Stop Tracee::wait(int ms) {
    int status = 0;
    pid_t got = 0;
    while ((got = waitpid(pid, &status, __WALL | WNOHANG)) == 0)
        if (!child_signal(ms)) return last = Stop::none;
    signal = 0;
    if (got < 0 || !WIFSTOPPED(status)) {
        attached = false;
        return last = Stop::gone;
    }
    const int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC) return last = Stop::executed;
    if (event != 0) return last = Stop::interrupted;
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) return last = enters_call(pid) ? Stop::entry : Stop::exit;
    siginfo_t info{};
    ptrace(PTRACE_GETSIGINFO, pid, nullptr, &info);
    // A step is one of these even at the end of a system call; what int3 raises is the kernel's.
    if (WSTOPSIG(status) == SIGTRAP && (info.si_code == TRAP_TRACE || info.si_code == TRAP_BRKPT))
        return last = Stop::step;
    signal = WSTOPSIG(status);
    return last = Stop::signal;
}

void Tracee::resume(int request) {
    ask(request, pid, static_cast<std::uint64_t>(signal));
    signal = 0;
}

bool Tracee::go_on(int request) {
    resume(request);
    while (wait(patience_ms) == Stop::signal) resume(request);
    return last == Stop::none ? interrupt() : last != Stop::gone;
}

void Tracee::release(int with) {
    if (attached) ask(PTRACE_DETACH, pid, static_cast<std::uint64_t>(with));
    attached = false;
}

user_regs_struct Tracee::registers() const {
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
    return registers;
}

void Tracee::set(user_regs_struct registers) {
    registers.orig_rax = ~0ULL;
    ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
}

}  // namespace probe
