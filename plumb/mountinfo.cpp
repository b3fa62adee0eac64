#include "plumb/mountinfo.hpp"

#include <algorithm>

namespace plumb {

namespace {

constexpr std::string_view api_types[] = {
    "autofs",   "binfmt_misc", "bpf",        "cgroup",     "cgroup2",   "configfs", "debugfs", "devpts",
    "devtmpfs", "efivarfs",    "fusectl",    "hugetlbfs",  "mqueue",    "nsfs",     "proc",    "pstore",
    "ramfs",    "rootfs",      "rpc_pipefs", "securityfs", "selinuxfs", "sysfs",    "tmpfs",   "tracefs",
};
constexpr std::string_view network_types[] = {"9p", "afs", "ceph", "cifs", "nfs", "nfs4", "smb3"};

template <std::size_t N>
bool contains(const std::string_view (&list)[N], std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool is_octal(std::string_view digits) {
    return digits.size() == 3 && digits[0] <= '3' && digits.find_first_not_of("01234567") == std::string_view::npos;
}

// "36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
bool parse_line(std::string_view line, MountEntry& out) {
    for (int skipped = 0; skipped < 4; ++skipped) next_field(line, ' ');  // id, parent, device, root
    out.point = decode_octal(next_field(line, ' '));
    out.options = next_field(line, ' ');
    while (!line.empty() && next_field(line, ' ') != "-") {
    }  // any number of optional fields
    out.type = decode_octal(next_field(line, ' '));
    out.source = decode_octal(next_field(line, ' '));
    out.super_options = next_field(line, ' ');
    return !out.point.empty() && !out.type.empty();
}

}  // namespace

std::string_view next_field(std::string_view& line, char separator) {
    const std::size_t end = line.find(separator);
    const std::string_view field = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return field;
}

std::string decode_octal(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view digits = text.substr(at + 1, 3);
        if (text[at] == '\\' && is_octal(digits)) {
            out += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
            at += 3;
        } else {
            out += text[at];
        }
    }
    return out;
}

std::vector<MountEntry> parse_mountinfo(std::string_view text) {
    std::vector<MountEntry> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        MountEntry entry;
        if (parse_line(text.substr(0, end), entry)) out.push_back(std::move(entry));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

const MountEntry* find_mount(const std::vector<MountEntry>& mounts, std::string_view point) {
    for (auto entry = mounts.rbegin(); entry != mounts.rend(); ++entry) {
        if (entry->point == point) return &*entry;
    }
    return nullptr;
}

bool is_api_file_system(std::string_view type) {
    return contains(api_types, type);
}

bool is_network_file_system(std::string_view type) {
    return contains(network_types, type);
}

std::vector<MountEntry> unmount_order(const std::vector<MountEntry>& mounts) {
    std::vector<MountEntry> out;
    for (auto entry = mounts.rbegin(); entry != mounts.rend(); ++entry) {
        if (entry->point != "/" && !is_api_file_system(entry->type)) out.push_back(*entry);
    }
    return out;
}

}  // namespace plumb
