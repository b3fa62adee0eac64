// Small pure readers of text that several inputs share.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

// "250ms", "10s", "1m30s", "2h"; "0" and "0s" are zero. Units ms, s, m, h, largest first, no sign, no fraction.
// Up to 10,000 hours; anything else is nullopt.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back to the same value.
std::string duration_text(std::chrono::milliseconds value);

// "TERM", "SIGTERM", "term", "15", "RTMIN+3", "RTMAX-1" -> the number on Linux (1 to 64), else nullopt. "0" is
// accepted only when allow_zero (a rewrite that drops the signal).
std::optional<int> parse_signal(std::string_view text, bool allow_zero = false);

// "SIGTERM", "SIGRTMIN+3"; "signal 99" for what has no name.
std::string signal_name(int number);

std::vector<std::string_view> signal_names();  // for did_you_mean

// Splits at blanks; "..." keeps blanks, as the Linux kernel does with its command line.
std::vector<std::string> split_kernel_words(std::string_view text);

std::string join(const std::vector<std::string>& words, std::string_view separator);

// words as a POSIX shell would take them back: quoted only where needed.
std::string shell_quote(const std::vector<std::string>& words);

}  // namespace conf
