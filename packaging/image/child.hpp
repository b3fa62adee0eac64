// What running a program of another package takes, whatever it is fed with.
#pragma once

#include <string>
#include <vector>

#include "packaging/image/paths.hpp"

namespace image {

// For exec: of words, which outlive it, with a null at the end.
std::vector<char*> pointers(Strings& words);

// A file without a name for what the program says; the caller's. Throws Failure.
int memory_file(const std::string& program);
// All that is in it.
std::string text_of(int memory_file);

// Its exit code once it has ended, 128 and its signal where one ended it, as shells tell.
int wait_for_end(int process);

}  // namespace image
