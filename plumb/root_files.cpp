#include "plumb/root_files.hpp"

#include <array>
#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "plumb/files.hpp"

namespace plumb {
namespace {

constexpr int no_follow = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;  // a FIFO put there must not hold us up
constexpr int most_links = 32;

// A path on its way: the directories below the root that it went through, and what is still to come of it.
struct Walk {
    int root;
    std::string path;
    std::size_t depth = 0;
    std::array<Descriptor, 64> below{};

    int directory() const { return depth == 0 ? root : below[depth - 1].get(); }
    std::string next() {
        const std::size_t slash = path.find('/');
        std::string name = path.substr(0, slash);
        path.erase(0, slash == std::string::npos ? slash : slash + 1);
        return name;
    }
    bool over() const { return path.find_first_not_of('/') == std::string::npos; }
};

// Only ever a directory of this very name: ".." is the way back that was come, never what it is on disk by now.
int enter(Walk& walk, const std::string& name) {
    if (walk.depth == walk.below.size()) return ENAMETOOLONG;
    Descriptor next(::openat(walk.directory(), name.c_str(), O_RDONLY | no_follow));
    struct stat status {};
    if (!next.valid() || ::fstat(next.get(), &status) != 0) return errno;
    if (!S_ISDIR(status.st_mode)) return ENOTDIR;
    walk.below[walk.depth++] = std::move(next);
    return 0;
}

int follow(Walk& walk, const std::string& name) {
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(walk.directory(), name.c_str(), target, sizeof target);
    if (length <= 0) return length < 0 ? errno : ENOENT;
    if (target[0] == '/') walk.depth = 0;
    walk.path.insert(0, "/").insert(0, target, static_cast<std::size_t>(length));
    return 0;
}

int arrive(Walk& walk, RootPlace& place) {
    place.last = walk.over();
    place.directory = Descriptor(::fcntl(walk.directory(), F_DUPFD_CLOEXEC, 0));
    return place.directory.valid() ? 0 : errno;
}

// One component. -1: there are more to come; else 0 or errno.
int walk_on(Walk& walk, RootPlace& place, int& links) {
    place.name = walk.next();
    place.mode = 0;
    if (place.name.empty() || place.name == ".") return -1;
    if (place.name == "..") {
        if (walk.depth > 0) --walk.depth;
        return -1;
    }
    struct stat status {};
    if (::fstatat(walk.directory(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? arrive(walk, place) : errno;
    const bool link = S_ISLNK(status.st_mode);
    if (!link && walk.over()) {
        place.mode = status.st_mode;
        return arrive(walk, place);
    }
    if (link && ++links > most_links) return ELOOP;
    const int error = link ? follow(walk, place.name) : enter(walk, place.name);
    return error == 0 ? -1 : error;
}

int write_new(int directory, const std::string& name, std::string_view text, const struct stat& like) {
    const Descriptor file(
        ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return errno;
    if (const int error = write_all(file.get(), text); error != 0) return error;
    if (::fchown(file.get(), like.st_uid, like.st_gid) != 0 || ::fchmod(file.get(), like.st_mode & 07777) != 0 ||
        ::fsync(file.get()) != 0)
        return errno;
    return 0;
}

}  // namespace

int find_in_root(int root, std::string_view path, RootPlace& place) {
    Walk walk{root, std::string(path)};
    int links = 0;
    while (!walk.over()) {
        const int done = walk_on(walk, place, links);
        if (done >= 0) return done;
    }
    return EISDIR;  // "/" or "a/.."
}

int read_in_root(const RootPlace& place, std::string& text, struct stat& status) {
    constexpr off_t largest = off_t{1} << 20;
    const Descriptor file(::openat(place.directory.get(), place.name.c_str(), O_RDONLY | no_follow));
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return errno;
    if (!S_ISREG(status.st_mode)) return EINVAL;
    if (status.st_size > largest) return EFBIG;
    text.resize(static_cast<std::size_t>(status.st_size));
    std::size_t have = 0;
    while (have < text.size()) {
        const ssize_t count = ::read(file.get(), text.data() + have, text.size() - have);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        if (count == 0) break;  // somebody made it shorter
        have += static_cast<std::size_t>(count);
    }
    text.resize(have);
    return 0;
}

int replace_in_root(const RootPlace& place, std::string_view text, const struct stat& like) {
    const int directory = place.directory.get();
    const std::string temporary = concat({place.name, ".mvinit-new"});
    ::unlinkat(directory, temporary.c_str(), 0);  // left by a run that was cut off
    int error = write_new(directory, temporary, text, like);
    if (error == 0 && ::renameat(directory, temporary.c_str(), directory, place.name.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlinkat(directory, temporary.c_str(), 0);
        return error;
    }
    return ::fsync(directory) != 0 && errno != EINVAL ? errno : 0;
}

bool is_empty_directory(int directory) {
    const int copy = ::openat(directory, ".", O_RDONLY | O_CLOEXEC);
    DIR* list = copy < 0 ? nullptr : ::fdopendir(copy);
    if (list == nullptr) {
        if (copy >= 0) ::close(copy);
        return false;
    }
    bool empty = true;
    while (const dirent* entry = ::readdir(list)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") empty = false;
    }
    ::closedir(list);
    return empty;
}

}  // namespace plumb
