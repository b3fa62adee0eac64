// The settings of toml++, and what keeps it small. Included by document.cpp alone.
#pragma once

#include <charconv>
#include <system_error>

// toml++ turns the digits of a float into a double by stringstream, which brings in every locale, or by
// std::from_chars(const char*, const char*, double&), which libc++ 17 lacks and which is large in libstdc++. No key of
// ours is a float, so the value does not matter: this overload, the better match for the parser's own char buffer,
// answers 0. The node stays a float with its position, and the schema reports it as one.
namespace std {  // NOLINT(cert-dcl58-cpp): the call in toml++ is qualified, there is no other door
inline from_chars_result from_chars(char*, char* last, double& value) {
    value = 0;
    return {last, errc{}};
}
}  // namespace std

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_UNRELEASED_FEATURES 0
#define TOML_INT_CHARCONV 1
#define TOML_FLOAT_CHARCONV 1
#define TOML_MAX_NESTED_VALUES 32

// toml++ 3.3 asserts that a table's name begins with a letter, and does not before it has looked: "[\x07" would abort
// PID 1, or, with NDEBUG, be undefined as __builtin_assume. Without the assertion its own check reports the character.
#define TOML_ASSERT(expr) static_assert(true)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
