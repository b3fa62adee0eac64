// What the survivor writes down in its directory, and the tally reads there. Each file is lines of words.
#pragma once

#include <string>
#include <vector>

namespace probe {

inline constexpr const char* starts_file =
    "/starts";                                     // RUN PID CLOCK_MONOTONIC_MS GENERATION, at the start of each run
inline constexpr const char* ends_file = "/ends";  // RUN OUT ERR SIGNALS MS, at its end: how much there was of each
inline constexpr const char* errors_file = "/errors";         // what should not have happened
inline constexpr const char* pipe_lost = "its pipe is lost";  // what begins one of these, after the run's number
inline constexpr const char* port_file = "/port";             // where it listens, of each run

inline constexpr std::size_t survivor_line = 40;  // bytes of each line it writes
inline constexpr const char* out_run = "o";       // begins the lines of standard output, before the run's number
inline constexpr const char* err_run = "e";
inline constexpr int counted_signal = 40;  // counts how often it comes

// The lines of a file, none where it is not there; one without an end is not there yet.
std::vector<std::string> file_lines(const std::string& path);
std::vector<std::string> split(const std::string& line);

}  // namespace probe
