// What is wrong with an input, and where. All errors of an input are collected, not only the first.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

enum class Severity : std::uint8_t { error, warning };

// line and column count from 1; 0 where the input has none (a command line).
struct Diagnostic {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string message;  // with its "(did you mean ...?)" where there is a near name
    Severity severity = Severity::error;
    bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

// At the end of to. A function, so that a vector's way of growing stands once in the program.
void add(Diagnostics& to, Diagnostic found);

// "file:line:column: message", without the parts that are 0 or empty; a warning has "warning: " before its message
// unless the caller says that itself. No newline.
std::string to_text(const Diagnostic& diagnostic, bool with_severity = true);

// A JSON array of objects with file, line, column, severity, message.
std::string to_json(const Diagnostics& diagnostics);

bool has_errors(const Diagnostics& diagnostics);

// " (did you mean 'x'?)" for the candidate nearest to word by edit distance, or "" where none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

// The parts one after the other: a single function where chains of + would be inlined everywhere.
std::string cat(std::initializer_list<std::string_view> parts);

// text as the inside of a JSON string, quotes not included; bytes below 0x20 are escaped.
std::string json_escape(std::string_view text);

}  // namespace conf
