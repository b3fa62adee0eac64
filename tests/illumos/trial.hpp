// Tests that change what belongs to a whole process: each in one of its own.
#pragma once

#include <array>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" int __real_poll(pollfd*, nfds_t, int);

// The handlers and the mask are the process', so each test has one of its own. Its result is the line that failed.
#define MUST(condition) \
    if (!(condition)) return __LINE__
inline int in_child(int (*test)()) {
    const pid_t child = fork();
    if (child == 0) _exit(test() == 0 ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}
// With the line that failed, 0: none, through a pipe.
inline int line_of(int (*test)()) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const int line = test();
        if (write(ends[1], &line, sizeof line) < 0) _exit(1);
        _exit(0);
    }
    close(ends[1]);
    int line = -1;
    if (read(ends[0], &line, sizeof line) < 0) line = -2;
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return line;
}

inline bool readable(int descriptor) {
    pollfd wanted{descriptor, POLLIN, 0};
    return __real_poll(&wanted, 1, 0) == 1;
}
