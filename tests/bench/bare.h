// System calls without a C library: what an application needs of one is not to be part of what is measured.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
    long result = number;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
// The stack is aligned as the ABI wants it before C code runs; the argument points at argc.
#define ENTRY "xor %ebp, %ebp\nmov %rsp, %rdi\nand $-16, %rsp\ncall begin\n"
#elif defined(__aarch64__)
static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#define ENTRY "mov x29, #0\nmov x0, sp\nbl begin\n"
#else
#error "bare.h knows x86_64 and aarch64"
#endif
__asm__(".globl _start\n_start:\n" ENTRY);

static inline long call4(long number, long a, long b, long c, long d) {
    return call6(number, a, b, c, d, 0, 0);
}
static inline long call3(long number, long a, long b, long c) {
    return call6(number, a, b, c, 0, 0, 0);
}

enum { at_cwd = -100, write_only = 1, close_on_exec = 02000000, clock_monotonic = 1, signal_child = 17 };

struct bare_time {
    long seconds, nanoseconds;
};

static inline uint64_t monotonic_ns(void) {
    struct bare_time now;
    call3(SYS_clock_gettime, clock_monotonic, (long)&now, 0);
    return (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
}

static inline void sleep_ns(uint64_t length) {
    struct bare_time left = {(long)(length / 1000000000u), (long)(length % 1000000000u)};
    while (call3(SYS_nanosleep, (long)&left, (long)&left, 0) == -4) {
    }
}

static inline long fork_bare(void) {
    return call6(SYS_clone, signal_child, 0, 0, 0, 0, 0);
}

static inline _Noreturn void leave(int code) {
    for (;;) call3(SYS_exit_group, code, 0, 0);
}

// The kernel's own struct sigaction, which is not that of the C library.
struct bare_action {
    void (*handler)(int);
    unsigned long flags;
#if defined(__x86_64__)
    void (*restorer)(void);
#endif
    uint64_t mask;
};

#if defined(__x86_64__)
void bare_restorer(void);
__asm__("bare_restorer:\nmov $15, %eax\nsyscall\n");
#endif

static inline void on_signal(int number, void (*handler)(int)) {
    struct bare_action action = {.handler = handler};
#if defined(__x86_64__)
    action.flags = 0x04000000;  // SA_RESTORER
    action.restorer = bare_restorer;
#endif
    call4(SYS_rt_sigaction, number, (long)&action, 0, sizeof action.mask);
}
