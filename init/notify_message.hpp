// What an application says on NOTIFY_SOCKET: lines of NAME=value (sd_notify(3)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace init {

// A longer message is not read at all.
inline constexpr std::size_t longest_notification = 4096;
inline constexpr std::size_t longest_status = 255;

struct Notification {
    bool ready = false;
    bool reloading = false;
    bool stopping = false;
    bool alive = false;    // WATCHDOG=1
    bool trigger = false;  // WATCHDOG=trigger
    bool has_status = false;
    bool has_watchdog = false;
    std::string_view status;         // of the message; may be empty
    std::uint32_t watchdog_ms = 0;   // has_watchdog: WATCHDOG_USEC, rounded up; 0: no more watchdog
    std::uint32_t extend_ms = 0;     // EXTEND_TIMEOUT_USEC, rounded up; 0: not given
    std::uint64_t reloading_us = 0;  // MONOTONIC_USEC, 0: not given
    std::int32_t main_pid = 0;       // MAINPID, 0: not given
    std::int32_t error = 0;          // ERRNO, 0: not given
};

// text: one message. What it does not know (BARRIER, FDSTORE, X_...) and what is no number where one is due is left
// out; the last of several lines of a name counts. Milliseconds end at 2^32-1.
Notification parse_notification(std::string_view text);

// The status as it is kept: at most longest_status bytes, never a part of a UTF-8 character at its end.
std::string_view kept_status(std::string_view status);

}  // namespace init
