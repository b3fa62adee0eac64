#include "plumb/mount_linux.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "plumb/mount_options_linux.hpp"
#include "plumb/mountinfo.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

bool is_bind(const MountOptions& options) {
    return (options.flags & MS_BIND) != 0;
}

// Which of the several things that errno stands for it was, and what to do. % stands for the source.
const char* mount_remedy(const Mount& step, const MountOptions& options, int error) {
    switch (error) {
        case ENOENT:
            if (!exists(step.target)) return "the mount point is missing: set mkdir = true";
            if (step.source.starts_with('/') && !exists(step.source)) return "% is missing: is its driver loaded?";
            return "";
        case ENOTDIR:
            return is_bind(options) ? "source and target must both be directories, or both files"
                                    : "the mount point is not a directory";
        case ENOTBLK:
            return "% is not a block device";
        case ENXIO:
            return "there is no device behind %";
        case EINVAL:
            return "the source is not a mount or may not be bound";
        case EUCLEAN:
            return "the file system is damaged: run its fsck";
        case EACCES:
        case EROFS:
            return "% is read-only: add the option ro";
        case EBUSY:
            return "something else is mounted there, or % is in use";
        case EPERM:
            return "mounting is not allowed here (a container?)";
        default:
            return "";
    }
}

Error mount_error(const Mount& step, const MountOptions& options, int error) {
    std::string remedy;
    if (error == ENODEV)
        remedy = fill("the kernel has no file system %: load its module ([system] modules)", {step.type});
    else if (error == EINVAL && !is_bind(options) && options.propagation == 0)
        remedy = fill("no valid % on %, or an option it does not know (%): the kernel's log says which",
                      {step.type, step.source, step.options});
    else
        remedy = fill(mount_remedy(step, options, error), {step.source});
    return Error{"mount", step.target, error, "", remedy};
}

bool is_type_mounted(const std::string& target, const std::string& type) {
    const auto text = read_file("/proc/self/mountinfo", std::size_t{1} << 20);
    if (text.has_error()) return false;
    const std::vector<MountEntry> mounts = parse_mountinfo(*text);
    const MountEntry* entry = find_mount(mounts, target);
    return entry != nullptr && entry->type == type;
}

// A file that is to be bound wants a file to be bound to.
Result<void> make_mount_point(const Mount& step, const MountOptions& options) {
    if (exists(step.target)) return {};
    if (!is_bind(options) || !exists(step.source) || is_directory(step.source)) {
        return make_directories(step.target, 0755);
    }
    if (const auto made = make_parents(step.target); made.has_error()) return made.error();
    const Descriptor file(::open(step.target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    if (!file.valid()) return Error{"make mount point", step.target, errno};
    return {};
}

int call_mount(const Mount& step, const std::string& type, unsigned long flags, const std::string& data) {
    const char* const source = step.source.empty() ? "none" : step.source.c_str();
    const char* const text = data.empty() ? nullptr : data.c_str();
    return ::mount(source, step.target.c_str(), type.empty() ? nullptr : type.c_str(), flags, text) == 0 ? 0 : errno;
}

// The flags of the mount that is bound: a remount replaces all of them, so those that protect are to be said again.
unsigned long protecting_flags(const std::string& path) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) return 0;
    unsigned long flags = 0;
    if ((status.f_flag & ST_RDONLY) != 0) flags |= MS_RDONLY;
    if ((status.f_flag & ST_NOSUID) != 0) flags |= MS_NOSUID;
    if ((status.f_flag & ST_NODEV) != 0) flags |= MS_NODEV;
    if ((status.f_flag & ST_NOEXEC) != 0) flags |= MS_NOEXEC;
    return flags;
}

// mount(2) ignores all flags but MS_REC of a bind, so "bind,ro" takes a second call.
int bind(const Mount& step, const MountOptions& options) {
    if (const int error = call_mount(step, "", options.flags & (MS_BIND | MS_REC), ""); error != 0) return error;
    const unsigned long wanted = options.flags & ~static_cast<unsigned long>(MS_BIND | MS_REC | MS_SILENT);
    if (wanted == 0) return 0;
    const unsigned long flags = MS_REMOUNT | MS_BIND | wanted | protecting_flags(step.target);
    const int error = call_mount(step, "", flags, "");
    if (error != 0) ::umount2(step.target.c_str(), MNT_DETACH);  // not to be left writable
    return error;
}

// "auto": every file system of the kernel that wants a device is tried, as mount(8) does.
int mount_any_type(const Mount& step, const MountOptions& options) {
    const auto known = read_file("/proc/filesystems", 65536);
    if (known.has_error()) return known.error().error;
    int error = ENODEV;
    std::string_view text = *known;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.starts_with('\t')) continue;  // "nodev\ttype"
        error = call_mount(step, std::string(line.substr(1)), options.flags | MS_SILENT, options.data);
        if (error != EINVAL) return error;
    }
    return error;
}

int mount_file_system(const Mount& step, const MountOptions& options) {
    if ((options.flags & MS_REMOUNT) != 0) return call_mount(step, step.type, options.flags, options.data);
    if (is_bind(options)) return bind(step, options);
    const bool nothing_new = step.type.empty() && step.source.empty();
    if (nothing_new && options.propagation != 0) return 0;
    if (step.type.empty() || step.type == "auto") return mount_any_type(step, options);
    return call_mount(step, step.type, options.flags, options.data);
}

}  // namespace

Result<void> mount_step(const Mount& step) {
    const MountOptions options = parse_mount_options(step.options);
    if (step.mkdir) {
        if (const auto made = make_mount_point(step, options); made.has_error()) return made.error();
    }
    const int error = mount_file_system(step, options);
    if (error == EBUSY && is_type_mounted(step.target, step.type)) return {};
    if (error != 0) return mount_error(step, options, error);
    if (options.propagation == 0) return {};
    if (::mount(nullptr, step.target.c_str(), nullptr, options.propagation, nullptr) == 0) return {};
    return mount_error(step, options, errno);
}

}  // namespace plumb
