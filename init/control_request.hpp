// What a client of the control socket wrote, as a value: no system call, no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace init {

inline constexpr std::size_t longest_request = 255;  // with its newline

enum class Asked : std::uint8_t {
    start,
    stop,
    restart,
    poweroff,
    reboot,
    halt,
    status,
    kill,
    reload,
    wait_ready,
    wait_down,
    log,
    program,
    analyze,
    state,
    upgrade
};

struct Request {
    Asked asked = Asked::status;
    std::int32_t signal = 0;        // kill: Linux's number, 1 to 64
    std::string_view path{};        // upgrade: a value, as it was sent; views the line; empty: none was
    const char* problem = nullptr;  // not null: what is wrong, nothing else holds
};

// line: without its newline. Words have one blank between, and nothing else may stand there.
Request parse_request(std::string_view line);

}  // namespace init
