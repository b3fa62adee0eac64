// Files below a directory that is taken for the root, as a zone's root seen from the global zone: symbolic links mean
// there what they would mean after chroot(2), so that nothing in the tree, hostile or not, leads out of it. POSIX
// alone: illumos has no O_PATH and no O_DIRECTORY. All functions give 0 or errno.
#pragma once

#include <string>
#include <string_view>
#include <sys/stat.h>

#include "plumb/posix.hpp"

namespace plumb {

// Where a path leads, all links resolved.
struct RootPlace {
    Descriptor directory;  // of the last component, or the one that the first missing component is missing from
    std::string name;      // in it
    mode_t mode = 0;       // as st_mode; 0: not there
    bool last = false;     // name is the path's last component
};

// A path with something missing is no error. Errors: a component that is no directory (ENOTDIR) or cannot be opened,
// more than 32 links (ELOOP), more than 64 directories (ENAMETOOLONG), a path that ends in "/" or ".." (EISDIR).
int find_in_root(int root, std::string_view path, RootPlace& place);

// All of a regular file of at most 1 MiB (else EFBIG; EINVAL where it is no regular file).
int read_in_root(const RootPlace& place, std::string& text, struct stat& status);

// Replaces place.name, a link itself where it is one, by a new file with like's mode and owner: temporary file, fsync,
// rename, fsync of the directory. An error leaves the old file, but for the last fsync's.
int replace_in_root(const RootPlace& place, std::string_view text, const struct stat& like);

// A directory without any entry, as the mount point of what is mounted only in a running zone.
bool is_empty_directory(int directory);

}  // namespace plumb
