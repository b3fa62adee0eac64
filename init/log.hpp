// What mvinit itself says: one line a message, to the console (and the kernel's log). Never blocks: a line that the
// console does not take at once is dropped and counted, and the count is told when the console takes lines again.
#pragma once

#include <cstdint>
#include <string_view>

#include "conf/config.hpp"

namespace init::log {

// fd: where lines go; stays owned by the caller, must be non-blocking or never block (see console.hpp). -1: standard
// error, by a description of our own that is opened for the first line.
// stamps: lines carry seconds since boot, as on a machine's console; else only our name, as beside other programs.
void open(int fd, conf::LogLevel level, bool stamps);
void set_level(conf::LogLevel level);
bool shows(conf::LogLevel level);  // else its text need not be made
void copy_to_kernel_log(bool wanted);

// Whether messages go to this descriptor: who closes all others must keep it.
bool is_own(int descriptor);

// text: one line without its newline; longer than about 1000 bytes is cut.
void debug(std::string_view text);
void info(std::string_view text);
void warning(std::string_view text);
void error(std::string_view text);

// text as it is, several lines, newline-terminated: a plan. Waits for a slow console, 2 s at the most.
void raw(std::string_view text);

// Waits until the console has shown what it took, 500 ms at the most: the machine is about to end.
void drain();

}  // namespace init::log
