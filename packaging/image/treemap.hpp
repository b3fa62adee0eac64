// A treemap of an image: each file a rectangle as large as the file.
#pragma once

#include <string>

#include "packaging/image/contents.hpp"

namespace image {

// An SVG picture that needs nothing else.
std::string treemap_svg(const Contents& contents);

}  // namespace image
