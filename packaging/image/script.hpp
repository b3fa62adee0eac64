// The first line of a script, as execve(2) reads it.
#pragma once

#include <string>
#include <string_view>

#include "conf/parse.hpp"
#include "packaging/image/paths.hpp"

namespace image {

// The interpreter, and behind env(1) the program that it runs; empty: no script. platform: whose kernel makes words of
// the line. Throws Failure where it cannot be read, or the kernel does not execute it.
Strings script_commands(const std::string& host_path, conf::Platform platform);
// The same of its first bytes; of which file, for messages.
Strings script_commands(std::string_view head, const std::string& path, conf::Platform platform);

// What to do where env(1) is to run a program of a name with blanks, which seldom is one; "": it has none.
std::string hint_of_one_word(const std::string& program);

// As much of a file as execve(2) reads. Throws Failure where it cannot be read.
std::string first_bytes(const std::string& path);

// The program that env(1) with these words runs, variables and options passed over; "" where there is none.
std::string program_of_env(const Strings& given);

}  // namespace image
