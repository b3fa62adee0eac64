// Text for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace image {

// Control characters as \xHH: what a file is called must not steer a terminal, nor look like a line of its own.
std::string escaped(std::string_view text);

}  // namespace image
