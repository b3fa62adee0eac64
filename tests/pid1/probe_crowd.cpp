// Processes that the probe leaves behind, or floods PID 1 with.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.hpp"

namespace probe {

static bool orphan(int milliseconds) {
    const pid_t middle = fork();
    if (middle < 0) return false;
    if (middle == 0) {
        const pid_t last = fork();
        if (last == 0) usleep(static_cast<useconds_t>(milliseconds) * 1000);
        _exit(last < 0 ? 1 : 0);
    }
    int status = 0;
    waitpid(middle, &status, 0);
    return status == 0;
}

// orphans COUNT [LIFE_MS]: each becomes PID 1's when it has ended or soon after. Says how many there were.
int orphans(const Words& words) {
    const int count = number(words, 0, "1");
    int made = 0;
    // Behind everything else in the scheduler, as a process and as a session (sched(7), autogroup): whatever the
    // machine is busy with is then at our expense and not at PID 1's, whose pace is what is looked at.
    setpriority(PRIO_PROCESS, 0, 5);
    append("/proc/self/autogroup", "5");
    say("ready " + std::to_string(getpid()));
    for (int i = 0; i < count; ++i) made += orphan(number(words, 1, "0")) ? 1 : 0;
    say("orphans " + std::to_string(made));
    for (;;) pause();
}

// The orphans wait for the end of a pipe, so that all of them end at once: storm COUNT, at SIGUSR1.
int storm(const Words& words) {
    block(SIG_SETMASK, ~std::uint64_t{0});
    int ends[2];
    if (pipe(ends) != 0) return 99;
    int made = 0;
    for (int i = 0; i < number(words, 0, "1"); ++i) {
        const pid_t child = fork();
        if (child < 0) break;
        ++made;
        if (child != 0) continue;
        close(ends[1]);
        char byte;
        while (read(ends[0], &byte, 1) < 0) continue;
        _exit(0);
    }
    close(ends[0]);
    say("storm " + std::to_string(made));
    for (;;) {
        const int signal = take().signal;
        if (signal == SIGUSR1) _exit(0);
        if (signal == SIGTERM) _exit(42);
    }
}

// A process in a session of its own whose parent has ended. Its fate goes to path: "up", "term", "refused".
static void escapee(const std::string& path, bool obeys) {
    if (fork() != 0) {
        wait(nullptr);
        return;
    }
    setsid();
    if (fork() != 0) _exit(0);
    block(SIG_SETMASK, ~std::uint64_t{0});
    append(path, "up");
    for (;;) {
        const int signal = take().signal;
        if (signal != SIGTERM) continue;
        append(path, obeys ? "term" : "refused");
        if (obeys) _exit(0);
    }
}

// escape FILE obey|refuse [obey|refuse]: the first word for the escapee, the second for ourselves.
int escape(const Words& words) {
    const std::string path = argument(words, 0, "/dev/null");
    escapee(path, argument(words, 1, "obey") == "obey");
    const bool obeys = argument(words, 2, "obey") == "obey";
    // Not before the escapee is ready for signals.
    while (access(path.c_str(), F_OK) != 0) usleep(1000);
    if (argument(words, 3, "") == "leave") return 0;
    block(SIG_SETMASK, ~std::uint64_t{0});
    say("ready " + std::to_string(getpid()));
    for (;;) {
        const int signal = take().signal;
        if (signal != SIGTERM) continue;
        say(obeys ? "main term" : "main refused");
        if (obeys) return 0;
    }
}

// adopted: an orphan tells who its parent is once it is one.
int adopted() {
    const pid_t middle = fork();
    if (middle == 0) {
        const pid_t parent = getpid();
        if (fork() != 0) _exit(0);
        while (getppid() == parent) usleep(1000);
        say("adopted by " + std::to_string(getppid()));
        _exit(0);
    }
    waitpid(middle, nullptr, 0);
    sleep_for_ever();
}

// pile FILE COUNT: when FILE is there, sends PID 1 so many of signal 41 and then of 40: the kernel looks for each 40
// behind all 41s. Then "piled", and waits for SIGTERM (code 42).
int pile(const Words& words) {
    block(SIG_SETMASK, ~std::uint64_t{0});
    while (access(argument(words, 0, "/").c_str(), F_OK) != 0) usleep(1000);
    for (const int signal : {41, 40})
        for (int n = number(words, 1, "1"); n > 0; --n) syscall(SYS_kill, 1, signal);
    say("piled");
    while (take().signal != SIGTERM) continue;
    return 42;
}

// Deaf to what can be blocked, and forks as often as it may, like each of its children.
static void fork_for_ever() {
    block(SIG_SETMASK, ~std::uint64_t{0});
    for (;;)
        if (fork() < 0) sched_yield();
}

// bomb: a fork bomb, at once.
int bomb() {
    say("ready " + std::to_string(getpid()));
    fork_for_ever();
    return 99;
}

// fuse: one at SIGTERM.
int fuse() {
    block(SIG_SETMASK, ~std::uint64_t{0});
    say("ready " + std::to_string(getpid()));
    while (take().signal != SIGTERM) continue;
    say("the bomb");
    fork_for_ever();
    return 99;
}

// assail MS SEED [EXCEPT]...: sends PID 1 every signal once, then any at random for that time, but none of EXCEPT; then
// says how many could be sent and how many not, and waits. Deaf to whatever comes back of them.
int assail(const Words& words) {
    block(SIG_SETMASK, std::uint64_t{3} << 31);  // 32 and 33, which the C library does not let go
    for (int signal = 1; signal <= 64; ++signal) std::signal(signal, SIG_IGN);
    std::vector<int> signals;
    for (int signal = 1; signal <= 64; ++signal)
        if (std::find(words.begin(), words.end(), std::to_string(signal)) == words.end()) signals.push_back(signal);
    int sent = 0;
    int denied = 0;
    const auto send = [&](int signal) { (syscall(SYS_kill, 1, signal) == 0 ? sent : denied) += 1; };
    for (const int signal : signals) send(signal);
    std::minstd_rand random(static_cast<unsigned>(number(words, 1, "1")));
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto end = now() + std::chrono::milliseconds(number(words, 0, "0"));
    while (now() < end) send(signals[random() % signals.size()]);
    say("assailed " + std::to_string(sent) + " denied " + std::to_string(denied));
    for (;;) pause();
}

// flood PID SIGNAL COUNT PROCESSES: each process sends COUNT; then "flooded", and waits for SIGTERM (code 42).
int flood(const Words& words) {
    block(SIG_SETMASK, ~std::uint64_t{0});
    const int processes = number(words, 3, "1");
    std::vector<pid_t> senders;
    for (int i = 0; i < processes; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            for (int n = number(words, 2, "1"); n > 0; --n)
                syscall(SYS_kill, number(words, 0, "1"), number(words, 1, "17"));
            _exit(0);
        }
        senders.push_back(child);
    }
    for (const pid_t sender : senders) waitpid(sender, nullptr, 0);
    say("flooded");
    while (take().signal != SIGTERM) continue;
    return 42;
}

}  // namespace probe
