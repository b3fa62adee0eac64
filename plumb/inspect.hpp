// What `mvinit status` sees for itself: processes, their memory, interfaces. For a short-lived reader of /proc, never
// for PID 1. What cannot be seen (no /proc, no right to) is left out, as there is more to a status than that.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace plumb {

// In kB, as the kernels count them; 0: not known.
struct Memory {
    std::uint64_t resident = 0;
    std::uint64_t proportional = 0;  // shared pages divided among their users: Linux for who may read smaps_rollup
    std::uint64_t dirty = 0;         // private and written to: the same
    bool operator==(const Memory&) const = default;
};

struct SeenProcess {
    std::int32_t pid = 0;
    std::int32_t parent = 0;
    char state = '?';             // as ps(1) shows it
    std::array<char, 16> name{};  // as long as both kernels know it, ended by a zero
};

// Linux: from now on the others show what is to be seen from the namespaces of this process, which has to be root's to
// give; then we are no process of those. False: they show nothing of it. illumos: false.
bool look_from_within(std::int32_t pid);

// All of this pid namespace or zone, in no order. illumos: /proc/PID/psinfo, which everybody may read (proc(5)).
std::vector<SeenProcess> inspect_processes();

// Linux: smaps_rollup, since 4.14; else the second number of statm. illumos: pr_rssize.
Memory inspect_memory(std::int32_t pid);

// The file that it was executed from; "" where that cannot be seen.
std::string program_of(std::int32_t pid);

// A line each, in the kernel's order: its name, then "up", "down" or "no-carrier", then its addresses ("10.0.2.15/24").
// Linux: by netlink; illumos: getifaddrs(3SOCKET), logical interfaces among them.
std::string inspect_interfaces();

}  // namespace plumb
