// [image] of mvinit.toml: what mvimage, on the build host, makes an image of. PID 1 only checks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/parse.hpp"

namespace conf {

enum class ImageTarget : std::uint8_t { initramfs, tar, oci, ext4, squashfs, zone, ramdisk };
enum class Compression : std::uint8_t { automatic, zstd, gzip, none };

// Paths on the build host are as the file has them; mvimage takes relative ones from the file's own directory.
struct Image {
    ImageTarget target = ImageTarget::initramfs;
    std::string output;                 // empty: named after the target
    std::string init;                   // empty: the program beside mvimage
    std::vector<std::string> packages;  // by name
    std::vector<std::string> roots{"/"};
    std::vector<std::string> overlays;
    std::vector<std::string> files;    // paths in the image, and patterns
    std::vector<std::string> exclude;  // patterns
    Environment lazy;                  // by what loads them: patterns, each with a newline behind it
    std::string kernel;                // empty: no modules
    std::vector<std::string> modules;
    bool slim = false;
    Compression compression = Compression::automatic;
    std::uint64_t budget = 0;  // bytes; 0: none
    bool operator==(const Image&) const = default;
};

// The table as it stands for platform, [platform.<name>.image] laid over it. parse() has told of all errors; what is
// wrong is left as it was.
Image parse_image(std::string_view text, Platform platform);

}  // namespace conf
