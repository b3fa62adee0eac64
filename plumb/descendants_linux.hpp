// Who descends from us, read from /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace plumb {

struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    std::uint64_t start = 0;  // clock ticks since boot: with pid, the identity of a process
    char state = '?';
    bool operator==(const Process&) const = default;
};

// proc_pid_stat(5). The command name stands in parentheses and may hold blanks and parentheses itself.
std::optional<Process> parse_process(std::string_view stat);

// All that /proc shows.
std::vector<Process> all_processes();

// Those of all that descend from root, root not included.
std::vector<Process> descendants(const std::vector<Process>& all, pid_t root);

}  // namespace plumb
