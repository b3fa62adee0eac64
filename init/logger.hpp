// The logger: a process of its own that reads what the application writes and hands it to the sinks. What to read and
// where to write comes from Capture, which starts it and, when it has died, another one on the same pipes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "conf/config.hpp"
#include "init/sink_text.hpp"

namespace init {

struct LoggerInput {
    int descriptor = -1;  // the reading end, non-blocking; -1: there is no such input
    Stream stream = Stream::out;
};

struct LoggerSink {
    const conf::Sink* config = nullptr;
    int pipe = -1;                     // a file's: it goes to another logger, by this
    bool plain = false;                // what comes is for this sink alone, and as it is to be written
    std::uint64_t* dropped = nullptr;  // counts the lines that it does not get; several loggers may add to it
};

struct LoggerSetup {
    void add(const LoggerSink& sink) { sinks[sink_count++] = sink; }

    std::array<LoggerInput, 2> inputs{};
    std::array<LoggerSink, conf::most_sinks> sinks{};
    std::size_t sink_count = 0;
    std::string_view name;   // of the application
    std::string_view mark;   // a line that stands in the inputs where an application has ended; empty: no sink wants
                             // lines, or to know
    std::int32_t pid = 0;    // of it
    int ring = -1;           // see ring.hpp
    std::int32_t owner = 0;  // pid of mvinit
    int link = -1;           // LoggerCommands come from here; held open, that its end is seen
    const char* title = "";  // what ps(1) shows
    // Null, or whose turn it is, and our own: see lasting.hpp.
    const std::uint64_t* turn = nullptr;
    std::uint64_t own_turn = 0;
    std::size_t number = 0;  // of the logger
};

// One write(2) each to the link.
struct LoggerCommand {
    enum Kind : std::uint32_t {
        started = 1,  // the application, with this pid
        ended = 2,    // the application, where no mark could be set: what it left of a line is a line
        finish = 3,   // write what is there, and end
    };
    std::uint32_t kind = 0;
    std::int32_t pid = 0;
};

// For how long a logger that is to finish tries to: of the 2 s that the end may take, something is left for those of
// files.
inline constexpr std::uint64_t finish_within_ms = 1500;

// The life of a logger, in a child of PID 1; closes all descriptors that setup does not name.
[[noreturn]] void run_logger(const LoggerSetup& setup);

}  // namespace init
