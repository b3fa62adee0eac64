// /proc/self/mountinfo as values, and the order in which file systems are left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumb {

struct MountEntry {
    std::string point;          // where, with \040 and its like decoded
    std::string options;        // of the mount: "rw,nosuid,relatime"
    std::string type;           // "ext4"
    std::string source;         // "/dev/vda", "none"
    std::string super_options;  // of the file system: "rw,size=1024k"
    bool operator==(const MountEntry&) const = default;
};

// proc_pid_mountinfo(5). Lines that do not fit are passed over. Order kept: parents before what is mounted in them.
std::vector<MountEntry> parse_mountinfo(std::string_view text);

// Takes the text up to separator, or to the end, and the separator off line: one field of a line of mounts.
std::string_view next_field(std::string_view& line, char separator);

// The kernel writes blank, tab, newline, backslash and # as backslash and three octal digits.
std::string decode_octal(std::string_view text);

// The topmost mount at point, nullptr where there is none.
const MountEntry* find_mount(const std::vector<MountEntry>& mounts, std::string_view point);

// Kept by the kernel in memory, or a view of the kernel: nothing there outlives the machine.
bool is_api_file_system(std::string_view type);

// Behind a network, so that unmounting may wait for a peer that has gone.
bool is_network_file_system(std::string_view type);

// What is to be unmounted, last mounted first, without "/" and API file systems.
std::vector<MountEntry> unmount_order(const std::vector<MountEntry>& mounts);

}  // namespace plumb
