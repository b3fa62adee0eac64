// The other end of the control socket: how the verbs ask (see control.hpp for what goes over it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plumb/error.hpp"

namespace init {

struct Answer {
    int refusal = 0;      // 0: ok; else Refusal
    std::string text;     // why it was refused, or the lines that followed "ok"
    int descriptor = -1;  // one that came with it, owned by the caller
};

// Connects, asks, and reads the answer to its end. path: empty for the usual one. words: without the version.
// timeout_ms: for the answer; 0: none. Errors name the socket and the remedy: no mvinit runs here, it was started
// without one, needs root ...; ETIMEDOUT.
plumb::Result<Answer> ask(const std::string& path, const std::vector<std::string>& words, std::uint32_t timeout_ms);

// The value of the line that begins with name and a blank; empty where there is none.
std::string_view value_of(std::string_view lines, std::string_view name);

}  // namespace init
