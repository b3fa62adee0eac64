#include "packaging/image/roots.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <new>
#include <sys/syscall.h>
#include <unistd.h>

#include "packaging/image/failure.hpp"
#include "packaging/image/size_text.hpp"

namespace image {
namespace {

// Opens path below root, which no link leaves: -1 and errno where it is not there.
int open_inside(int root, const std::string& path, std::uint64_t flags) {
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    long descriptor = 0;
    // EAGAIN: something was renamed on this machine while the kernel followed a "..".
    do {
        descriptor = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    } while (descriptor < 0 && (errno == EAGAIN || errno == EINTR));
    return static_cast<int>(descriptor);
}

std::string read_link(const std::string& path) {
    std::array<char, PATH_MAX> text{};
    const ssize_t length = ::readlink(path.c_str(), text.data(), text.size());
    if (length < 0) fail_errno("read link", path, "check its permissions");
    return {text.data(), static_cast<std::size_t>(length)};
}

Found describe(int descriptor, const std::string& path) {
    Found found;
    found.path = path;
    found.host = read_link("/proc/self/fd/" + std::to_string(descriptor));
    const int failed = ::fstat(descriptor, &found.status);
    ::close(descriptor);
    if (failed != 0) fail_errno("stat", found.host, "check its permissions");
    if (S_ISLNK(found.status.st_mode)) found.target = read_link(found.host);
    return found;
}

}  // namespace

Roots::Roots(const Strings& directories) {
    for (const std::string& directory : directories) {
        const int descriptor = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) fail_errno("open root", directory, "correct image.roots, image.overlays or image.kernel");
        roots_.push_back({directory, descriptor});
    }
}

Roots::~Roots() {
    for (const Root& root : roots_) ::close(root.descriptor);
}

std::optional<Found> Roots::at(const std::string& path) const {
    if (!name_.empty()) {
        const auto found = unpacked_.find(path);
        return found == unpacked_.end() ? std::nullopt : std::optional(found->second);
    }
    for (const Root& root : roots_) {
        const int descriptor = open_inside(root.descriptor, path, O_PATH | O_NOFOLLOW);
        if (descriptor >= 0) return describe(descriptor, path);
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            fail_errno("look up", join(root.directory, path.substr(1)), "check its permissions (Linux 5.6 is needed)");
    }
    return std::nullopt;
}

Walk Roots::walk(std::string_view path, bool follow_last) const {
    Walk walk{"/", {}, {}};
    const Strings parts = split(path, '/');
    std::deque<std::string> left(parts.begin(), parts.end());
    while (!left.empty()) {
        const std::string part = left.front();
        left.pop_front();
        if (part == ".") continue;
        if (part == "..") {
            walk.path = parent_of(walk.path);
            continue;
        }
        const std::string next = join(walk.path, part);
        const std::optional<Found> found = at(next);
        if (!found || !S_ISLNK(found->status.st_mode) || (left.empty() && !follow_last)) {
            walk.path = next;
            continue;
        }
        walk.links.push_back(*found);
        if (walk.links.size() > most_links) return walk;
        const Strings target = split(found->target, '/');
        left.insert(left.begin(), target.begin(), target.end());
        if (found->target.starts_with('/')) walk.path = "/";
    }
    walk.end = at(walk.path);
    return walk;
}

void Roots::add_names(const Root& root, const std::string& directory, Strings& names) const {
    const int descriptor = open_inside(root.descriptor, directory, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return;
        fail_errno("read directory", join(root.directory, directory.substr(1)), "check its permissions");
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(descriptor), ::closedir);
    if (stream == nullptr) fail_errno("read directory", directory, "close what has too many files open");
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") names.push_back(name);
    }
}

Strings Roots::names(const std::string& directory) const {
    Strings names;
    const std::string prefix = join(directory, "");
    for (auto each = unpacked_.upper_bound(prefix); each != unpacked_.end() && each->first.starts_with(prefix); ++each)
        if (each->first.find('/', prefix.size()) == std::string::npos)
            names.push_back(each->first.substr(prefix.size()));
    for (const Root& root : roots_) add_names(root, directory, names);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

void Roots::expand_part(const std::string& directory, const Strings& parts, std::size_t index, Strings& found) const {
    if (index == parts.size()) {
        if (directory != "/") found.push_back(directory);
        return;
    }
    const std::string& part = parts[index];
    if (!has_wildcard(part)) {
        if (walk(join(directory, part), index + 1 < parts.size()).end)
            expand_part(join(directory, part), parts, index + 1, found);
        return;
    }
    if (part == "**") expand_part(directory, parts, index + 1, found);
    const Walk here = walk(directory);
    if (!here.end || !S_ISDIR(here.end->status.st_mode)) return;
    for (const std::string& name : names(here.path)) {
        if (part == "**") {
            // Not through links: they may lead back.
            const std::optional<Found> below = at(join(here.path, name));
            if (below && S_ISDIR(below->status.st_mode)) expand_part(join(directory, name), parts, index, found);
            if (below && index + 1 == parts.size()) found.push_back(join(directory, name));
        } else if (matches(part, name)) {
            expand_part(join(directory, name), parts, index + 1, found);
        }
    }
}

Strings Roots::expand(std::string_view pattern) const {
    Strings found;
    if (split(pattern, '/').empty()) return {"/"};
    expand_part("/", split(pattern, '/'), 0, found);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::optional<std::string> Roots::read(std::string_view path) const {
    const Walk way = walk(path);
    if (!way.end || !S_ISREG(way.end->status.st_mode)) return std::nullopt;
    return bytes_of(*way.end);
}

std::string Roots::text() const {
    std::string all = name_;
    for (std::size_t index = 0; index < roots_.size() && index <= first_unnamed_; ++index)
        all += (all.empty() ? "" : ", ") + (index == first_unnamed_ ? rest_ : roots_[index].directory);
    return all;
}

std::string bytes_of(const Found& found) {
    return found.host.empty() && found.bytes ? std::string(found.bytes->view()) : read_host_file(found.host);
}

// 0 or errno. Throws where there is no memory left.
static int append_all(int descriptor, std::string& bytes) {
    std::vector<char> buffer(1 << 16);
    ssize_t length = 0;
    while ((length = ::read(descriptor, buffer.data(), buffer.size())) > 0)
        bytes.append(buffer.data(), static_cast<std::size_t>(length));
    return length < 0 ? errno : 0;
}

std::string read_host_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail_errno("open", path, "check the path and its permissions");
    std::string bytes;
    struct stat status {};
    int error = 0;
    try {
        if (::fstat(descriptor, &status) == 0) bytes.reserve(static_cast<std::size_t>(status.st_size));
        error = append_all(descriptor, bytes);
    } catch (const std::bad_alloc&) {
        error = ENOMEM;
    }
    ::close(descriptor);
    errno = error;
    if (error == ENOMEM)
        fail_errno("read", path + ", " + size_text(static_cast<std::uint64_t>(status.st_size)),
                   "raise the limits of memory (ulimit -v), or use a larger host");
    if (error != 0) fail_errno("read", path, "is it a file?");
    return bytes;
}

}  // namespace image
