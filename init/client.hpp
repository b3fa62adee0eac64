// The other end of the control socket: how the verbs ask (see control.hpp for what goes over it).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plumb/error.hpp"

namespace init {

struct Answer {
    int refusal = 0;      // 0: ok; else Refusal
    std::string text;     // why it was refused, or the lines that followed "ok"
    int descriptor = -1;  // one that came with it, owned by the caller. To be read with pread(2): others may share it
    std::int32_t listener = -1;  // who answered, see plumb::listener_of
};

// Connects, asks, and reads the answer to its end. path: empty for the usual one. words: with blanks between, without
// the version. timeout_ms: for all of it; 0: none. Errors name the socket and the remedy: no mvinit runs here, it was
// started without one, needs root ...; ETIMEDOUT.
plumb::Result<Answer> ask(const std::string& path, std::string_view words, std::uint32_t timeout_ms);

// What follows name and a blank on the first line from `from` on that begins so, as it was sent; empty where there is
// none. from: where to go on, is set behind the line; npos: there was none.
std::string_view value_of(std::string_view lines, std::string_view name);
std::string_view next_value_of(std::string_view lines, std::string_view name, std::size_t& from);

// A value with its %XX as the bytes that they stand for; what is no such stays.
std::string decode_value(std::string_view value);

}  // namespace init
