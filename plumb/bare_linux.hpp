// What the fault handler and the minimal loop are made of: system calls without libc, and the sections that are locked
// in memory. Nothing that lies there calls what lies elsewhere, as that may not be to be had when it is needed: the
// compiler is kept from calling memset(3) and the like by the options of CMakeLists.txt, and a test looks at the
// result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <signal.h>
#include <sys/syscall.h>
#include <type_traits>

#include "plumb/survival.hpp"

#define MVINIT_LOCKED [[gnu::section("last_resort_text")]]
// Not const, texts included: one section cannot hold both, and one fewer is a page fewer to lock. Used, or the compiler
// takes what is never written to for const all the same.
#define MVINIT_LOCKED_DATA [[gnu::section("last_resort_data"), gnu::used]]

#if !defined(__x86_64__) && !defined(__aarch64__)
#include <cerrno>
#include <unistd.h>
#endif

namespace plumb::bare {

using KernelSet = std::uint64_t;  // see process_linux.cpp

constexpr KernelSet only(int number) {
    return KernelSet{1} << (number - 1);
}
constexpr KernelSet all_signals = ~KernelSet{0};
constexpr KernelSet fault_signals =
    only(SIGSEGV) | only(SIGBUS) | only(SIGILL) | only(SIGFPE) | only(SIGABRT) | only(SIGSYS) | only(SIGTRAP);

constexpr bool is_fault_signal(long number) {
    return number >= 1 && number <= 64 && (fault_signals >> (number - 1) & 1) != 0;
}

// The result, or -errno.
#if defined(__x86_64__)
[[gnu::always_inline]] inline long raw(long number, long a, long b, long c) {
    asm volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return number;
}
[[gnu::always_inline]] inline long raw(long number, long a, long b, long c, long d, long e = 0, long f = 0) {
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "+a"(number)
                 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return number;
}
#elif defined(__aarch64__)
[[gnu::always_inline]] inline long raw(long number, long a, long b, long c, long d = 0, long e = 0, long f = 0) {
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
[[gnu::always_inline]] inline long raw(long number, long a, long b, long c, long d = 0, long e = 0, long f = 0) {
    const long result = ::syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}
#endif

template <class Argument>
[[gnu::always_inline]] inline long word(Argument argument) {
    if constexpr (std::is_null_pointer_v<Argument>)
        return 0;
    else if constexpr (std::is_pointer_v<Argument>)
        return reinterpret_cast<long>(argument);
    else
        return static_cast<long>(argument);
}

[[gnu::always_inline]] inline long call(long number) {
    return raw(number, 0, 0, 0);
}
template <class A>
[[gnu::always_inline]] inline long call(long number, A a) {
    return raw(number, word(a), 0, 0);
}
template <class A, class B>
[[gnu::always_inline]] inline long call(long number, A a, B b) {
    return raw(number, word(a), word(b), 0);
}
template <class A, class B, class C, class... More>
[[gnu::always_inline]] inline long call(long number, A a, B b, C c, More... more) {
    return raw(number, word(a), word(b), word(c), word(more)...);
}

[[gnu::always_inline]] inline void set_mask(int how, KernelSet set, KernelSet* before = nullptr) {
    call(SYS_rt_sigprocmask, how, &set, before, sizeof set);
}

std::uint64_t now_ms();  // CLOCK_MONOTONIC

// A line of text; what does not fit is left out. One at a time, as they share their room: the stack of the handler is
// to do with the page that is there.
struct Line {
    static char text[512];
    unsigned size = 0;

    void put(const char* more);
    void put(std::uint64_t number, unsigned base = 10);
    void put_error(int number);  // "EACCES (13)"
    void say();                  // on the console, unless that would block; ends the line
};

void forget_faults();

// Of Live::limits, which is which.
extern unsigned char raised_limits[3];

// For who is asked for by a client of last_resort.listener.
void answer_clients();

// Nothing but reaping, without any memory: when the minimal loop itself has a fault.
[[noreturn]] void only_reap();

// The handler, and what it returns by where libc's is not called (x86-64).
void on_fault(int number, siginfo_t* info, void* context);
extern "C" void mvinit_signal_return();

// Keeps a fault in *live and tells it; true: the third within 10 s. Outside the locked part: where it cannot be had,
// the fault that this gives goes to the minimal loop.
bool note_fault(int number, const siginfo_t& info, const void* context);

}  // namespace plumb::bare
