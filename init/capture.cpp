#include "init/capture.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "init/ring.hpp"
#include "plumb/concat.hpp"
#include "plumb/log_io.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

constexpr std::size_t pipe_size = std::size_t{1} << 20;

bool takes(const conf::Sink& sink, conf::Streams stream) {
    return sink.streams == conf::Streams::both || sink.streams == stream;
}

// Whether each line is finished for it: with a stamp, or as a record.
bool wants_lines(const conf::Sink& sink) {
    return sink.stamp || sink.to >= conf::SinkKind::syslog;
}

}  // namespace

CapturedStreams captured_streams(const std::vector<conf::Sink>& sinks, const conf::App& app) {
    CapturedStreams found{false, false, true};
    for (const conf::Sink& sink : sinks) {
        found.out = found.out || (app.stdout_to.empty() && takes(sink, conf::Streams::out));
        found.err = found.err || (app.stderr_to.empty() && takes(sink, conf::Streams::err));
        found.together = found.together && sink.streams == conf::Streams::both && !wants_lines(sink);
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

bool Capture::make_pipe(Pipe& made, int writer_flags, const char* name) {
    int ends[2];
    if (name != nullptr ? !make_lasting_pipe(name, false, ends) : pipe2(ends, O_CLOEXEC) != 0) return false;
    made.reader = ends[0];
    made.writer = ends[1];
    fcntl(made.reader, F_SETFL, O_NONBLOCK);
    fcntl(made.writer, F_SETFL, writer_flags);
    plumb::enlarge_pipe(made.reader, pipe_size);
    return true;
}

// Whoever is given the reader can only read; without /proc there is none.
bool Capture::make_ring(std::uint64_t size) {
    const auto made = make_lasting_file(lasting_ring);
    if (!made) return false;
    ring_ = *made;
    ring_reader_ = plumb::open_again(ring_, O_RDONLY);
    return ftruncate(ring_, static_cast<off_t>(ring_data + size)) == 0;
}

// False: something was not to be had, errno says why.
bool Capture::make_all() {
    if (!make_pipe(streams_[0], 0, lasting_streams[0])) return false;
    const bool apart = captured_.out && captured_.err && !captured_.together;
    if (apart && !make_pipe(streams_[1], 0, lasting_streams[1])) return false;
    std::size_t next = 1;
    for (const conf::Sink& sink : sinks_) {
        if (sink.to == conf::SinkKind::ring && !make_ring(sink.size)) return false;
        if (!has_own_logger(sink)) continue;
        processes_[next].sink = static_cast<std::size_t>(&sink - sinks_.data());
        if (!make_pipe(processes_[next++].file, O_NONBLOCK)) return false;
    }
    return true;
}

void Capture::prepare_marks() {
    if (streams_[1].writer < 0 && std::none_of(sinks_.begin(), sinks_.end(), wants_lines)) return;
    // No output is like it by chance.
    conf::Writer mark;
    mark << "?mvinit " << std::size_t{now_us()} << "." << getpid() << "\n";
    mark_ = std::move(mark.text);
    mark_[0] = '\0';
    for (std::size_t at = 0; at < streams_.size(); ++at)
        if (streams_[at].writer >= 0) streams_[at].marker = open_marker(lasting_streams[at], streams_[at].writer);
}

// False: in one of the pipes there was no room.
bool Capture::set_marks() const {
    bool all = true;
    for (const Pipe& pipe : streams_)
        if (pipe.writer >= 0) all = write(pipe.marker, mark_.data(), mark_.size()) > 0 && all;
    return all;
}

// False: there is nothing to capture.
bool Capture::begin(std::vector<conf::Sink> sinks, const conf::App& app) {
    captured_ = captured_streams(sinks, app);
    if (!captured_.out && !captured_.err) return false;
    sinks_ = std::move(sinks);
    name_ = app.command.empty() ? "mvinit" : plumb::base_name(app.command.front());
    std::size_t own = 1;
    for (const conf::Sink& sink : sinks_) own += has_own_logger(sink) ? 1 : 0;
    processes_ = std::vector<Process>(own);
    turn_ = now_us();
    return true;
}

void Capture::open(std::vector<conf::Sink> sinks, const conf::App& app, Program& program) {
    if (!begin(std::move(sinks), app)) return;
    if (!make_all()) {
        log::error(
            plumb::fill("capture the application's output: %: [[sink]] is left out, the application has the "
                        "console (raise fs.file-max, or make [[sink]] size smaller)",
                        {std::strerror(errno)}));
        for (Pipe& pipe : streams_) close_pipe(pipe);
        for (Process& process : processes_) close_pipe(process.file);
        close_descriptor(ring_);
        close_descriptor(ring_reader_);
        processes_.clear();
        sinks_.clear();
        return;
    }
    prepare_marks();
    hand_to(app, program);
}

void Capture::close_descriptor(int& descriptor) {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
}

void Capture::close_pipe(Pipe& pipe) {
    close_descriptor(pipe.reader);
    close_descriptor(pipe.writer);
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
    setup.owner = getpid();
    setup.number = index;
    setup.turn = turn_of_loggers();
    setup.own_turn = index == 0 ? turn_ : UINT64_MAX;
    const Process& own = processes_[index];
    if (index != 0) {
        setup.title = "mvinit-log-file";
        setup.inputs[0] = {own.file.reader, Stream::out};
        setup.add({&sinks_[own.sink], -1, true, &plumb::live->dropped[own.sink]});
        return setup;
    }
    setup.title = "mvinit-log";
    setup.mark = mark_;
    setup.ring = ring_;
    setup.inputs[0] = {streams_[0].reader, captured_.out ? Stream::out : Stream::err};
    setup.inputs[1] = {streams_[1].reader, Stream::err};
    std::size_t next = 1;
    for (std::size_t at = 0; at < sinks_.size(); ++at) {
        const bool apart = has_own_logger(sinks_[at]);
        setup.add({&sinks_[at], apart ? processes_[next++].file.writer : -1, false, &plumb::live->dropped[at]});
    }
    return setup;
}

}  // namespace init
