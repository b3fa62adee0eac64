// What the verbs that ask the mvinit that runs have in common: how they ask, and how they say what came of it, in words
// or with --json as one object on standard output, {"ok": ..., "verb": ..., "exit": ...} with what more there is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/arguments.hpp"
#include "init/client.hpp"

namespace init {

// For what PID 1 answers at once: a mvinit that hangs is not to hang who asks.
inline constexpr std::uint32_t usual_timeout_ms = 10'000;

// What went wrong, told; gives code. words: without "mvinit: error: ".
int refuse(const conf::Arguments& arguments, int code, std::string_view words);
int refuse(const conf::Arguments& arguments, const plumb::Error& error);

// The exit code for an errno of ask(), and for a Refusal.
int code_of_error(int error);
int code_of_refusal(int refusal);

// That there is no mvinit to be asked, rather than one that did not answer.
bool is_nobody(const plumb::Error& error);

// Done, and with lines: what was told of it.
int succeed(const conf::Arguments& arguments, std::string_view lines = {});

// Asks. Not 0: was told why not, and is the exit code.
int ask_or_refuse(const conf::Arguments& arguments, const std::vector<std::string>& words, std::uint32_t timeout_ms,
                  Answer& answer);

// `{"ok": false, "verb": "stop", "exit": 3`: what every object begins with.
std::string object_begin(conf::Verb verb, int code);

// poweroff, reboot, halt, reload by the signal that means it.
int tell_by_signal(const conf::Arguments& arguments);

}  // namespace init
