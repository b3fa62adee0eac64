#include "packaging/image/contents.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <map>
#include <set>
#include <sys/vfs.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr unsigned mode_bits = 07777;
constexpr std::size_t piece = 1 << 16;

// A file of proc or sysfs.
bool is_made_up(int descriptor) {
    struct statfs about {};
    return ::fstatfs(descriptor, &about) == 0 && (about.f_type == PROC_SUPER_MAGIC || about.f_type == SYSFS_MAGIC);
}

}  // namespace

Entry* Contents::find(const std::string& path) {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : &found->second;
}

const Entry* Contents::find(const std::string& path) const {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : &found->second;
}

bool Contents::add(const Roots& roots, const std::string& path, Entry&& entry, const Reason& reason) {
    const auto [place, added] = entries_.try_emplace(path, std::move(entry));
    place->second.reasons.push_back(reason);
    if (added) add_parents(roots, path);
    return added;
}

void Contents::add_parents(const Roots& roots, const std::string& path) {
    for (std::string above = parent_of(path); above != "/" && find(above) == nullptr; above = parent_of(above)) {
        Entry entry;
        const std::optional<Found> found = roots.at(above);
        if (found && S_ISDIR(found->status.st_mode)) entry.mode = found->status.st_mode & mode_bits;
        entry.reasons.push_back({path, "directory of it"});
        entries_.emplace(above, std::move(entry));
    }
}

bool Contents::add_found(const Roots& roots, const Found& found, const Reason& reason) {
    Entry entry;
    entry.mode = found.status.st_mode & mode_bits;
    if (S_ISREG(found.status.st_mode)) {
        entry.kind = Kind::file;
        entry.host = found.host;
        entry.size = static_cast<std::uint64_t>(found.status.st_size);
        if (found.status.st_nlink > 1) {
            entry.device = found.status.st_dev;
            entry.inode = found.status.st_ino;
        }
    } else if (S_ISLNK(found.status.st_mode)) {
        entry.kind = Kind::symlink;
        entry.mode = 0777;
        entry.target = found.target;
    } else if (!S_ISDIR(found.status.st_mode)) {
        fail(exit_incomplete, "copy", found.host, "neither file, directory nor symbolic link",
             "put it into image.exclude: devices and sockets are made at run time");
    }
    return add(roots, found.path, std::move(entry), reason);
}

bool Contents::add_directory(const Roots& roots, const std::string& path, unsigned mode, const Reason& reason) {
    Entry entry;
    entry.mode = mode;
    return add(roots, path, std::move(entry), reason);
}

bool Contents::add_file(const Roots& roots, const std::string& path, std::string bytes, unsigned mode,
                        const Reason& reason) {
    Entry entry;
    entry.kind = Kind::file;
    entry.mode = mode;
    entry.size = bytes.size();
    entry.bytes = std::move(bytes);
    return add(roots, path, std::move(entry), reason);
}

bool Contents::add_host_file(const Roots& roots, const std::string& path, const std::string& host,
                             const Reason& reason) {
    struct stat status {};
    if (::stat(host.c_str(), &status) != 0) fail_errno("read", host, "check the path and its permissions");
    Entry entry;
    entry.kind = Kind::file;
    entry.mode = 0755;
    entry.host = host;
    entry.size = static_cast<std::uint64_t>(status.st_size);
    return add(roots, path, std::move(entry), reason);
}

bool Contents::add_symlink(const Roots& roots, const std::string& path, const std::string& target,
                           const Reason& reason) {
    Entry entry;
    entry.kind = Kind::symlink;
    entry.mode = 0777;
    entry.target = target;
    return add(roots, path, std::move(entry), reason);
}

bool Contents::add_device(const Roots& roots, const std::string& path, unsigned mode, unsigned major, unsigned minor,
                          const Reason& reason) {
    Entry entry;
    entry.kind = Kind::device;
    entry.mode = mode;
    entry.major = major;
    entry.minor = minor;
    return add(roots, path, std::move(entry), reason);
}

// By what they are now, too: image.slim may have taken symbols from one of them alone.
void Contents::join_links() {
    std::map<std::tuple<std::uint64_t, std::uint64_t, bool, std::uint64_t>, const std::string*> first;
    for (auto& [path, entry] : entries_) {
        if (entry.kind != Kind::file || entry.inode == 0) continue;
        const auto [place, added] =
            first.try_emplace({entry.device, entry.inode, entry.host.empty(), entry.size}, &path);
        if (!added) entry.link = *place->second;
    }
}

Strings Contents::chain(const std::string& path) const {
    Strings lines;
    std::set<std::string> seen;
    std::string at = path;
    for (const Entry* entry = find(at); entry != nullptr && seen.insert(at).second; entry = find(at)) {
        const Reason& reason = entry->reasons.front();
        lines.push_back(reason.by.empty() ? reason.what : reason.by + ": " + reason.what);
        at = reason.by;
    }
    return lines;
}

void read_entry(const Entry& entry, const std::function<void(std::string_view)>& take) {
    if (entry.host.empty()) return take(entry.bytes);
    const int descriptor = ::open(entry.host.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail_errno("open", entry.host, "check its permissions");
    std::vector<char> buffer(piece);
    std::uint64_t all = 0;
    ssize_t length = 0;
    while ((length = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
        all += static_cast<std::uint64_t>(length);
        take({buffer.data(), static_cast<std::size_t>(length)});
    }
    const bool made_up = is_made_up(descriptor);
    ::close(descriptor);
    if (length < 0) fail_errno("read", entry.host, "is it a file?");
    if (all != entry.size && made_up)
        fail(exit_files, "read", entry.host, "the kernel makes it up when it is read, so that it has no size",
             "leave it out, as the image's own kernel has it; or put a copy of it into an overlay");
    if (all != entry.size) fail(exit_files, "read", entry.host, "its size changed meanwhile", "build again");
}

}  // namespace image
