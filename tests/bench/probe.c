// The application that the benchmarks give to every init: its first act is to read the clock. What it does next stands
// in /bench/mode: a letter and a number. What it has seen goes as records to the FIFO /bench/out.
//
//   s    stay; a SIGTERM is stamped and survived
//   q    stay; ends at a SIGTERM, at once
//   x N  stay for N microseconds, stamp, end with code 1
//   o N  make N orphans, one after the other, each of which ends when it is PID 1's; then stay
#include "bare.h"

struct record {
    uint32_t kind;
    uint32_t pid;
    uint64_t stamp;
};

static int out;

static void tell(char kind, uint64_t stamp) {
    struct record record = {(uint32_t)kind, (uint32_t)call3(SYS_getpid, 0, 0, 0), stamp};
    call3(SYS_write, out, (long)&record, sizeof record);
}

static void stamp_it(int number) {
    uint64_t now = monotonic_ns();
    (void)number;
    tell('T', now);
}

static void end_now(int number) {
    (void)number;
    leave(0);
}

static char read_mode(uint64_t* number) {
    char text[32] = {0};
    int file = (int)call4(SYS_openat, at_cwd, (long)"/bench/mode", close_on_exec, 0);
    call3(SYS_read, file, (long)text, sizeof text - 1);
    call3(SYS_close, file, 0, 0);
    *number = 0;
    for (char* digit = text + 2; *digit >= '0' && *digit <= '9'; ++digit)
        *number = *number * 10 + (uint64_t)(*digit - '0');
    return text[0];
}

static _Noreturn void stay(void) {
    for (;;) sleep_ns(1000000000000u);
}

// An orphan reads from a pipe whose other end only we keep: so it ends when it has become PID 1's, not before.
static void make_orphan(void) {
    int ends[2], status = 0;
    call3(SYS_pipe2, (long)ends, 0, 0);
    long parent = fork_bare();
    if (parent == 0) {
        if (fork_bare() == 0) {
            char byte;
            call3(SYS_close, ends[1], 0, 0);
            call3(SYS_read, ends[0], (long)&byte, 1);
        }
        leave(0);
    }
    if (parent < 0) leave(3);
    call4(SYS_wait4, parent, (long)&status, 0, 0);
    call3(SYS_close, ends[1], 0, 0);
    call3(SYS_close, ends[0], 0, 0);
}

__attribute__((used)) void begin(void) {
    const uint64_t started = monotonic_ns();
    uint64_t number;
    out = (int)call4(SYS_openat, at_cwd, (long)"/bench/out", write_only | close_on_exec, 0);
    const char mode = read_mode(&number);
    if (mode == 's') on_signal(15, stamp_it);
    if (mode == 'q') on_signal(15, end_now);
    tell('S', started);
    if (mode == 'x') {
        if (number != 0) sleep_ns(number * 1000);
        tell('X', monotonic_ns());
        leave(1);
    }
    if (mode == 'o') {
        for (uint64_t i = 0; i < number; ++i) make_orphan();
        tell('O', monotonic_ns());
    }
    stay();
}
