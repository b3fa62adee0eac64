#include "init/capture.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/ring.hpp"
#include "init/spawn.hpp"
#include "plumb/concat.hpp"
#include "plumb/log_io.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

constexpr std::size_t pipe_size = std::size_t{1} << 20;
// A logger that dies sooner than this after its start is not started again at once.
constexpr std::uint64_t too_soon_ms = 1000;
constexpr std::uint64_t pause_ms = 100;

void close_one(int& descriptor) {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
}

bool takes(const conf::Sink& sink, conf::Streams stream) {
    return sink.streams == conf::Streams::both || sink.streams == stream;
}

// Whether it needs neither the name nor the severity of a stream, and all of both.
bool mixes(const conf::Sink& sink) {
    return sink.streams == conf::Streams::both && !sink.stamp && sink.to < conf::SinkKind::syslog;
}

}  // namespace

CapturedStreams captured_streams(const std::vector<conf::Sink>& sinks, const conf::App& app) {
    CapturedStreams found{false, false, true};
    for (const conf::Sink& sink : sinks) {
        found.out = found.out || (app.stdout_to.empty() && takes(sink, conf::Streams::out));
        found.err = found.err || (app.stderr_to.empty() && takes(sink, conf::Streams::err));
        found.together = found.together && mixes(sink);
    }
    found.together = found.together && found.out && found.err;
    return found;
}

// A disk can keep write(2) for as long as it likes: only a logger that has nothing else to do may wait for it, and that
// only where the application is to wait as well.
bool Capture::has_own_logger(const conf::Sink& sink) const {
    if (sink.to != conf::SinkKind::file) return false;
    return sinks_.size() > 1 || sink.when_full == conf::WhenFull::drop_oldest;
}

plumb::Result<void> Capture::make_pipes() {
    const auto make = [](Pipe& made) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) return false;
        made = {ends[0], ends[1]};
        fcntl(made.reader, F_SETFL, O_NONBLOCK);
        plumb::enlarge_pipe(made.reader, pipe_size);
        return true;
    };
    bool good = make(streams_[0]);
    if (captured_.out && captured_.err && !captured_.together) good = good && make(streams_[1]);
    for (Process& process : processes_) {
        if (&process == processes_.data()) continue;
        good = good && make(process.file);
        if (good) fcntl(process.file.writer, F_SETFL, O_NONBLOCK);
    }
    if (good) return {};
    return plumb::Error{"make pipe", "for the application's output", errno, "", "raise fs.file-max"};
}

plumb::Result<void> Capture::open(const conf::Config& config, Program& program) {
    captured_ = captured_streams(config.sinks, config.app);
    if (!captured_.out && !captured_.err) return {};
    sinks_ = config.sinks;
    name_ = plumb::base_name(config.app.command.empty() ? std::string("mvinit") : config.app.command.front());
    processes_.emplace_back();
    plumb::Result<void> done;
    for (std::size_t at = 0; at < sinks_.size() && done; ++at) {
        const conf::Sink& sink = sinks_[at];
        conf::Sink& file = files_.emplace_back(sink);
        file.stamp = false;
        file.streams = conf::Streams::both;
        if (has_own_logger(sink)) {
            processes_.emplace_back();
            processes_.back().sink = at;
        }
        if (sink.to != conf::SinkKind::ring) continue;
        const auto made = plumb::make_shared_file("mvinit-log", ring_data + sink.size);
        if (made) {
            ring_ = made->descriptor;
            ring_reader_ = made->reader;
        } else {
            done = made.error();
        }
    }
    if (done) done = make_pipes();
    if (!done) close_all();
    hand_to(config.app, program);
    return done;
}

void Capture::close_all() {
    for (Pipe& pipe : streams_) {
        close_one(pipe.reader);
        close_one(pipe.writer);
    }
    for (Process& process : processes_) {
        close_one(process.file.reader);
        close_one(process.file.writer);
    }
    close_one(ring_);
    close_one(ring_reader_);
    processes_.clear();
    sinks_.clear();
}

void Capture::hand_to(const conf::App& app, Program& program) const {
    if (processes_.empty()) return;
    const int err = captured_.out && !captured_.together ? streams_[1].writer : streams_[0].writer;
    if (captured_.out && app.stdout_to.empty()) program.given[1] = streams_[0].writer;
    if (captured_.err && app.stderr_to.empty()) program.given[2] = err;
}

LoggerSetup Capture::setup_of(std::size_t index) const {
    LoggerSetup setup;
    setup.name = name_;
    setup.pid = app_pid_;
    setup.ring = ring_;
    setup.owner = getpid();
    const Process& own = processes_[index];
    if (index != 0) {
        setup.title = "mvinit-log-file";
        setup.inputs[setup.input_count++] = {own.file.reader, Stream::out};
        setup.sinks.push_back({&files_[own.sink], -1});
        setup.ring = -1;
        return setup;
    }
    setup.title = "mvinit-log";
    setup.inputs[setup.input_count++] = {streams_[0].reader, captured_.out ? Stream::out : Stream::err};
    if (streams_[1].reader >= 0) setup.inputs[setup.input_count++] = {streams_[1].reader, Stream::err};
    std::size_t next = 1;
    for (const conf::Sink& sink : sinks_) {
        const bool apart = has_own_logger(sink);
        setup.sinks.push_back({&sink, apart ? processes_[next++].file.writer : -1});
    }
    return setup;
}

