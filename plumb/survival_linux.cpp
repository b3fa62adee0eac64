// Catching faults: what may lie anywhere in memory.
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "plumb/bare_linux.hpp"
#include "plumb/fault_record.hpp"
#include "plumb/live.hpp"

// Of the sections that are locked, by the linker.
extern "C" {
[[gnu::visibility("hidden")]] extern char __start_last_resort_text[];  // NOLINT(bugprone-reserved-identifier)
[[gnu::visibility("hidden")]] extern char __stop_last_resort_text[];   // NOLINT(bugprone-reserved-identifier)
[[gnu::visibility("hidden")]] extern char __start_last_resort_data[];  // NOLINT(bugprone-reserved-identifier)
[[gnu::visibility("hidden")]] extern char __stop_last_resort_data[];   // NOLINT(bugprone-reserved-identifier)
}

namespace plumb {
namespace {

using bare::Line;

bool catches = false;

constexpr std::size_t page = 4096;
constexpr std::size_t own_stack = 640;

// Where the handler runs. The kernel puts the registers on it, 3.5 KB with AVX-512, and for a fault within a fault
// again. Pages that nobody has touched are not there; the linker script puts it last.
[[gnu::section(".sbss.stack")]] alignas(page) char handler_stack[4 * page];

constexpr int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};

// As the kernel takes it: libc's own call would do more, and one of them unblocks signals that it keeps for itself.
struct KernelAction {
    void (*handler)(int, siginfo_t*, void*);
    unsigned long flags;
#if defined(__x86_64__) || defined(__aarch64__)
    void (*restorer)();
#endif
    bare::KernelSet mask;
};

#if defined(__x86_64__)
constexpr unsigned long returning = 0x04000000;  // SA_RESTORER, which no header for user space has
#else
constexpr unsigned long returning = 0;
#endif

KernelAction catching() {
    KernelAction action{};
    action.handler = bare::on_fault;
    // SA_RESTART: whoever waits in a call goes on waiting where somebody sends one of these.
    action.flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | returning;
#if defined(__x86_64__)
    action.restorer = bare::mvinit_signal_return;
#endif
    action.mask = bare::all_signals;
    return action;
}

std::uint64_t program_counter(const void* context) {
    [[maybe_unused]] const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return static_cast<std::uint64_t>(registers.gregs[REG_RIP]);
#elif defined(__aarch64__)
    return registers.pc;
#else
    return 0;
#endif
}

void tell_fault(bool third, bool has_address) {
    Line line;
    line.put("mvinit: fatal: ");
    line.put(fault_name(live->fault_signal));
    if (has_address) {
        line.put(" at address 0x");
        line.put(live->fault_address, 16);
    }
    line.put(" (pc 0x");
    line.put(live->fault_pc, 16);
    line.put(")");
    if (live->fault_phase[0] != 0) {
        line.put(" while ");
        line.put(live->fault_phase.data());
    }
    if (live->fault_step[0] != 0) {
        line.put(", last step \"");
        line.put(live->fault_step.data());
        line.put("\"");
    }
    line.put(third ? ": third within 10 s: from now on only reaping and passing on stop signals"
                   : ": executing mvinit again");
    if (last_resort.app_pid > 0) {
        line.put(third ? "; the application, pid " : ", the application, pid ");
        line.put(static_cast<std::uint64_t>(last_resort.app_pid));
        line.put(", goes on");
    }
    if (third) line.put("; mvinit upgrade PATH takes a mended mvinit");
    line.say();
}

void lock(const void* from, const void* to) {
    // Without the privilege it works as well, as long as there is memory.
    mlock(from, static_cast<std::size_t>(static_cast<const char*>(to) - static_cast<const char*>(from)));
}

}  // namespace

namespace bare {

bool note_fault(int number, const siginfo_t& info, const void* context) {
    const bool third = count_fault(now_ms());
    const bool has_address = info.si_code > 0;
    live->fault_signal = number;
    live->fault_address = has_address ? reinterpret_cast<std::uint64_t>(info.si_addr) : 0;
    live->fault_pc = program_counter(context);
    tell_fault(third, has_address);
    return third;
}

}  // namespace bare

void catch_faults() {
    stack_t stack{};
    stack.ss_sp = handler_stack;
    stack.ss_size = sizeof handler_stack;
    bare::call(SYS_sigaltstack, &stack, nullptr);
    const KernelAction action = catching();
    for (const int number : caught) bare::call(SYS_rt_sigaction, number, &action, nullptr, sizeof(bare::KernelSet));
    catches = true;
}

std::uint64_t caught_signals() {
    return catches && ::getpid() == last_resort.owner ? bare::fault_signals : 0;
}

void prepare_last_resort() {
    last_resort.program = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (last_resort.program < 0 && last_resort.path != nullptr)
        last_resort.program = ::open(last_resort.path, O_RDONLY | O_CLOEXEC);
    lock(__start_last_resort_text, __stop_last_resort_text);
    lock(__start_last_resort_data, __stop_last_resort_data);
    lock(&live, &live + 1);
    if (last_resort.state != nullptr)
        lock(last_resort.state, static_cast<const char*>(last_resort.state) + last_resort.state_size);
    else
        lock(live, live + 1);
    // What the kernel writes for the first fault, and the handler's own beyond that: written to, or they are not there.
    const std::size_t needed = ::getauxval(AT_MINSIGSTKSZ) + own_stack;
    for (std::size_t used = 1; used <= needed && used <= sizeof handler_stack; used += page) {
        char* const last = handler_stack + sizeof handler_stack - used;
        *const_cast<volatile char*>(last) = 0;
        lock(last, last + 1);
    }
}

// The bytes of an ELF header say for what it is: its class and byte order, its machine.
// Without waiting: a FIFO that nobody writes to would keep us for ever.
int open_program(const char* path) {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return -1;
    constexpr std::size_t size = 20;
    unsigned char header[size] = {};
    unsigned char own[size] = {};
    const bool read = ::pread(file, header, size, 0) == static_cast<ssize_t>(size);
    const bool known = ::pread(last_resort.program, own, size, 0) == static_cast<ssize_t>(size);
    const auto same = [&](std::size_t from, std::size_t to) { return std::equal(own + from, own + to, header + from); };
    int error = !read || (known && !(same(0, 6) && same(18, 20))) ? ENOEXEC : 0;
    if (error == 0 && ::faccessat(file, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) != 0 && errno == EACCES) error = EACCES;
    if (error == 0) return file;
    ::close(file);
    errno = error;
    return -1;
}

void limit_as_started() {
    for (std::size_t at = 0; at < live->limits.size(); ++at)
        if (live->limits[at].hard != 0)
            bare::call(SYS_prlimit64, 0, bare::raised_limits[at], &live->limits[at], nullptr);
}

void signal_was_taken(std::int32_t number) {
    if (bare::is_fault_signal(number) && caught_signals() != 0) bare::set_mask(SIG_UNBLOCK, bare::only(number));
}

// By a descriptor it is "/dev/fd/3", which is no path that stays.
const char* path_at_start() {
    const auto* const path = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    const std::string_view word = path == nullptr ? "" : path;
    return word.starts_with("/dev/fd/") ? "" : word.data();
}

bool can_survive() {
    return true;
}

}  // namespace plumb
