// The application that the pid1 tests give to mvinit: it says what it was handed (report), ends in a given way (exit,
// raise), leaves processes behind (orphans, escape, storm) or tells which signals reach it (catch, family).
#include "probe.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace probe {

void put(int descriptor, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t wrote = write(descriptor, text.data() + done, text.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return;
        done += static_cast<std::size_t>(wrote);
    }
}

void say(const std::string& line) {
    put(1, line + "\n");
}

void append(const std::string& path, const std::string& line) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        if (!path.starts_with("/proc/")) say("probe: open " + path + ": " + std::strerror(errno));
        return;
    }
    put(descriptor, line + "\n");
    close(descriptor);
}

std::uint64_t block(int how, std::uint64_t set) {
    std::uint64_t before = 0;
    syscall(SYS_rt_sigprocmask, how, &set, &before, kernel_set_size);
    return before;
}

std::string argument(const Words& words, std::size_t index, const char* otherwise) {
    return index < words.size() ? words[index] : std::string(otherwise);
}

int number(const Words& words, std::size_t index, const char* otherwise) {
    return std::atoi(argument(words, index, otherwise).c_str());
}

std::string setting(const Words& words, const std::string& name, const char* otherwise) {
    for (const std::string& word : words)
        if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
    return otherwise;
}

long number_setting(const Words& words, const std::string& name, long otherwise) {
    return std::atol(setting(words, name, std::to_string(otherwise).c_str()).c_str());
}

Taken take() {
    const std::uint64_t all = ~std::uint64_t{0};
    siginfo_t info;
    for (;;) {
        std::memset(&info, 0, sizeof info);
        const long got = syscall(SYS_rt_sigtimedwait, &all, &info, nullptr, kernel_set_size);
        if (got > 0) return {static_cast<int>(got), info.si_pid};
    }
}

void sleep_for_ever() {
    say("ready " + std::to_string(getpid()));
    for (;;) pause();
}

namespace {

// ---- ends

int raise_signal(const Words& words) {
    const int signal = number(words, 0, "15");
    block(SIG_UNBLOCK, ~std::uint64_t{0});
    syscall(SYS_kill, getpid(), signal);
    // A signal that does not end us leaves this code, which no signal gives.
    return 99;
}

// catch [SIGNAL CODE]...: prints every signal, ends with CODE at SIGNAL.
int catch_signals(const Words& words) {
    block(SIG_SETMASK, ~std::uint64_t{0});
    say("ready " + std::to_string(getpid()));
    for (;;) {
        const Taken taken = take();
        say("signal " + std::to_string(taken.signal) + " from " + std::to_string(taken.sender));
        for (std::size_t i = 0; i + 1 < words.size(); i += 2)
            if (number(words, i, "0") == taken.signal) return number(words, i + 1, "0");
    }
}

// family: a member of our process group and we ourselves both tell the first signal; we end when the member has.
int family() {
    block(SIG_SETMASK, ~std::uint64_t{0});
    const pid_t child = fork();
    if (child == 0) {
        say("member ready");
        say("member " + std::to_string(take().signal));
        _exit(0);
    }
    say("leader ready");
    for (;;) {
        const Taken taken = take();
        if (taken.signal != SIGCHLD) say("leader " + std::to_string(taken.signal));
        if (taken.signal == SIGCHLD && waitpid(child, nullptr, WNOHANG) == child) return 0;
        if (taken.signal == SIGTERM) return 7;
    }
}

// spew LINES CODE [FILE]: much output, then FILE gets a line, then ends.
int spew(const Words& words) {
    for (int n = number(words, 0, "1"); n > 0; --n) say(std::string(99, 'x'));
    if (words.size() > 2) append(words[2], "spewed");
    return number(words, 1, "0");
}

// run FILE TEXT CODE [MS]: appends TEXT, stays for MS milliseconds, ends with CODE.
int run(const Words& words) {
    append(argument(words, 0, "/dev/null"), argument(words, 1, "run"));
    if (words.size() > 3) usleep(static_cast<useconds_t>(number(words, 3, "0")) * 1000);
    return number(words, 2, "0");
}

// until FILE TEXT EXISTING CODE: appends TEXT and ends with CODE as soon as EXISTING is there.
int until(const Words& words) {
    append(argument(words, 0, "/dev/null"), argument(words, 1, "run"));
    while (access(argument(words, 2, "/").c_str(), F_OK) != 0) usleep(2000);
    return number(words, 3, "0");
}

// hold PATH TEXT: appends TEXT to PATH and stays for ever, deaf to SIGTERM when a third word is there.
int hold(const Words& words) {
    if (words.size() > 2) block(SIG_BLOCK, std::uint64_t{1} << (SIGTERM - 1));
    append(argument(words, 0, "/dev/null"), argument(words, 1, "held"));
    for (;;) pause();
}

// eat: takes memory until there is none, and none of it lies idle.
int eat() {
    say("ready " + std::to_string(getpid()));
    constexpr std::size_t bite = std::size_t{1} << 20;
    for (;;) {
        char* more = new char[bite];
        std::memset(more, 1, bite);
        asm volatile("" : : "r"(more) : "memory");
    }
}

// A line of standard input comes back on standard output, until there is no more.
int echo() {
    char buffer[512];
    say("ready " + std::to_string(getpid()));
    for (;;) {
        const ssize_t got = read(0, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) say(std::string("echo: ") + std::strerror(errno));
        if (got <= 0) return got < 0 ? 1 : 0;
        put(1, "echo " + std::string(buffer, static_cast<std::size_t>(got)));
    }
}

}  // namespace

int dispatch(const std::string& verb, const Words& words) {
    if (verb == "report") return report(words);
    if (verb == "report-and-wait") report(words), sleep_for_ever();
    if (verb == "exit") return number(words, 0, "0");
    if (verb == "raise") return raise_signal(words);
    if (verb == "sleep") sleep_for_ever();
    if (verb == "catch") return catch_signals(words);
    if (verb == "family") return family();
    if (verb == "orphans") return orphans(words);
    if (verb == "storm") return storm(words);
    if (verb == "escape") return escape(words);
    if (verb == "adopted") return adopted();
    if (verb == "flood") return flood(words);
    if (verb == "pile") return pile(words);
    if (verb == "bomb") return bomb();
    if (verb == "fuse") return fuse();
    if (verb == "assail") return assail(words);
    if (verb == "spew") return spew(words);
    if (verb == "number") return number_lines(words);
    if (verb == "runs") return number_runs(words);
    if (verb == "both") return both_streams(words);
    if (verb == "run") return run(words);
    if (verb == "until") return until(words);
    if (verb == "hold") return hold(words);
    if (verb == "eat") return eat();
    if (verb == "echo") return echo();
    if (verb == "notify") return notify(words);
    if (verb == "line") return line(words);
    if (verb == "serve") return serve(words);
    if (verb == "hang-init") return hang_init();
    if (verb == "vsock") return vsock(words);
    if (verb == "survivor") return survivor(words);
    if (verb == "tally") return tally(words);
    if (verb == "inject") return inject(words);
    if (verb == "disturb") return disturb(words);
    if (verb == "live-place") return live_place(number(words, 0, "0"));
    if (verb == "phoenix") return phoenix();
    if (verb == "say") return say(argument(words, 0, "")), 0;
    put(2, "probe: unknown subcommand '" + verb + "'\n");
    return 98;
}

}  // namespace probe

int main(int argc, char** argv) {
    if (argc < 2) return 98;
    return probe::dispatch(argv[1], probe::Words(argv + 2, argv + argc));
}
