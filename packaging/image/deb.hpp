// Debian's package files: deb(5).
#pragma once

#include <string>

#include "packaging/image/progress.hpp"

namespace image {

// The files of a package, into a directory that is there, which no name or link in it leads out of. Owners are not
// kept. Throws Failure where it is damaged.
void unpack_deb(const std::string& file, const std::string& directory, Progress& progress);

}  // namespace image
