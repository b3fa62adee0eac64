// What the verbs that ask the mvinit that runs have in common: how they ask, and how they say what came of it, in words
// or with --json as one object on standard output, {"ok": ..., "verb": ..., "exit": ...} with what more there is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conf/arguments.hpp"
#include "init/client.hpp"

namespace init {

// For what PID 1 answers at once: a mvinit that hangs is not to hang who asks.
inline constexpr std::uint32_t usual_timeout_ms = 10'000;

// What came of a request. Not 0: the exit code, and text says why; else text is the lines that came, with a descriptor
// where there is one, owned by the caller; listener: who answered.
struct Outcome {
    int code = 0;
    std::string text;
    int descriptor = -1;
    std::int32_t listener = -1;
    int error = 0;  // of the connection; ECONNRESET: it ended without an answer
};

// request: its words, with blanks between.
Outcome put_request(const conf::Arguments& arguments, std::string_view request, std::uint32_t timeout_ms);

// Whether what upgrade was asked of has let go of the connection, and the next image, executed from path, answers.
// illumos hands no connection on to that one, which makes the socket anew; on Linux it is never so. Waits for 10 s at
// the most.
bool answers_again(const conf::Arguments& arguments, const Outcome& upgrade, const std::string& path);

// What went wrong, told; gives code. words: without "mvinit: error: ".
int refuse(const conf::Arguments& arguments, int code, std::string_view words);
int refuse(const conf::Arguments& arguments, const plumb::Error& error);

// Done; lines: what there is to tell of it.
int succeed(const conf::Arguments& arguments, std::string_view lines = {});

// `{"ok": false, "verb": "stop", "exit": 3`: what every object begins with.
std::string object_begin(conf::Verb verb, int code);

// poweroff, reboot, halt, reload by the signal that means it.
int tell_by_signal(const conf::Arguments& arguments);

}  // namespace init
