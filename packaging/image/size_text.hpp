// Sizes for people.
#pragma once

#include <cstdint>
#include <string>

namespace image {

// "12.3 MB", "4.5 kB", "17 bytes": powers of 1000.
std::string size_text(std::uint64_t bytes);

}  // namespace image
