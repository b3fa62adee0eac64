// One question to the application: is a connection taken, a page answered, does a command succeed? Asked by a child of
// ours, so that PID 1 never waits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conf/config.hpp"
#include "init/program.hpp"
#include "init/readiness.hpp"
#include "init/reap.hpp"

namespace init {

// The status of an answer that begins with text: 100 to 999; 0: not enough of it yet; -1: that is not HTTP.
int http_status(std::string_view text);

// The request for url, which parse_http() takes.
std::string http_request(std::string_view url);

// "connect 127.0.0.1:80: Connection refused": cut off at the end where it is longer.
using Reason = std::array<char, 128>;
void keep(Reason& reason, std::string_view text);

class Prober {
public:
    // Begins to ask; what runs is cancelled. retry_ms not 0: the child itself asks again and again, with such a pause,
    // until it is told yes (commands: asked once). timeout_ms: of one question. application: what commands are run as,
    // for as long as this takes: its user, environment, directory and limits; standard error goes where the
    // application's does, the other two nowhere.
    void ask(const Question& question, Program& application, std::uint32_t timeout_ms, std::uint32_t retry_ms);

    // Ends the child; no answer follows.
    void cancel();

    // The child that asks, 0: none; and one that an earlier image of us had, which is ended.
    std::int32_t child() const { return pid_; }
    void take_over(std::int32_t child);

    // True where it was a child of this. Then answer() may have come.
    bool child_ended(const Ended& ended);

    // Whether an answer has come since it was last asked for: yes or no, once.
    std::optional<bool> answer();

    // When due() is to be called, CLOCK_MONOTONIC in ms: the question has taken too long.
    std::optional<std::uint64_t> deadline() const;
    void due();

    // Why the last answer was no; where none came yet and the child asks again and again, why it still does.
    const Reason& reason();

private:
    void run_command(const conf::Argv& command, Program& application);
    void run_worker(const Question& question, std::uint32_t retry_ms);
    void fail(const char* what, std::string_view whom, int error);
    void fail(std::string_view why);
    void read_reason();
    void drop();

    std::int32_t pid_ = 0;                   // of the child that asks, 0: none
    std::array<std::int32_t, 4> dropped_{};  // children that were killed and not reaped yet
    bool is_command_ = false;
    bool told_ = false;  // reason_ was set for this question
    std::optional<bool> answer_;
    std::uint32_t timeout_ms_ = 0;
    std::uint64_t deadline_ms_ = 0;  // 0: none
    int reasons_ = -1;               // where the worker writes why it was told no
    Reason reason_{};
};

}  // namespace init
