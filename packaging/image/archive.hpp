// Archives that have the same bytes wherever and whenever they are made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conf/image.hpp"
#include "packaging/image/contents.hpp"
#include "packaging/image/progress.hpp"
#include "packaging/image/sink.hpp"

namespace image {

enum class Format : std::uint8_t { newc, tar };

// All entries, sorted, with owner 0 and time as every time (seconds since 1970). Throws Failure where a file cannot be
// read, or changed its size.
void write_archive(const Contents& contents, Format format, conf::Compression compression, std::int64_t time,
                   Progress& progress, Sink& sink);

// The bytes of a file, decompressed where they are in a format that kernels and their modules come in. Throws Failure.
std::string read_unpacked(const std::string& path);
// The same of bytes in memory; name: for messages.
std::string unpack(std::string_view bytes, const std::string& name);

std::string_view compression_name(conf::Compression compression);

}  // namespace image
