// Paths of the image: absolute, without ".", ".." or double slashes; and patterns of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace image {

using Strings = std::vector<std::string>;

std::string join(std::string_view directory, std::string_view name);
std::string parent_of(std::string_view path);  // "/" of "/x" and of "/"
std::string base_of(std::string_view path);

// The parts between the separators, empty ones left out.
Strings split(std::string_view text, char separator);

// Bytes that are no UTF-8 replaced by U+FFFD.
std::string as_utf8(std::string_view text);

bool has_wildcard(std::string_view text);

// As a shell has it, part by part: * ? [a-z]; ** stands for any number of directories, none among them.
bool matches(std::string_view pattern, std::string_view path);

// The path, or a directory above it, matches.
bool covers(std::string_view pattern, std::string_view path);

}  // namespace image
