// How a sink's bytes and records get out of the process.
#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "init/clock.hpp"
#include "init/sink.hpp"
#include "plumb/log_io.hpp"

namespace init {

using conf::SinkKind;

ssize_t Sink::write_to(std::string_view bytes) {
    if (config_.to == SinkKind::ring) {
        ring_.put(bytes);
        return static_cast<ssize_t>(bytes.size());
    }
    if (config_.to == SinkKind::file && !piped_) return file_.write(bytes);
    if (config_.to == SinkKind::console && around_.console_waits) {
        // Where it can be written to, it takes this much (PIPE_BUF).
        pollfd ready{descriptor_, POLLOUT, 0};
        bytes = bytes.substr(0, 4096);
        if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
            errno = EAGAIN;
            return -1;
        }
    }
    return write(descriptor_, bytes.data(), bytes.size());
}

// How much of bytes was taken at once; what went wrong is seen to.
std::size_t Sink::write_now(std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size() && is_up()) {
        const ssize_t count = write_to(bytes.substr(done));
        if (count > 0) {
            done += static_cast<std::size_t>(count);
            stalled_ms_ = 0;
            continue;
        }
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) {
            fail(errno);
        } else if (stalled_ms_ == 0) {
            stalled_ms_ = now_ms();
        }
        break;
    }
    return done;
}

void Sink::drain() {
    if (form_ == Form::record) return drain_records();
    while (is_up()) {
        const std::string_view bytes = backlog_.next({}, reason());
        if (bytes.empty()) break;
        const std::size_t done = write_now(bytes);
        backlog_.taken(done);
        if (done < bytes.size()) return;
    }
    caught_up();
}

ssize_t Sink::write_record(std::string_view line) const {
    // Between two datagrams there is no newline to be had.
    if (config_.to == SinkKind::syslog)
        return plumb::send_now(descriptor_, stream_socket_ ? line : line.substr(0, line.size() - 1));
    return write(descriptor_, line.data(), line.size());
}

void Sink::drain_records() {
    std::array<char, longest_record + 1> room;
    while (is_up()) {
        const std::string_view line = backlog_.next_line(room.data(), room.size(), notice_prefix, reason());
        if (line.empty()) break;
        // printk takes text up to a NUL.
        if (config_.to == SinkKind::kmsg && line.data() == room.data())
            std::replace(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(line.size()), '\0', '?');
        const ssize_t count = write_record(line);
        if (count < 0 && errno == EAGAIN) {
            if (config_.to == SinkKind::kmsg) retry_ms_ = now_ms() + 1000;
            return;
        }
        if (count < 0 && errno != EMSGSIZE && errno != EINVAL) {
            const int error = errno;
            close(std::exchange(descriptor_, -1));
            return fail(error);
        }
        backlog_.taken(line.size());
    }
    caught_up();
}

}  // namespace init
