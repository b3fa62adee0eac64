// The application's output, where it is captured: pipes that outlive its restarts, and the logger, a process of its own
// that reads them, so that no slow disk or console ever keeps PID 1 or the application waiting.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conf/config.hpp"
#include "init/companion.hpp"
#include "init/logger.hpp"
#include "init/program.hpp"
#include "init/record.hpp"
#include "plumb/live.hpp"

namespace init {

// Which of the application's streams are captured, and whether in one pipe: then their order is kept, and nobody knows
// which was which.
struct CapturedStreams {
    bool out = false;
    bool err = false;
    bool together = false;
    bool operator==(const CapturedStreams&) const = default;
};

// A stream that no sink takes, or that [app] sends elsewhere, is not captured.
CapturedStreams captured_streams(const std::vector<conf::Sink>& sinks, const conf::App& app);

class Capture final : public Companion {
public:
    // Makes the pipes that [[sink]] asks for, and hands their ends to program. Nothing where there are no sinks, and
    // nothing, but for an error on the console, where it fails.
    void open(std::vector<conf::Sink> sinks, const conf::App& app, Program& program);

    // The same with the pipes and loggers that another image of us has left; sinks and app as they were at its start.
    void go_on(std::vector<conf::Sink> sinks, const conf::App& app, Program& program, const Capturing& record);
    void keep(Capturing& record) const;

    // For a program made anew by a reload: the sinks stay as they are.
    void hand_to(const conf::App& app, Program& program) const;

    // Starts the loggers: once the application was, so that it need not wait.
    void start();

    // The application was executed, or has ended.
    void started(std::int32_t pid);
    void ended();

    // Those that get something, and how many lines of the application each has not got since mvinit's start.
    const std::vector<conf::Sink>& sinks() const { return sinks_; }
    std::uint64_t dropped(std::size_t sink) const { return plumb::live->dropped[sink]; }

    // A descriptor of the ring, read-only, for somebody else to read from (see ring.hpp); owned by the caller. -1:
    // there is none.
    int ring() const;

    // Before SIGKILL to all: what is in the pipes is written and the loggers end, within half a second; resume() starts
    // them again.
    void pause();
    void resume();

    void join(Reactor& reactor) override;
    void readable(int descriptor) override;
    std::optional<std::uint64_t> deadline() const override;
    void due() override;
    void settled() override;
    void leave() override;  // what the application wrote last is written, within 2 s

    using Pipe = Capturing::Pipe;

    // writer_flags: O_NONBLOCK where a sink that stalls is not to keep the logger that feeds it. name: of a lasting
    // pipe that the application writes to; null: it is one between loggers. False: errno says why not.
    static bool make_pipe(Pipe& made, int writer_flags, const char* name = nullptr);

private:
    // A logger: the one that reads the application's output, and one for each file whose disk is not to hold that one
    // up.
    struct Process {
        std::int32_t pid = -1;    // -1: none runs
        std::int32_t ended = -1;  // one that has ended and is not reaped yet
        int link = -1;            // takes LoggerCommands; at its end once the process is gone
        std::uint64_t since_ms = 0;
        std::uint32_t early_ends = 0;  // in a row, soon after its start
        Pipe file;                     // what it reads; the first one reads streams_
        std::size_t sink = 0;          // which file it writes
    };

    bool begin(std::vector<conf::Sink> sinks, const conf::App& app);
    bool make_all();
    bool make_ring(std::uint64_t size);
    void prepare_marks();
    bool set_marks() const;
    bool has_own_logger(const conf::Sink& sink) const;
    LoggerSetup setup_of(std::size_t index) const;
    void start(std::size_t index);
    void tell(const Process& process, LoggerCommand command) const;
    bool await_end(Process& process, std::uint64_t until_ms);
    void stop(std::uint64_t patience_ms);
    void gone(Process& process);
    static void close_descriptor(int& descriptor);
    static void close_pipe(Pipe& pipe);

    std::vector<conf::Sink> sinks_;
    std::vector<Process> processes_;
    std::string name_;
    std::string mark_;               // see LoggerSetup
    std::array<Pipe, 2> streams_{};  // the first is for both where they are together
    CapturedStreams captured_;
    int starting_ = -1;  // the one that is being started
    int ring_ = -1;
    int ring_reader_ = -1;
    std::int32_t app_pid_ = 0;
    std::uint64_t turn_ = 0;  // of the loggers that we begin
    bool paused_ = false;
    bool ended_untold_ = false;  // no logger was there when the application ended
    Reactor* reactor_ = nullptr;
};

}  // namespace init
