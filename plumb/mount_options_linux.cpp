#include "plumb/mount_options_linux.hpp"

#include <sys/mount.h>

namespace plumb {

namespace {

struct Word {
    std::string_view name;
    unsigned long set;
    unsigned long clear;
};

// include/uapi/linux/mount.h; older C libraries do not name it.
constexpr unsigned long lazy_time = 1UL << 25;
constexpr unsigned long atime_mode = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;

constexpr Word flag_words[] = {
    {"ro", MS_RDONLY, 0},
    {"rw", 0, MS_RDONLY},
    {"nosuid", MS_NOSUID, 0},
    {"suid", 0, MS_NOSUID},
    {"nodev", MS_NODEV, 0},
    {"dev", 0, MS_NODEV},
    {"noexec", MS_NOEXEC, 0},
    {"exec", 0, MS_NOEXEC},
    {"sync", MS_SYNCHRONOUS, 0},
    {"async", 0, MS_SYNCHRONOUS},
    {"dirsync", MS_DIRSYNC, 0},
    {"mand", MS_MANDLOCK, 0},
    {"nomand", 0, MS_MANDLOCK},
    {"noatime", MS_NOATIME, atime_mode},
    {"atime", 0, MS_NOATIME},
    {"relatime", MS_RELATIME, atime_mode},
    {"norelatime", 0, MS_RELATIME},
    {"strictatime", MS_STRICTATIME, atime_mode},
    {"nostrictatime", 0, MS_STRICTATIME},
    {"nodiratime", MS_NODIRATIME, 0},
    {"diratime", 0, MS_NODIRATIME},
    {"lazytime", lazy_time, 0},
    {"nolazytime", 0, lazy_time},
    {"silent", MS_SILENT, 0},
    {"loud", 0, MS_SILENT},
    {"bind", MS_BIND, MS_REC},
    {"rbind", MS_BIND | MS_REC, 0},
    {"remount", MS_REMOUNT, 0},
    {"defaults", 0, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS},
};

constexpr Word propagation_words[] = {
    {"shared", MS_SHARED, 0},         {"rshared", MS_SHARED | MS_REC, 0},
    {"private", MS_PRIVATE, 0},       {"rprivate", MS_PRIVATE | MS_REC, 0},
    {"slave", MS_SLAVE, 0},           {"rslave", MS_SLAVE | MS_REC, 0},
    {"unbindable", MS_UNBINDABLE, 0}, {"runbindable", MS_UNBINDABLE | MS_REC, 0},
};

constexpr std::string_view fstab_words[] = {"auto",   "noauto", "nofail", "_netdev", "user",
                                            "nouser", "users",  "owner",  "group"};

bool is_fstab_word(std::string_view word) {
    if (word.starts_with("x-") || word.starts_with("X-") || word.starts_with("comment=")) return true;
    for (const std::string_view known : fstab_words) {
        if (word == known) return true;
    }
    return false;
}

void take_word(MountOptions& out, std::string_view word) {
    if (word.empty() || is_fstab_word(word)) return;
    for (const Word& known : flag_words) {
        if (word != known.name) continue;
        out.flags = (out.flags & ~known.clear) | known.set;
        return;
    }
    for (const Word& known : propagation_words) {
        if (word != known.name) continue;
        out.propagation = known.set;
        return;
    }
    if (!out.data.empty()) out.data += ',';
    out.data += word;
}

}  // namespace

MountOptions parse_mount_options(std::string_view options) {
    MountOptions out;
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= options.size(); ++at) {
        if (at < options.size() && options[at] == '"') quoted = !quoted;
        if (at < options.size() && (options[at] != ',' || quoted)) continue;
        take_word(out, options.substr(start, at - start));
        start = at + 1;
    }
    return out;
}

}  // namespace plumb
