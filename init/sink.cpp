#include "init/sink.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "init/clock.hpp"
#include "init/log.hpp"
#include "plumb/concat.hpp"
#include "plumb/log_io.hpp"

namespace init {
namespace {

using conf::SinkKind;

constexpr std::uint64_t retry_every_ms = 1000;
// A disk that is only slow is waited for; one that takes nothing for so long has stalled.
constexpr std::uint64_t disk_patience_ms = 1000;

bool has_bytes(int pipe) {
    pollfd ready{pipe, POLLIN, 0};
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0;
}

Form form_of(const LoggerSink& from) {
    if (from.config->to >= SinkKind::syslog) return Form::record;
    return from.config->stamp && !from.plain ? Form::stamped : Form::raw;
}

}  // namespace

Sink::Sink(const LoggerSink& from, SinkSurroundings& around)
    : config_(*from.config),
      around_(around),
      form_(form_of(from)),
      takes_(from.plain ? conf::Streams::both : config_.streams),
      backlog_(config_.buffer, from.dropped),
      file_(config_.path, config_.size, config_.files),
      descriptor_(from.pipe),
      piped_(from.pipe >= 0) {
    if (config_.to == SinkKind::console) descriptor_ = around.console;
    if (config_.to == SinkKind::ring && !ring_.open(around.ring, config_.size, around.owner)) fail(ENOMEM);
    connect();
}

bool Sink::takes(Stream stream) const {
    return takes_ == conf::Streams::both || (takes_ == conf::Streams::out) == (stream == Stream::out);
}

const char* sink_name(const conf::Sink& sink) {
    constexpr const char* names[] = {"the console", "the ring", "", "/dev/log", "/dev/kmsg"};
    return sink.path.empty() ? names[static_cast<std::size_t>(sink.to)] : sink.path.c_str();
}

// Once an outage, on mvinit's own console.
void Sink::fail(int error) {
    if (!told_) {
        const bool waits = blocks();
        log::warning(
            plumb::fill("log to %: %: %, and it is tried again every second",
                        {sink_name(config_), std::strerror(error),
                         waits ? "the application waits for it" : "lines will be lost once the buffer is full"}));
    }
    told_ = true;
    error_ = last_error_ = error;
    retry_ms_ = now_ms() + retry_every_ms;
}

// What is open stays as it is.
void Sink::connect() {
    int error = 0;
    if (config_.to == SinkKind::file && !piped_ && !file_.is_open()) error = file_.open();
    if (form_ == Form::record && descriptor_ < 0) {
        const char* const name = sink_name(config_);
        descriptor_ = config_.to == SinkKind::syslog ? plumb::connect_log_socket(name, stream_socket_)
                                                     : open(name, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (descriptor_ < 0) error = errno;
    }
    if (error != 0) fail(error);
}

// Whether anything can be written, after trying to make it so where the time for that has come.
bool Sink::is_up() {
    if (error_ == 0) return true;
    if (now_ms() < retry_ms_) return false;
    error_ = 0;
    connect();
    return error_ == 0;
}

// All that was kept is written: the next outage is a new one.
void Sink::caught_up() {
    if (!backlog_.empty() || error_ != 0) return;
    last_error_ = 0;
    told_ = false;
}

const char* Sink::reason() const {
    if (last_error_ != 0) return std::strerror(last_error_);
    if (config_.to == SinkKind::console) return "the console stalled";
    return config_.to == SinkKind::syslog ? "syslog stalled" : "the file stalled";
}

// Until when the application waits for this sink. A file that is only slow is not to lose anything.
std::uint64_t Sink::patience_end() const {
    if (blocks()) return UINT64_MAX;
    return (stalled_ms_ == 0 ? now_ms() : stalled_ms_) + disk_patience_ms;
}

bool Sink::wait_for_room() {
    if (stalled_ms_ == 0) stalled_ms_ = now_ms();
    waiting_ = true;
    const bool in_time = around_.wait_for_sinks(patience_end());
    waiting_ = false;
    return in_time;
}

void Sink::keep(std::string_view bytes) {
    while (blocks() || piped_) {
        bytes.remove_prefix(backlog_.append(bytes));
        if (bytes.empty()) return;
        if (!wait_for_room()) break;
    }
    backlog_.push(bytes);
}

void Sink::put_bytes(std::string_view bytes) {
    if (form_ != Form::record && backlog_.empty()) {
        const std::size_t done = write_now(bytes);
        backlog_.passed(bytes.substr(0, done));
        bytes.remove_prefix(done);
    }
    if (!bytes.empty()) keep(bytes);
    if (form_ == Form::record) drain();
}

// Where the other stream comes in the midst of a line, at least its own lines stay whole.
void Sink::put_raw(Stream stream, std::string_view bytes) {
    if (in_line_ && stream != line_of_) put_bytes("\n");
    in_line_ = bytes.back() != '\n';
    line_of_ = stream;
    put_bytes(bytes);
}

void Sink::put(Stream stream, std::string_view bytes, bool last) {
    bool& continues = continues_[static_cast<std::size_t>(stream)];
    if (bytes.empty()) {
        continues = continues && !last;
        return;
    }
    if (form_ == Form::raw) return put_raw(stream, bytes);
    std::array<char, 2 * longest_line> room;
    const LinePrefix prefix({form_, stream, around_.read_ms, around_.name, around_.pid});
    while (!bytes.empty()) {
        TextEnd out{room.data(), room.data() + room.size()};
        while (!bytes.empty()) {
            const std::size_t used = put_line(out, prefix, continues, bytes, last);
            if (used == 0) break;
            bytes.remove_prefix(used);
        }
        put_bytes({room.data(), static_cast<std::size_t>(out.at - room.data())});
    }
}

// Another logger's pipe or a regular file takes whole pages as they are.
Sink::Moved Sink::move_from(int pipe, std::size_t most) {
    const bool regular = !piped_ && config_.to == SinkKind::file && file_.is_regular();
    if (!moves_ || !(piped_ || regular) || is_loaded() || !is_up()) return {};
    const ssize_t count = piped_ ? plumb::move_bytes(pipe, descriptor_, most) : file_.move_from(pipe, most);
    if (count > 0) {
        stalled_ms_ = 0;
        // Whether that was the end of a line, nobody knows: what is dropped later begins behind the next one.
        backlog_.passed("?");
    }
    if (count >= 0) return {count, count == 0};
    if (errno == EAGAIN && (!has_bytes(pipe) || (piped_ && wait_for_room()))) return {0, false};
    if (errno == EINVAL) moves_ = false;
    return {};
}

std::uint64_t Sink::holds_up_until() const {
    if (!is_loaded() || !(blocks() || piped_)) return 0;
    return patience_end();
}

int Sink::waits_for() const {
    // What the kernel's log says of being written to is nothing.
    if (error_ != 0 || config_.to == SinkKind::kmsg) return -1;
    return config_.to == SinkKind::file && !piped_ ? file_.descriptor() : descriptor_;
}

void Sink::finish(bool last) {
    if (last) ring_.end();
    const char* const why = reason();
    const std::uint64_t lines = backlog_.give_up();
    if (lines == 0) return;
    log::warning(
        plumb::fill("log to %: %: % lines were lost at the end", {sink_name(config_), why, std::to_string(lines)}));
}

}  // namespace init
