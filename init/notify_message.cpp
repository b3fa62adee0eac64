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

void take_line(std::string_view line, Notification& found) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    const bool one = value == "1";
    if (name == "READY") found.ready = one;
    if (name == "RELOADING") found.reloading = one;
    if (name == "STOPPING") found.stopping = one;
    if (name == "WATCHDOG") found.alive = one;
    if (name == "WATCHDOG") found.trigger = value == "trigger";
    if (name == "WATCHDOG_USEC") found.has_watchdog |= read_microseconds(value, found.watchdog_ms);
    if (name == "EXTEND_TIMEOUT_USEC") read_microseconds(value, found.extend_ms);
    if (name == "MONOTONIC_USEC") read_number(value, INT64_MAX, found.reloading_us);
    if (name == "MAINPID") read_positive(value, found.main_pid);
    if (name == "ERRNO") read_positive(value, found.error);
    if (name != "STATUS") return;
    found.has_status = true;
    found.status = value;
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
