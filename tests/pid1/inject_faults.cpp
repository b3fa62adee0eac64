// The faults themselves. All but those that are sent are the processor's own: the process stands before an instruction
// that cannot be executed, and is let go, so that the kernel delivers what comes of it as it does without us.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "inject.hpp"

namespace probe {
namespace {

constexpr std::uint64_t first_pages = 0xffff;                      // never mapped, see vm.mmap_min_addr
constexpr std::uint64_t no_address = std::uint64_t{0x8000} << 48;  // none that a processor takes

// At an instruction, with registers as it takes to fail there.
template <typename Change>
bool stand_at(Tracee& tracee, const Kind& kind, Random& random, Change change) {
    const std::uint64_t at = find_instruction(tracee.pid, kind.instruction, random);
    if (at == 0) return false;
    user_regs_struct registers = tracee.registers();
    registers.rip = at;
    change(registers);
    tracee.set(registers);
    tracee.release();
    return true;
}

bool plain(Tracee& tracee, const Kind& kind, Random& random) {
    return stand_at(tracee, kind, random, [](user_regs_struct&) {});
}

// A call through a wild pointer.
bool jump(Tracee& tracee, const Kind&, Random& random) {
    user_regs_struct registers = tracee.registers();
    registers.rip = up_to(random, first_pages);
    tracee.set(registers);
    tracee.release();
    return true;
}

// A return to the stack, which cannot be executed.
bool return_to_stack(Tracee& tracee, const Kind&, Random&) {
    user_regs_struct registers = tracee.registers();
    registers.rip = registers.rsp;
    tracee.set(registers);
    tracee.release();
    return true;
}

bool wild_pointer(Tracee& tracee, const Kind& kind, Random& random) {
    return stand_at(tracee, kind, random, [&](user_regs_struct& r) { r.rax = up_to(random, first_pages); });
}

bool divide_by_zero(Tracee& tracee, const Kind& kind, Random& random) {
    return stand_at(tracee, kind, random, [](user_regs_struct& r) { r.rcx = 0; });
}

// The stack's end is passed.
bool no_stack(Tracee& tracee, const Kind& kind, Random& random) {
    return stand_at(tracee, kind, random, [&](user_regs_struct& r) { r.rsp = up_to(random, first_pages) & ~7ULL; });
}

// The same with an address that is none: another exception of the processor, SIGBUS to the process.
bool broken_stack(Tracee& tracee, const Kind& kind, Random& random) {
    return stand_at(tracee, kind, random, [](user_regs_struct& r) { r.rsp = no_address; });
}

// As abort(3) does: it signals itself.
bool abort_itself(Tracee& tracee, const Kind& kind, Random& random) {
    const auto itself = static_cast<std::uint64_t>(inner_pid(tracee.pid));
    return stand_at(tracee, kind, random, [&](user_regs_struct& r) {
        r.rax = SYS_tgkill;
        r.rdi = r.rsi = itself;
        r.rdx = SIGABRT;
    });
}

// A signal from us that is made the kernel's own while it is delivered.
bool sent(Tracee& tracee, const Kind& kind, Random&) {
    // Not into a call that waits for signals, which would take it.
    tracee.set(tracee.registers());
    if (syscall(SYS_tgkill, tracee.pid, tracee.pid, kind.signal) != 0) return false;
    do {
        tracee.resume(Tracee::continue_request);
    } while (tracee.wait(10'000) != Stop::none && tracee.last != Stop::gone && tracee.signal != kind.signal);
    if (tracee.signal != kind.signal) return false;
    siginfo_t info{};
    info.si_signo = kind.signal;
    info.si_code = kind.signal == SIGBUS ? BUS_ADRERR : 1;
    info.si_addr = reinterpret_cast<void*>(tracee.registers().rip);  // NOLINT(performance-no-int-to-ptr)
    ptrace(PTRACE_SETSIGINFO, tracee.pid, nullptr, &info);
    tracee.release(kind.signal);
    return true;
}

constexpr Instruction nothing{"", {}, 0};

constexpr Kind kinds[] = {
    {"jump", SIGSEGV, jump, nothing},
    {"stack-code", SIGSEGV, return_to_stack, nothing},
    {"read", SIGSEGV, wild_pointer, {"mov eax,[rax]", {0x8b, 0x00}, 2}},
    {"write", SIGSEGV, wild_pointer, {"add [rax],al", {0x00, 0x00}, 2}},
    {"privileged", SIGSEGV, plain, {"hlt", {0xf4}, 1}},
    {"stack-end", SIGSEGV, no_stack, {"ret", {0xc3}, 1}},
    {"stack-broken", SIGBUS, broken_stack, {"ret", {0xc3}, 1}},
    {"illegal", SIGILL, plain, {"ud2", {0x0f, 0x0b}, 2}},
    {"invalid", SIGILL, plain, {"push es", {0x06}, 1}},  // which the 64-bit mode does not know
    {"divide", SIGFPE, divide_by_zero, {"div ecx", {0xf7, 0xf1}, 2}},
    {"breakpoint", SIGTRAP, plain, {"int3", {0xcc}, 1}},
    {"abort", SIGABRT, abort_itself, {"syscall", {0x0f, 0x05}, 2}},
    {"bus", SIGBUS, sent, nothing},
    {"system-call", SIGSYS, sent, nothing},
};

}  // namespace

std::vector<std::string> kind_names() {
    std::vector<std::string> names;
    for (const Kind& kind : kinds) names.emplace_back(kind.name);
    return names;
}

const Kind* choose_kind(pid_t pid, const std::vector<std::string>& names, Random& random) {
    const SignalState state = signals_of(pid);
    std::vector<const Kind*> fitting;
    for (const Kind& kind : kinds) {
        const bool named = std::find(names.begin(), names.end(), kind.name) != names.end();
        const bool there = kind.instruction.size == 0 || find_instruction(pid, kind.instruction, random) != 0;
        if (named && there && state.takes(kind.signal)) fitting.push_back(&kind);
    }
    return fitting.empty() ? nullptr : fitting[up_to(random, fitting.size() - 1)];
}

}  // namespace probe
