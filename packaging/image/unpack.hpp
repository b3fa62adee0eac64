// An image that is there: a root directory, or what mvimage writes, as one tree.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "conf/config.hpp"
#include "packaging/image/progress.hpp"
#include "packaging/image/roots.hpp"

namespace image {

enum class ImageKind : std::uint8_t { directory, initramfs, tar, oci, disk };

// What the configuration of an OCI image tells its runtime to start, and how.
struct Started {
    Strings entrypoint;
    conf::Environment env;
    std::string user;       // "USER", "UID", each with ":GROUP" or not; empty: root
    std::string directory;  // empty: /
};

struct OpenImage {
    ImageKind kind = ImageKind::directory;
    std::unique_ptr<Roots> tree;
    Started started;  // oci
};

// Archives are read into memory; nothing of them is written anywhere. Throws Failure where it is none of these.
OpenImage open_image(const std::string& path);

// One that nothing is said of.
Found directory_at(const std::string& path);

// The parts of it.
struct Unpacking {
    std::string name;  // of the archive, for messages
    Unpacked tree;
    unsigned layer = 0;              // the one that is unpacked
    Found root = directory_at("/");  // of which an archive need say nothing; not in tree
    Progress progress{"reading", 0};

    // Where what has this path in an archive comes to be: tar, the kernel and container runtimes follow the links that
    // are there already, but for the last part. nullopt: links without end.
    std::optional<std::string> place_of(std::string_view path) const;
    // What is at its place already is replaced, as tar and the kernel do; directories above are made.
    void put(std::string_view path, Found found);
    void put_root(Found found);
    // What layers below have in a directory, itself: and at its path. What this layer has put there stays, wherever in
    // the layer it stands.
    void hide(const std::string& path, bool itself = false);
};

// As Linux unpacks an initrd: newc archives one behind the other, each by itself or several together compressed.
void unpack_initramfs(std::string_view bytes, Unpacking& to);
// layer: .wh. files take away what layers below have.
void unpack_tar(const std::string& path, bool layer, Unpacking& to);
// Without a mount, as whoever runs it.
void unpack_ext4(const std::string& path, Unpacking& to);
void unpack_squashfs(const std::string& path, Unpacking& to);  // by unsquashfs
void unpack_oci(const std::string& directory, Unpacking& to, Started& started);

// What libarchive decompresses it to. used: so many bytes of it were the compressed ones; size: of none compressed.
std::string decompressed(std::string_view bytes, const std::string& name, std::size_t& used);

}  // namespace image
