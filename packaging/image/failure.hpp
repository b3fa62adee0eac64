// How mvimage says that it cannot go on: operation, object, cause, remedy; and the exit codes.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace image {

inline constexpr int exit_ok = 0;
inline constexpr int exit_bad = 1;          // the configuration has errors
inline constexpr int exit_unusable = 2;     // wrong usage, or a configuration that cannot be read
inline constexpr int exit_incomplete = 3;   // what the image needs is not there
inline constexpr int exit_files = 4;        // a file cannot be read or written
inline constexpr int exit_over_budget = 5;  // larger than image.budget
inline constexpr int exit_absent = 6;       // why: not in the image

struct Failure : std::runtime_error {
    Failure(int exit_code, const std::string& text) : std::runtime_error(text), code(exit_code) {}
    int code;
};

// Throws "OPERATION OBJECT: CAUSE: REMEDY".
[[noreturn]] void fail(int code, std::string_view operation, std::string_view object, std::string_view cause,
                       std::string_view remedy);

// The same with the text of errno, as it is now, as the cause; exit_files.
[[noreturn]] void fail_errno(std::string_view operation, std::string_view object, std::string_view remedy);

}  // namespace image
