#include "init/capture.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "init/ring.hpp"
#include "plumb/concat.hpp"
#include "plumb/log_io.hpp"
#include "plumb/memory_file.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

constexpr std::size_t pipe_size = std::size_t{1} << 20;
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

// Whoever is given the reader can only read; without /proc there is none.
plumb::Result<void> Capture::make_ring(std::uint64_t size) {
    const auto made = plumb::make_memory_file("log");
    if (!made) return made.error();
    ring_ = *made;
    if (ftruncate(ring_, static_cast<off_t>(ring_data + size)) != 0)
        return plumb::Error{"make", "the ring", errno, "", "make its size smaller ([[sink]] size)"};
    const std::string path = plumb::concat({"/proc/self/fd/", std::to_string(ring_)});
    ring_reader_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    return {};
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
        done = make_ring(sink.size);
    }
    if (done) done = make_pipes();
    if (!done) close_all();
    hand_to(config.app, program);
    return done;
}

void Capture::close_descriptor(int& descriptor) {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
}

void Capture::close_all() {
    for (Pipe& pipe : streams_) {
        close_descriptor(pipe.reader);
        close_descriptor(pipe.writer);
    }
    for (Process& process : processes_) {
        close_descriptor(process.file.reader);
        close_descriptor(process.file.writer);
    }
    close_descriptor(ring_);
    close_descriptor(ring_reader_);
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

}  // namespace init
