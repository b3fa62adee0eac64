// One that is connected to the control socket.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "init/control.hpp"
#include "init/control_request.hpp"

namespace init {

struct Control::Client {
    int socket = -1;
    bool trusted = false;            // root or our own user, not of the group alone
    bool watched = false;            // by the loop; who asks at once never is
    std::optional<Asked> waits_for;  // its request was read, and is not true yet
    std::uint64_t deadline_ms = 0;   // of its request
    std::size_t used = 0;
    std::array<char, longest_request> request;
};

}  // namespace init
