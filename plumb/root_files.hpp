// Files below a directory that is taken for the root, as a zone's root seen from the global zone: symbolic links mean
// there what they would mean after chroot(2), so that nothing in the tree, hostile or not, leads out of it. POSIX
// alone: illumos has no O_PATH and no O_DIRECTORY.
#pragma once

#include <string>
#include <string_view>
#include <sys/stat.h>

#include "plumb/error.hpp"
#include "plumb/posix.hpp"

namespace plumb {

// Where a path leads, all links resolved.
struct RootPlace {
    Descriptor directory;  // of the last component, or the one that the first missing component is missing from
    std::string name;      // in it
    struct stat status {};
    bool exists = false;
    bool last = false;  // name is the path's last component
};

struct RootText {
    std::string text;
    struct stat status {};
};

// The directory root, for the functions below; "" is "/".
Result<Descriptor> open_root(const std::string& root);

// A path with something missing is no error, see RootPlace. Errors: a component that is no directory, more than 32
// links (ELOOP), a directory that cannot be opened.
Result<RootPlace> find_in_root(const Descriptor& root, std::string_view path);

// A regular file of at most limit bytes; place as find_in_root() gave it. shown: the name for errors.
Result<RootText> read_in_root(const RootPlace& place, const std::string& shown, std::size_t limit);

// Replaces place.name, a link itself where it is one, by a new file with like's mode and owner: temporary file, fsync,
// rename, fsync of the directory. An error leaves the old file.
Result<void> replace_in_root(const RootPlace& place, const std::string& shown, std::string_view text,
                             const struct stat& like);

// A directory without any entry, as the mount point of what is mounted only in a running zone.
bool is_empty_directory(const Descriptor& directory);

}  // namespace plumb
