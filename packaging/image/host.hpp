// Small questions about files of this machine.
#pragma once

#include <string>

namespace image {

// A link that leads nowhere is there, too.
bool is_there(const std::string& path);
bool is_directory(const std::string& path);  // links followed

}  // namespace image
