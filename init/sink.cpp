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

Form form_of(const conf::Sink& config) {
    if (config.to == SinkKind::syslog || config.to == SinkKind::kmsg) return Form::record;
    return config.stamp ? Form::stamped : Form::raw;
}

}  // namespace

Sink::Sink(const conf::Sink& config, int pipe, SinkSurroundings& around)
    : config_(config),
      around_(around),
      form_(form_of(config)),
      backlog_(config.buffer),
      file_(config.path, config.size, config.files),
      descriptor_(pipe),
      piped_(pipe >= 0) {
    if (config.to == SinkKind::console) descriptor_ = around.console;
    if (config.to == SinkKind::ring && !ring_.open(around.ring, config.size, around.owner)) fail(ENOMEM);
    connect();
}

bool Sink::takes(Stream stream) const {
    if (config_.streams == conf::Streams::both) return true;
    return (config_.streams == conf::Streams::out) == (stream == Stream::out);
}

const char* Sink::what() const {
    switch (config_.to) {
        case SinkKind::console:
            return "the console";
        case SinkKind::ring:
            return "the ring";
        case SinkKind::file:
            return config_.path.c_str();
        case SinkKind::syslog:
            return config_.path.empty() ? "/dev/log" : config_.path.c_str();
        case SinkKind::kmsg:
            break;
    }
    return "/dev/kmsg";
}

// Once an outage, on mvinit's own console.
void Sink::fail(int error) {
    if (!told_) {
        const bool waits = blocks();
        log::warning(
            plumb::fill("log to %: %: %, and it is tried again every second",
                        {what(), std::strerror(error),
                         waits ? "the application waits for it" : "lines will be lost once the buffer is full"}));
    }
    told_ = true;
    error_ = last_error_ = error;
    retry_ms_ = now_ms() + retry_every_ms;
}

void Sink::connect() {
    switch (config_.to) {
        case SinkKind::file:
            if (piped_ || file_.is_open()) return;
            if (const int error = file_.open()) return fail(error);
            break;
        case SinkKind::syslog: {
            if (own_.valid()) return;
            auto made = plumb::connect_log_socket(what(), stream_socket_);
            if (!made) return fail(made.error().error);
            own_ = plumb::Descriptor(*made);
            break;
        }
        case SinkKind::kmsg:
            if (own_.valid()) return;
            own_ = plumb::Descriptor(open(what(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
            if (!own_.valid()) return fail(errno);
            break;
        default:
            return;
    }
    if (own_.valid()) descriptor_ = own_.get();
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

std::string_view Sink::reason() const {
    if (last_error_ != 0) return std::strerror(last_error_);
    switch (config_.to) {
        case SinkKind::console:
            return "the console stalled";
        case SinkKind::syslog:
            return "syslog stalled";
        default:
            return "the file stalled";
    }
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

void Sink::finish() {
    ring_.end();
    const std::string why(reason());
    const std::uint64_t lines = backlog_.give_up();
    if (lines == 0) return;
    log::warning(plumb::fill("log to %: %: % lines were lost at the end", {what(), why, std::to_string(lines)}));
}

}  // namespace init
