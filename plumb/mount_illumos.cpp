#include "plumb/mount_illumos.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/mount.h>
#include <sys/stat.h>

#include "plumb/illumos_facts.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

bool has_option(std::string_view options, std::string_view wanted) {
    while (!options.empty()) {
        const std::size_t comma = std::min(options.find(','), options.size());
        if (options.substr(0, comma) == wanted) return true;
        options.remove_prefix(std::min(comma + 1, options.size()));
    }
    return false;
}

// mount(2): the flag words are told by flags, the option string carries all of them.
int flags_of(const std::string& options) {
    int flags = MS_DATA | MS_OPTIONSTR;
    if (has_option(options, "ro")) flags |= MS_RDONLY;
    if (has_option(options, "remount")) flags |= MS_REMOUNT;
    return flags;
}

std::string mount_remedy(const Mount& step, int error) {
    switch (error) {
        case ENOENT:
            if (!exists(step.target)) return "the mount point is missing: set mkdir = true";
            return step.source.starts_with('/') && !exists(step.source) ? step.source + " is missing" : "";
        case ENOTDIR:
            return "the mount point is not a directory";
        case EINVAL:
            return "no file system " + step.type +
                   " in this kernel, or one that wants its own program: run /usr/lib/fs/" + step.type +
                   "/mount in a [[setup]] step";
        case EBUSY:
            return "something else is mounted there, or a process is in it";
        case EPERM:
            return "a zone mounts tmpfs, lofs, fd, mntfs, proc and what fs-allowed of its zonecfg names, on "
                   "directories of its own";
        case ENOTBLK:
            return step.source + " is not a block device";
        case ENXIO:
            return "there is no device behind " + step.source;
        case EROFS:
            return step.source + " is read-only: add the option ro";
        case ENOSPC:
            return "no valid " + step.type + " on " + step.source + ", or it is damaged: run its fsck";
        default:
            return {};
    }
}

bool is_type_mounted(const std::string& target, const std::string& type) {
    const auto text = read_file("/etc/mnttab", std::size_t{1} << 20);
    if (text.has_error()) return false;
    const std::vector<MountEntry> mounts = parse_mnttab(*text);
    const MountEntry* entry = find_mount(mounts, target);
    return entry != nullptr && entry->type == type;
}

Error mount_error(const Mount& step, int error, const std::string& remedy) {
    return Error{"mount", step.target, error, "", remedy};
}

}  // namespace

Result<void> mount_step(const Mount& step) {
    // The kernel writes the options that it took back into it (MS_OPTIONSTR), so it is a buffer of full length.
    std::array<char, MAX_MNTOPT_STR> options{};
    if (step.options.size() >= options.size())
        return mount_error(step, E2BIG, "at most " + std::to_string(options.size() - 1) + " bytes of options");
    std::memcpy(options.data(), step.options.data(), step.options.size());
    if (step.mkdir && !exists(step.target)) {
        if (const auto made = make_directories(step.target, 0755); made.has_error()) return made.error();
    }
    std::string type = step.type;  // mount(2) takes pointers to what it does not change
    const std::string& source = step.source.empty() ? step.type : step.source;
    const int done = ::mount(source.c_str(), step.target.c_str(), flags_of(step.options), type.data(),
                             static_cast<char*>(nullptr), 0, options.data(), static_cast<int>(options.size()));
    if (done == 0) return {};
    const int error = errno;
    if (error == EBUSY && is_type_mounted(step.target, step.type)) return {};
    return mount_error(step, error, mount_remedy(step, error));
}

}  // namespace plumb
