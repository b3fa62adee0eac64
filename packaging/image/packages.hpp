// image.packages: Debian packages with all that they depend on, fetched by apt and unpacked into a cache of the user.
#pragma once

#include <string>
#include <vector>

#include "packaging/image/apt.hpp"
#include "packaging/image/contents.hpp"
#include "packaging/image/elf.hpp"
#include "packaging/image/settings.hpp"

namespace image {

// Of the architecture of elf. What is in the cache is not fetched again; offline: nothing is fetched. Throws Failure
// where one cannot be had.
std::vector<Package> fetch_packages(const Settings& settings, const ElfFile& elf, bool offline, Strings& notes);

// The first one that has a kernel with its modules; nullptr: none has.
const Package* kernel_package(const std::vector<Package>& packages);

// For programs: each with how many files of the image, and how many bytes, are from it.
std::string packages_json(const std::vector<Package>& packages, const Contents& contents);

// The same for people, without those that nothing is from.
std::string packages_text(const std::vector<Package>& packages, const Contents& contents);

}  // namespace image
