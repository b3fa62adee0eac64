// File systems in a file. Nobody has to be root for it: owners and devices are written by the entries' own data.
#pragma once

#include <cstdint>

#include "conf/image.hpp"
#include "packaging/image/contents.hpp"
#include "packaging/image/progress.hpp"
#include "packaging/image/sink.hpp"

namespace image {

struct FileSystem {
    const Contents& contents;
    conf::Compression compression;
    std::int64_t time;  // of all entries
    Progress& progress;
};

// identity: what the UUID is made of. By mke2fs and libext2fs of e2fsprogs.
void write_ext4(const FileSystem& what, std::string_view identity, Sink& sink);

// By squashfs-tools.
void write_squashfs(const FileSystem& what, Sink& sink);

}  // namespace image
