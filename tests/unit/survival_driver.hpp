// Runs survival_trial.cpp's program, for survival_test.cpp.
#pragma once

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "init/clock.hpp"

inline constexpr std::uint64_t trial_deadline_ms = 20'000;

// The program that runs, and all that it and its children wrote.
class Trial {
public:
    // flags: of unshare(2); with CLONE_NEWPID it is PID 1.
    explicit Trial(const std::string& mode, const std::vector<std::string>& variables = {},
                   const std::string& program = MVINIT_TRIAL, const std::string& listener = "-", int flags = 0) {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        output_ = ends[0];
        const char* const words[] = {program.c_str(), mode.c_str(), listener.c_str(), nullptr};
        std::vector<const char*> env;
        for (const std::string& variable : variables) env.push_back(variable.c_str());
        env.push_back(nullptr);
        if (flags != 0) REQUIRE(::unshare(flags) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(ends[1], 1);
            ::dup2(ends[1], 2);
            ::execve(program.c_str(), const_cast<char* const*>(words), const_cast<char* const*>(env.data()));
            ::_exit(93);
        }
        ::close(ends[1]);
    }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;
    ~Trial() {
        if (pid_ > 0) ::kill(pid_, SIGKILL);
        if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
        if (app_ > 0) ::kill(app_, SIGKILL);
        ::close(output_);
    }

    // Reads until text came; what comes after it is searched the next time.
    bool says(const std::string& text) {
        const std::uint64_t give_up = init::now_ms() + trial_deadline_ms;
        for (;;) {
            const std::size_t found = text_.find(text, seen_);
            if (found != std::string::npos) {
                seen_ = found + text.size();
                return true;
            }
            if (!read_more(give_up)) break;
        }
        MESSAGE("waiting for \"" << text << "\" in: " << text_);
        return false;
    }

    // The number that follows text, at the beginning of a line.
    int number_after(const std::string& text) {
        if (!says(text) || !says_end_of_line()) return -1;
        return std::atoi(text_.c_str() + text_.rfind(text, seen_) + text.size());
    }
    void learn_application() { app_ = number_after("application "); }

    void send(int signal) { REQUIRE(::kill(pid_, signal) == 0); }
    // The code, or -SIGNAL.
    int ends() {
        while (read_more(init::now_ms() + trial_deadline_ms)) continue;
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    int pid() const { return pid_; }
    int application() const { return app_; }
    const std::string& text() const { return text_; }

private:
    bool says_end_of_line() {
        const std::uint64_t give_up = init::now_ms() + trial_deadline_ms;
        while (text_.find('\n', seen_) == std::string::npos)
            if (!read_more(give_up)) return false;
        return true;
    }
    bool read_more(std::uint64_t give_up) {
        const std::uint64_t now = init::now_ms();
        pollfd waiting{output_, POLLIN, 0};
        if (now >= give_up || ::poll(&waiting, 1, static_cast<int>(give_up - now)) <= 0) return false;
        char bytes[4096];
        const ssize_t got = ::read(output_, bytes, sizeof bytes);
        if (got <= 0) return false;
        text_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

    int output_ = -1;
    int pid_ = -1;
    int app_ = -1;
    std::string text_;
    std::size_t seen_ = 0;
};
