// The other injector: where `probe inject` chooses at random, this does step by step what it is told, so that a fault
// or a call that fails comes at one place and at no other.
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "inject.hpp"
#include "plumb/live.hpp"
#include "probe.hpp"

namespace probe {
namespace {

constexpr int deadline_ms = 30'000;
constexpr std::uint64_t nowhere = 0x10;  // never mapped, see vm.mmap_min_addr

struct Call {
    const char* name;
    long number;
    unsigned long long user_regs_struct::*descriptor;  // which of its arguments is one
};
constexpr Call calls[] = {
    {"clock_gettime", SYS_clock_gettime, nullptr},
    {"clone", SYS_clone, nullptr},
    {"execve", SYS_execve, nullptr},
    {"execveat", SYS_execveat, &user_regs_struct::rdi},
    {"fcntl", SYS_fcntl, &user_regs_struct::rdi},
    {"ftruncate", SYS_ftruncate, &user_regs_struct::rdi},
    {"memfd_create", SYS_memfd_create, nullptr},
    {"mmap", SYS_mmap, &user_regs_struct::r8},
    {"ppoll", SYS_ppoll, nullptr},
    {"signalfd", SYS_signalfd4, &user_regs_struct::rdi},
    {"prlimit64", SYS_prlimit64, nullptr},
    {"waitid", SYS_waitid, nullptr},
    {"write", SYS_write, &user_regs_struct::rdi},
};

bool until_executed(Tracee& tracee) {
    // One that dies within that gets a signal that ends it, again and again.
    for (int stops = 0; tracee.last != Stop::executed; ++stops) {
        constexpr int most = 100'000;
        if (stops == most) return false;
        tracee.resume(Tracee::continue_request);
        if (tracee.wait(deadline_ms) == Stop::gone || tracee.last == Stop::none) return false;
    }
    return true;
}

bool until_it_takes_faults(Tracee& tracee) {
    while (!signals_of(tracee.pid).takes(SIGSEGV))
        if (!tracee.next_call()) return false;
    return true;
}

bool pass_calls(Tracee& tracee, long count) {
    for (; count > 0; --count)
        if (!tracee.next_call()) return false;
    return true;
}

// Its first debug register: of writes, of eight bytes or of none.
bool watch(pid_t pid, std::uint64_t address) {
    constexpr std::uint64_t writes_of_eight = 1 | 0b1001ULL << 16;
    const auto put = [&](std::size_t which, std::uint64_t value) {
        const std::size_t place = offsetof(user, u_debugreg) + which * sizeof value;
        return ptrace(PTRACE_POKEUSER, pid, place, value) == 0;
    };
    if (address == 0) return put(7, 0);
    return put(0, address) && put(7, writes_of_eight);
}

// Until it has written to that place of what it keeps for its next image.
bool until_written(Tracee& tracee, long offset) {
    const std::uint64_t begin = find_live(tracee.pid);
    if (begin == 0 || !watch(tracee.pid, begin + static_cast<std::uint64_t>(offset))) return false;
    do {
        tracee.resume(Tracee::continue_request);
    } while (tracee.wait(deadline_ms) == Stop::signal && tracee.signal != SIGTRAP);
    const bool written = tracee.last == Stop::signal;
    tracee.signal = 0;
    return written && watch(tracee.pid, 0);
}

// What it keeps behind the words that it shares with the kernel is zeros.
bool spoil(pid_t pid) {
    constexpr std::size_t all = 8192;
    const std::uint64_t begin = find_live(pid);
    const int memory = open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
    const std::string zeros(all - sizeof(plumb::Live), '\0');
    const bool done =
        begin != 0 && pwrite(memory, zeros.data(), zeros.size(), static_cast<off_t>(begin + sizeof(plumb::Live))) > 0;
    close(memory);
    return done;
}

bool fault_here(Tracee& tracee) {
    user_regs_struct registers = tracee.registers();
    registers.rip = nowhere;
    tracee.set(registers);
    return true;
}

const Call* call_of(const std::string& name) {
    for (const Call& call : calls)
        if (name == call.name) return &call;
    return nullptr;
}

// At the entry to the next call of that name, and with that descriptor where it is one.
bool until_called(Tracee& tracee, const std::string& name, long descriptor) {
    const Call* const call = call_of(name);
    if (call == nullptr) return false;
    for (;;) {
        if (!tracee.next_call()) return false;
        const user_regs_struct registers = tracee.registers();
        const bool named = tracee.last == Stop::entry && static_cast<long>(registers.orig_rax) == call->number;
        if (named && (descriptor < 0 || static_cast<int>(registers.*call->descriptor) == descriptor)) return true;
    }
}

// NAME:ERRNO or NAME:ERRNO:DESCRIPTOR.
bool deny(Tracee& tracee, const std::string& what) {
    const std::size_t first = what.find(':');
    const std::size_t second = what.find(':', first + 1);
    if (first == std::string::npos) return false;
    const long error = std::atol(what.c_str() + first + 1);
    const long descriptor = second == std::string::npos ? -1 : std::atol(what.c_str() + second + 1);
    if (!until_called(tracee, what.substr(0, first), descriptor)) return false;
    tracee.set(tracee.registers());  // which makes it no call at all
    if (!tracee.next_call()) return false;
    user_regs_struct registers = tracee.registers();
    registers.rax = static_cast<unsigned long long>(-error);
    tracee.set(registers);
    return true;
}

bool perform(Tracee& tracee, const std::string& step) {
    const std::size_t equals = step.find('=');
    const std::string name = step.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : step.substr(equals + 1);
    if (name == "executed") return until_executed(tracee);
    if (name == "ready") return until_it_takes_faults(tracee);
    if (name == "calls") return pass_calls(tracee, std::atol(value.c_str()));
    if (name == "call") return until_called(tracee, value, -1);
    if (name == "written") return until_written(tracee, std::atol(value.c_str()));
    if (name == "spoil") return spoil(tracee.pid);
    if (name == "fault") return fault_here(tracee);
    if (name == "deny") return deny(tracee, value);
    return false;
}

}  // namespace

// disturb PID STEP...: attaches to it, takes the steps one after the other, and lets it go. executed: it has executed
// another image. ready: it takes faults. calls=N: as many entries to and exits from calls further. written=OFFSET: it
// writes to that place of what mvinit keeps. spoil: that is zeros. fault: it has one. deny=NAME:ERRNO[:DESCRIPTOR]: its
// next call of that name (with that descriptor) is not carried out, and fails so. A line a step; the code is 0 where
// all could be taken.
int disturb(const Words& words) {
    block(SIG_BLOCK, std::uint64_t{1} << (SIGCHLD - 1));
    Tracee tracee(number(words, 0, "1"));
    if (!tracee.seize() || !tracee.interrupt()) return say("disturb: it cannot be traced"), 2;
    for (std::size_t at = 1; at < words.size(); ++at) {
        if (!perform(tracee, words[at])) {
            say(words[at] + (tracee.last == Stop::gone ? ": it has ended" : ": not done"));
            return 1;
        }
        say(words[at] + ": done");
    }
    return 0;
}

}  // namespace probe