void Capture::start() {
    for (std::size_t index = 0; index < processes_.size(); ++index) start(index);
}

// Both pipes end with the one of us that ends first: control for the logger to see, life for us.
void Capture::start(std::size_t index) {
    Process& process = processes_[index];
    if (process.pid >= 0) return;
    int control[2];
    int life[2];
    process.since_ms = now_ms();
    if (pipe2(control, O_CLOEXEC) != 0) return log::error("start the logger: no descriptors are left");
    if (pipe2(life, O_CLOEXEC) != 0) {
        close(control[0]);
        close(control[1]);
        return log::error("start the logger: no descriptors are left");
    }
    fcntl(control[0], F_SETFL, O_NONBLOCK);
    fcntl(control[1], F_SETFL, O_NONBLOCK);
    LoggerSetup setup = setup_of(index);
    setup.control = control[0];
    setup.life = life[1];
    process.pid = fork_unseen([](void* data) { run_logger(*static_cast<const LoggerSetup*>(data)); }, &setup);
    close(control[0]);
    close(life[1]);
    process.control = control[1];
    process.life = life[0];
    if (process.pid < 0) return gone(process);
    if (reactor_ != nullptr) reactor_->watch(process.life, *this);
}

void Capture::gone(Process& process) {
    if (reactor_ != nullptr) reactor_->forget(process.life);
    close_one(process.control);
    close_one(process.life);
    process.ended = std::exchange(process.pid, -1);
}

void Capture::tell(const Process& process, LoggerCommand command) const {
    // A logger that has died, or reads nothing, has no use for it.
    if (process.control >= 0 && write(process.control, &command, sizeof command) < 0) return;
}

void Capture::started(std::int32_t pid) {
    app_pid_ = pid;
    if (!processes_.empty()) tell(processes_.front(), {LoggerCommand::started, pid});
}

void Capture::ended() {
    if (!processes_.empty()) tell(processes_.front(), {LoggerCommand::ended, 0});
}

int Capture::ring() const {
    return ring_reader_ < 0 ? -1 : fcntl(ring_reader_, F_DUPFD_CLOEXEC, 3);
}

void Capture::join(Reactor& reactor) {
    reactor_ = &reactor;
    start();
}

// Nothing is ever written to it: it is over with that logger. What it had not read yet is in the pipes.
void Capture::readable(int descriptor) {
    for (Process& process : processes_) {
        if (process.pid < 0 || process.life != descriptor) continue;
        gone(process);
        log::warning(
            plumb::fill("the logger, pid %, has ended: another one is started", {std::to_string(process.ended)}));
        if (now_ms() >= process.since_ms + too_soon_ms) due();
        return;
    }
}

std::optional<std::uint64_t> Capture::deadline() const {
    if (paused_ || reactor_ == nullptr) return {};
    for (const Process& process : processes_)
        if (process.pid < 0) return process.since_ms + too_soon_ms + pause_ms;
    return {};
}

void Capture::due() {
    if (!paused_) start();
}

void Capture::settled() {
    for (Process& process : processes_)
        if (process.ended >= 0 && reap_unseen(process.ended)) process.ended = -1;
}

bool Capture::await_end(Process& process, std::uint64_t until_ms) {
    if (process.pid < 0) return true;
    const std::uint64_t now = now_ms();
    pollfd life{process.life, POLLIN, 0};
    if (poll(&life, 1, until_ms > now ? static_cast<int>(until_ms - now) : 0) != 1) return false;
    gone(process);
    // All that is left for it to do is to be reaped.
    while (process.ended >= 0 && now_ms() < until_ms) {
        settled();
        if (process.ended >= 0) poll(nullptr, 0, 1);
    }
    return true;
}

// The first one feeds the others, so these come to their end after it.
void Capture::stop(std::uint64_t patience_ms) {
    const std::uint64_t until = now_ms() + patience_ms;
    for (Process& process : processes_) {
        tell(process, {LoggerCommand::finish, 0});
        await_end(process, until);
    }
}

void Capture::pause() {
    if (processes_.empty() || paused_) return;
    paused_ = true;
    stop(500);
}

void Capture::resume() {
    if (!paused_) return;
    paused_ = false;
    // Those that were not done in time have been killed with the rest.
    for (Process& process : processes_) await_end(process, now_ms() + pause_ms);
    start();
}

void Capture::leave() {
    if (processes_.empty()) return;
    resume();
    start();
    stop(2000);
    reactor_ = nullptr;
    for (Process& process : processes_) {
        if (process.pid < 0) continue;
        log::warning("the logger has not come to its end: killing it; what the application wrote last may be lost");
        kill(process.pid, SIGKILL);
        await_end(process, now_ms() + pause_ms);
    }
}

}  // namespace init
