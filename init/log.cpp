#include "init/log.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/compile.h>
#include <memory>
#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "init/clock.hpp"
#include "init/console.hpp"

namespace init::log {
namespace {

// Puts the finished text of a message on the console in one write(2), so that lines of others do not fall into it.
class ConsoleSink final : public spdlog::sinks::sink {
public:
    void log(const spdlog::details::log_msg& message) override {
        put({message.payload.data(), message.payload.size()}, message.level);
    }
    void flush() override {}
    void set_pattern(const std::string& /*pattern*/) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

    void put(std::string_view line, spdlog::level::level_enum level) {
        // The kernel's log takes a line even where the console does not.
        if (kernel_log >= 0 && !put_record(line, level)) ++dropped;
        const bool takes = takes_a_line();
        if (takes && dropped != 0) tell_dropped();
        if (!takes || write(fd(), line.data(), line.size()) < 0) ++dropped;
    }

    // Opened when first needed: until then the application is started sooner.
    int fd() {
        if (own < 0) own = open_for_messages(STDERR_FILENO, "");
        return own;
    }

    int own = STDERR_FILENO;
    int kernel_log = -1;
    std::uint32_t dropped = 0;

private:
    // "<6>mvinit: ...": one write is one record, and what has no level counts as a warning (kernel/printk/printk.c).
    bool put_record(std::string_view line, spdlog::level::level_enum level) const {
        const char* const prefix = level >= spdlog::level::err    ? "<3>"
                                   : level == spdlog::level::warn ? "<4>"
                                   : level == spdlog::level::info ? "<6>"
                                                                  : "<7>";
        const std::array<iovec, 2> parts{
            {{const_cast<char*>(prefix), 3}, {const_cast<char*>(line.data()), line.size()}}};
        return writev(kernel_log, parts.data(), static_cast<int>(parts.size())) >= 0;
    }

    // The descriptor may be one that blocks, where no other could be had. A pipe that is writable takes 4 KB at once
    // (PIPE_BUF), a terminal or socket more than a line, too. A serial line counts as full with 256 characters on their
    // way (tty_poll), which takes it 22 ms: so long, twice, it is waited for, but only by the first message that finds
    // it so.
    bool takes_a_line() {
        pollfd ready{fd(), POLLOUT, 0};
        return poll(&ready, 1, dropped == 0 ? 50 : 0) == 1 && (ready.revents & POLLOUT) != 0;
    }

    void tell_dropped() {
        std::array<char, 80> text{};
        auto end =
            fmt::format_to_n(text.data(), text.size(),
                             FMT_COMPILE("mvinit: warning: the console stalled, {} messages were lost\n"), dropped);
        if (write(fd(), text.data(), end.size) >= 0) dropped = 0;
    }
};

struct Logger {
    // Not make_shared: without RTTI that costs the library's whole exception support.
    std::shared_ptr<ConsoleSink> sink{new ConsoleSink};
    spdlog::logger logger{"mvinit", sink};
    bool stamps = false;
};

// In place and never destroyed: PID 1 has no end of its own, and messages may come from anywhere in it.
Logger& the() {
    alignas(Logger) static std::array<unsigned char, sizeof(Logger)> place;
    static Logger* const logger = new (place.data()) Logger;
    return *logger;
}

spdlog::level::level_enum level_of(conf::LogLevel level) {
    switch (level) {
        case conf::LogLevel::debug:
            return spdlog::level::debug;
        case conf::LogLevel::info:
            return spdlog::level::info;
        case conf::LogLevel::warning:
            return spdlog::level::warn;
        case conf::LogLevel::error:
            break;
    }
    return spdlog::level::err;
}

// "[    0.512] ", as the kernel writes it; digit by digit, as fmt's widths cost more than all of this file.
char* put_stamp(char* at, std::uint64_t ms) {
    std::array<char, 24> digits{};
    char* const end = fmt::format_to(digits.data(), FMT_COMPILE("{}"), ms + 1'000'000'000'000);
    // Twelve digits follow the leading one: nine of seconds, of which the first five are shown only when needed.
    const std::string_view all(digits.data() + 1, static_cast<std::size_t>(end - digits.data()) - 1);
    std::string_view seconds = all.substr(0, all.size() - 3);
    seconds.remove_prefix(std::min(seconds.find_first_not_of('0'), seconds.size() - 1));
    *at++ = '[';
    for (std::size_t width = seconds.size(); width < 5; ++width) *at++ = ' ';
    return fmt::format_to(at, FMT_COMPILE("{}.{}] "), seconds, all.substr(all.size() - 3));
}

// spdlog's own formatter reads the local time zone; ours knows seconds since boot and our name.
void say(conf::LogLevel level, std::string_view severity, std::string_view text) {
    std::array<char, 1100> line{};
    Logger& logger = the();
    const std::size_t room = line.size() - 1;
    char* at = fmt::format_to(line.data(), FMT_COMPILE("mvinit: "));
    if (logger.stamps) at = put_stamp(at, now_ms());
    at = fmt::format_to(at, FMT_COMPILE("{}"), severity);
    const std::size_t left = static_cast<std::size_t>(line.data() + room - at);
    at = std::copy_n(text.data(), std::min(left, text.size()), at);
    *at++ = '\n';
    // With a time given, spdlog does not ask for that of day.
    logger.logger.log(spdlog::log_clock::time_point{}, spdlog::source_loc{}, level_of(level),
                      spdlog::string_view_t(line.data(), static_cast<std::size_t>(at - line.data())));
}

}  // namespace

void open(int fd, conf::LogLevel level, bool stamps) {
    the().sink->own = fd;
    the().stamps = stamps;
    set_level(level);
}

void set_level(conf::LogLevel level) {
    the().logger.set_level(level_of(level));
}

bool shows(conf::LogLevel level) {
    return the().logger.should_log(level_of(level));
}

void copy_to_kernel_log(bool wanted) {
    int& fd = the().sink->kernel_log;
    if (fd >= 0) close(fd);
    fd = wanted ? ::open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (wanted && fd < 0) warning("open /dev/kmsg: not there: messages go to the console only ([log] kmsg = true)");
}

bool is_own(int descriptor) {
    return descriptor == the().sink->own || descriptor == the().sink->kernel_log;
}

void debug(std::string_view text) {
    say(conf::LogLevel::debug, "", text);
}
void info(std::string_view text) {
    say(conf::LogLevel::info, "", text);
}
void warning(std::string_view text) {
    say(conf::LogLevel::warning, "warning: ", text);
}
void error(std::string_view text) {
    say(conf::LogLevel::error, "error: ", text);
}

void raw(std::string_view text) {
    const std::uint64_t give_up = now_ms() + 2000;
    const int fd = the().sink->fd();
    while (!text.empty() && now_ms() < give_up) {
        const ssize_t written = write(fd, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd ready{fd, POLLOUT, 0};
            poll(&ready, 1, 100);
        } else {
            return;
        }
    }
}

void drain() {
    // tcdrain(3) has no deadline, and a console without a reader would keep us for ever.
    const std::uint64_t give_up = now_ms() + 500;
    int queued = 0;
    while (ioctl(the().sink->fd(), TIOCOUTQ, &queued) == 0 && queued > 0 && now_ms() < give_up) poll(nullptr, 0, 5);
}

}  // namespace init::log
