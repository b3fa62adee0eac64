// One place that the application's output goes to, as the logger sees it: gets bytes or lines, never waits longer than
// its policy says, keeps what was not taken, tells when it is to be called again.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "conf/config.hpp"
#include "init/logger.hpp"
#include "init/ring.hpp"
#include "init/sink_backlog.hpp"
#include "init/sink_file.hpp"
#include "init/sink_text.hpp"

namespace init {

// What people know it by: "the console", the path of a file.
const char* sink_name(const conf::Sink& sink);

// What all sinks of a logger share.
struct SinkSurroundings {
    std::string_view name;  // of the application
    std::int32_t pid = 0;   // of it, as it is now
    int console = -1;
    bool console_waits = false;  // it could not be made non-blocking
    int ring = -1;               // see ring.hpp
    std::int32_t owner = 0;      // pid of mvinit
    std::uint64_t read_ms = 0;   // when the bytes at hand were read

    // Lets the sinks, and nobody else, go on until one of them may have taken something; false: until_ms is over, or
    // nothing is to be waited for any more.
    virtual bool wait_for_sinks(std::uint64_t until_ms) = 0;

protected:
    ~SinkSurroundings() = default;
};

class Sink {
public:
    // What from names, and around, outlive this.
    Sink(const LoggerSink& from, SinkSurroundings& around);

    bool takes(Stream stream) const;
    bool blocks() const { return config_.when_full == conf::WhenFull::block; }

    // Bytes of one stream: as they come where all is raw; else whole lines, or a part of a very long one. last: what
    // has no newline at its end will get none.
    void put(Stream stream, std::string_view bytes, bool last);

    // Moves at most most bytes of what a pipe holds without looking at it. moved: how many; -1: it is not possible
    // (now), take the other way; end: the pipe has no writer left.
    struct Moved {
        ssize_t moved = -1;
        bool end = false;
    };
    Moved move_from(int pipe, std::size_t most);

    bool is_loaded() const { return !backlog_.empty(); }
    bool is_waited_for() const { return is_loaded() || waiting_; }
    void drain();

    // How a loaded one is waited for: until the descriptor can be written to, or (-1) until retry_ms.
    int waits_for() const;
    std::uint64_t retry_ms() const { return retry_ms_; }

    // Nothing more is to be read until it has taken what it holds, or until this time (CLOCK_MONOTONIC, ms); 0: go on.
    std::uint64_t holds_up_until() const;

    void give_memory_back() { backlog_.release(); }
    void finish(bool last);  // says what could not be written; last: no other logger follows

private:
    void connect();
    bool is_up();
    void put_raw(Stream stream, std::string_view bytes);
    void put_bytes(std::string_view bytes);
    void keep(std::string_view bytes);
    std::uint64_t patience_end() const;
    bool wait_for_room();
    void caught_up();
    std::size_t write_now(std::string_view bytes);
    ssize_t write_record(std::string_view line) const;
    ssize_t write_to(std::string_view bytes);
    void drain_records();
    void fail(int error);
    const char* reason() const;

    const conf::Sink& config_;
    SinkSurroundings& around_;
    Form form_;
    conf::Streams takes_;
    Backlog backlog_;
    RotatedFile file_;
    RingWriter ring_;
    int descriptor_ = -1;  // where bytes and records go, unless to file_ or ring_
    bool piped_ = false;
    bool stream_socket_ = false;
    bool moves_ = true;             // splice(2) works here
    int error_ = 0;                 // why nothing is written
    int last_error_ = 0;            // the same, until what it cost was told
    bool told_ = false;             // on the console, of this outage
    std::uint64_t retry_ms_ = 0;    // not before, where there is an error
    std::uint64_t stalled_ms_ = 0;  // since when nothing was taken; 0: it is
    bool waiting_ = false;          // for room to move bytes to
    bool in_line_ = false;          // raw: the last byte was no newline
    Stream line_of_ = Stream::out;  // raw: whose line that is
    std::array<bool, 2> continues_{};
};

}  // namespace init
