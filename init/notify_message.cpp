#include "init/notify_message.hpp"

#include <algorithm>
#include <charconv>

namespace init {
namespace {

// All of text as a number of at most most; false where it is none, or too large.
bool read_number(std::string_view text, std::uint64_t most, std::uint64_t& out) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc{} || rest != end || number > most) return false;
    out = number;
    return true;
}

bool read_microseconds(std::string_view text, std::uint32_t& milliseconds) {
    std::uint64_t number = 0;
    if (!read_number(text, UINT64_MAX, number)) return false;
    const std::uint64_t rounded = number / 1000 + (number % 1000 != 0 ? 1 : 0);
    milliseconds = static_cast<std::uint32_t>(std::min<std::uint64_t>(rounded, UINT32_MAX));
    return true;
}

void read_positive(std::string_view text, std::int32_t& out) {
    std::uint64_t number = 0;
    if (read_number(text, INT32_MAX, number)) out = static_cast<std::int32_t>(number);
}

enum class Field : std::uint8_t {
    ready,
    reloading,
    stopping,
    alive,
    watchdog,
    extend,
    time,
    main_pid,
    error,
    status,
    none
};
constexpr std::string_view names[] = {
    "READY",          "RELOADING", "STOPPING", "WATCHDOG", "WATCHDOG_USEC", "EXTEND_TIMEOUT_USEC",
    "MONOTONIC_USEC", "MAINPID",   "ERRNO",    "STATUS"};

Field field_of(std::string_view name) {
    std::size_t at = 0;
    while (at < std::size(names) && names[at] != name) ++at;
    return static_cast<Field>(at);
}

void take_line(std::string_view line, Notification& found) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view value = line.substr(equals + 1);
    const bool one = value == "1";
    switch (field_of(line.substr(0, equals))) {
        case Field::ready:
            found.ready = one;
            break;
        case Field::reloading:
            found.reloading = one;
            break;
        case Field::stopping:
            found.stopping = one;
            break;
        case Field::alive:
            found.alive = one;
            found.trigger = value == "trigger";
            break;
        case Field::watchdog:
            found.has_watchdog |= read_microseconds(value, found.watchdog_ms);
            break;
        case Field::extend:
            read_microseconds(value, found.extend_ms);
            break;
        case Field::time:
            read_number(value, INT64_MAX, found.reloading_us);
            break;
        case Field::main_pid:
            read_positive(value, found.main_pid);
            break;
        case Field::error:
            read_positive(value, found.error);
            break;
        case Field::status:
            found.has_status = true;
            found.status = value;
            break;
        case Field::none:
            break;
    }
}

}  // namespace

Notification parse_notification(std::string_view text) {
    Notification found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        take_line(text.substr(0, end), found);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

std::string_view kept_status(std::string_view status) {
    if (status.size() <= longest_status) return status;
    std::size_t size = longest_status;
    while (size > 0 && (static_cast<unsigned char>(status[size]) & 0xc0) == 0x80) --size;
    return status.substr(0, size);
}

}  // namespace init
