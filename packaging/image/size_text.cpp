#include "packaging/image/size_text.hpp"

namespace image {

std::string size_text(std::uint64_t bytes) {
    if (bytes < 1000) return std::to_string(bytes) + " bytes";
    const bool mega = bytes >= 1'000'000;
    const std::uint64_t tenths = (bytes + (mega ? 50'000 : 50)) / (mega ? 100'000 : 100);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + (mega ? " MB" : " kB");
}

}  // namespace image
