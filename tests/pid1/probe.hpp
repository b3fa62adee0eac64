// What the parts of the probe share. Signals are taken with raw system calls, because the C libraries keep 32 and 33
// to themselves; every line is one write(2), so that lines of several processes do not mix.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace probe {

using Words = std::vector<std::string>;

// The kernel's signal set is one 64-bit word, whatever the C library's is.
inline constexpr std::size_t kernel_set_size = 8;

// Writes all of text, or gives up: what the tests look for is then missing, and they say so.
void put(int descriptor, const std::string& text);
void say(const std::string& line);  // to standard output
void append(const std::string& path, const std::string& line);

// rt_sigprocmask(2): how and set as there; returns the mask before.
std::uint64_t block(int how, std::uint64_t set);

// The word at index, or otherwise where there are fewer; the same as a number.
std::string argument(const Words& words, std::size_t index, const char* otherwise);
int number(const Words& words, std::size_t index, const char* otherwise);

struct Taken {
    int signal;
    int sender;
};

// Waits for the next of the blocked signals.
Taken take();

[[noreturn]] void sleep_for_ever();  // after saying that it is ready

// Processes left behind; each returns the exit code.
int orphans(const Words& words);
int storm(const Words& words);
int escape(const Words& words);
int adopted();
int flood(const Words& words);
int pile(const Words& words);
int bomb();
int fuse();
int assail(const Words& words);

// Numbered lines. line_of: "RUN NUMBER xxxx...\n", size bytes in all, at least what its beginning takes.
std::string line_of(const std::string& run, long number, std::size_t size);
int number_lines(const Words& words);
int number_runs(const Words& words);
int both_streams(const Words& words);

// Readiness: see probe_ready.cpp.
int notify(const Words& words);
int line(const Words& words);
int serve(const Words& words);
int hang_init();
int vsock(const Words& words);

// What lives through the faults of PID 1, and whether it did: see probe_survivor.cpp and probe_tally.cpp.
int survivor(const Words& words);
int tally(const Words& words);
// Makes PID 1, or any process, fault: see probe_inject.cpp.
int inject(const Words& words);
int disturb(const Words& words);
int live_place(pid_t pid);  // says where mvinit has what it shares with its next image and the kernel, and its bytes
int phoenix();

// Settings among the words, each "name=value".
std::string setting(const Words& words, const std::string& name, const char* otherwise);
long number_setting(const Words& words, const std::string& name, long otherwise);

// Writes what this process was handed as one line of JSON: to standard output after the word "report", or to the
// files named.
int report(const Words& words);

}  // namespace probe
