// The logger: a process of its own that reads what the application writes and hands it to the sinks. What to read and
// where to write comes from Capture, which starts it and, when it has died, another one on the same pipes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "conf/config.hpp"
#include "init/sink_text.hpp"

namespace init {

struct LoggerInput {
    int descriptor = -1;  // the reading end, non-blocking
    Stream stream = Stream::out;
};

struct LoggerSink {
    const conf::Sink* config = nullptr;
    int pipe = -1;  // a file's: it goes to another logger, by this
};

struct LoggerSetup {
    std::array<LoggerInput, 2> inputs{};
    std::size_t input_count = 0;
    std::vector<LoggerSink> sinks;
    std::string_view name;   // of the application
    std::int32_t pid = 0;    // of it
    int ring = -1;           // see ring.hpp
    std::int32_t owner = 0;  // pid of mvinit
    int control = -1;        // LoggerCommands come from here
    int life = -1;           // held open, that its end is seen
    const char* title = "";  // what ps(1) shows
};

// One write(2) each to the control pipe.
struct LoggerCommand {
    enum Kind : std::uint32_t {
        started = 1,  // the application, with this pid
        ended = 2,    // the application: what it left of a line is a line
        finish = 3,   // write what is there, and end
    };
    std::uint32_t kind = 0;
    std::int32_t pid = 0;
};

// For how long a logger that is to finish tries to: of the 2 s that the end may take, something is left for those of files.
inline constexpr std::uint64_t finish_within_ms = 1500;

// The life of a logger, in a child of PID 1; closes all descriptors that setup does not name.
[[noreturn]] void run_logger(const LoggerSetup& setup);

}  // namespace init
