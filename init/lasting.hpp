// What the next image of mvinit takes up beside the record: files, and pipes that a process has the other end of. Linux
// hands their descriptors on. On illumos all descriptors are closed where the kernel executes a dead init again, so
// there they have names, in the directory of the state file: a FIFO, unlike a process that holds a pipe for us, cannot
// die, and whoever writes to it has it open for reading as well, so that it never lacks a reader (EPIPE).
#pragma once

#include <string_view>

#include "init/record.hpp"
#include "plumb/error.hpp"

namespace init {

inline constexpr const char* lasting_configuration = "configuration";
inline constexpr const char* lasting_reloaded = "configuration.reloaded";
inline constexpr const char* lasting_stamps = "boot-stamps";
inline constexpr const char* lasting_line = "ready";
inline constexpr const char* lasting_ring = "log";
inline constexpr const char* lasting_streams[] = {"output", "output.2"};

// An empty file, readable and writable, close-on-exec, owned by the caller. name: a word that tells it from others; one
// of the same name before it stays with whoever has it open. Without a state file, and on Linux, as
// plumb::make_memory_file().
plumb::Result<int> make_lasting_file(const char* name);

// Such a file with text in it; a death at any moment leaves this one or the one of its name before it, whole. -1: it
// cannot be had.
int make_lasting_text(const char* name, std::string_view text);

// A pipe, its ends close-on-exec and owned by the caller; the reading end may be non-blocking. afresh: never one that
// is there, and may have something in it. False: errno says why not.
bool make_lasting_pipe(const char* name, bool afresh, int (&ends)[2]);

// The writing end of a lasting pipe once more, one that never blocks; -1: errno says why not. illumos, whose /proc
// opens none again, by its name.
int open_marker(const char* name, int writer);

// illumos: all descriptors of record are those of a process, or a program, that is gone. Each that can be had again is
// opened; the others are -1, and what that means is told.
void find_lasting(Record& record);

// illumos: whose turn it is to read what the application writes, CLOCK_MONOTONIC in us of when those loggers were
// begun: others before them end once they see it. Null: they go on with the next image.
std::uint64_t* turn_of_loggers();

// In a logger, which of them: waits until the one before it has ended, where there is a turn at all.
void await_turn(std::size_t logger);

}  // namespace init
