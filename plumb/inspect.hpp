// What `mvinit status` sees for itself: processes, their memory, interfaces. For a short-lived reader of /proc, never
// for PID 1. What cannot be seen (no /proc, no right to) is left out, as there is more to a status than that.
#pragma once

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
    char state = '?';  // as ps(1) shows it
    std::string name;
};

// All of this pid namespace or zone, in no order. illumos: /proc/PID/psinfo, which everybody may read (proc(5)).
std::vector<SeenProcess> inspect_processes();

// Linux: smaps_rollup, since 4.14; else the second number of statm. illumos: pr_rssize.
Memory inspect_memory(std::int32_t pid);

// The file that it was executed from; "" where that cannot be seen.
std::string program_of(std::int32_t pid);

struct SeenInterface {
    std::string name;
    bool up = false;
    bool carrier = false;
    std::vector<std::string> addresses;  // "10.0.2.15/24"
};

// In the kernel's order. Linux: by netlink; illumos: SIOCGLIFCONF (if_tcp(4P)), logical interfaces among them.
std::vector<SeenInterface> inspect_interfaces();

}  // namespace plumb
