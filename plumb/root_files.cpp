#include "plumb/root_files.hpp"

#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "plumb/files.hpp"

namespace plumb {
namespace {

constexpr int no_follow = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;  // a FIFO put there must not hold us up
constexpr int most_links = 32;

// A path on its way: the directories below the root that it went through, and the components to come, last first.
struct Walk {
    const Descriptor& root;
    std::vector<Descriptor> below{};
    std::vector<std::string> to_come{};

    int directory() const { return below.empty() ? root.get() : below.back().get(); }
    void push(std::string_view path) {
        while (!path.empty()) {
            const std::size_t slash = path.find_last_of('/');
            to_come.emplace_back(slash == std::string_view::npos ? path : path.substr(slash + 1));
            path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
        }
    }
};

// Only ever a directory of this very name: ".." is the way back that was come, never what it is on disk by now.
int enter(Walk& walk, const std::string& name) {
    Descriptor next(::openat(walk.directory(), name.c_str(), O_RDONLY | no_follow));
    struct stat status {};
    if (!next.valid() || ::fstat(next.get(), &status) != 0) return errno;
    if (!S_ISDIR(status.st_mode)) return ENOTDIR;
    walk.below.push_back(std::move(next));
    return 0;
}

int follow(Walk& walk, const std::string& name) {
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(walk.directory(), name.c_str(), target, sizeof target);
    if (length <= 0) return length < 0 ? errno : ENOENT;
    if (target[0] == '/') walk.below.clear();
    walk.push({target, static_cast<std::size_t>(length)});
    return 0;
}

int arrive(Walk& walk, RootPlace& place) {
    place.last = walk.to_come.empty();
    place.directory = Descriptor(::fcntl(walk.directory(), F_DUPFD_CLOEXEC, 0));
    return place.directory.valid() ? 0 : errno;
}

// 0 or errno.
int walk_to_end(Walk& walk, RootPlace& place) {
    for (int links = 0; !walk.to_come.empty();) {
        place.name = std::move(walk.to_come.back());
        walk.to_come.pop_back();
        if (place.name.empty() || place.name == ".") continue;
        if (place.name == "..") {
            if (!walk.below.empty()) walk.below.pop_back();
            continue;
        }
        place.exists = ::fstatat(walk.directory(), place.name.c_str(), &place.status, AT_SYMLINK_NOFOLLOW) == 0;
        if (!place.exists) return errno == ENOENT ? arrive(walk, place) : errno;
        const bool link = S_ISLNK(place.status.st_mode);
        if (!link && walk.to_come.empty()) return arrive(walk, place);
        if (link && ++links > most_links) return ELOOP;
        if (const int error = link ? follow(walk, place.name) : enter(walk, place.name); error != 0) return error;
    }
    return EISDIR;  // "/" or "a/.."
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

Result<Descriptor> open_root(const std::string& root) {
    const std::string path = root.empty() ? "/" : root;
    Descriptor directory(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!directory.valid() || ::fstat(directory.get(), &status) != 0) return Error{"open", path, errno, "", ""};
    if (!S_ISDIR(status.st_mode)) return Error{"open", path, ENOTDIR, "", "--root names the directory above etc"};
    return directory;
}

Result<RootPlace> find_in_root(const Descriptor& root, std::string_view path) {
    RootPlace place;
    Walk walk{root};
    walk.push(path);
    const int error = walk_to_end(walk, place);
    if (error != 0) return Error{"find", std::string(path), error, "", "links are taken as they are inside the root"};
    return place;
}

Result<RootText> read_in_root(const RootPlace& place, const std::string& shown, std::size_t limit) {
    if (!place.exists || !place.last) return Error{"open", shown, ENOENT, "", ""};
    const Descriptor file(::openat(place.directory.get(), place.name.c_str(), O_RDONLY | no_follow));
    RootText out;
    if (!file.valid() || ::fstat(file.get(), &out.status) != 0) return Error{"open", shown, errno, "", ""};
    if (!S_ISREG(out.status.st_mode)) return Error{"read", shown, 0, "it is no regular file", ""};
    auto text = read_descriptor(file.get(), shown, limit);
    if (!text) return text.error();
    out.text = std::move(*text);
    return out;
}

Result<void> replace_in_root(const RootPlace& place, const std::string& shown, std::string_view text,
                             const struct stat& like) {
    const int directory = place.directory.get();
    const std::string temporary = place.name + ".mvinit-new";
    ::unlinkat(directory, temporary.c_str(), 0);  // left by a run that was cut off
    int error = write_new(directory, temporary, text, like);
    if (error == 0 && ::renameat(directory, temporary.c_str(), directory, place.name.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlinkat(directory, temporary.c_str(), 0);
        return Error{"write", shown, error, "", "the old file is as it was"};
    }
    if (::fsync(directory) != 0 && errno != EINVAL)
        return Error{"fsync the directory of", shown, errno, "", "the new file is there, but perhaps not on disk yet"};
    return {};
}

bool is_empty_directory(const Descriptor& directory) {
    const int copy = ::openat(directory.get(), ".", O_RDONLY | O_CLOEXEC);
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
