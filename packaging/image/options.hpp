// The command line.
#pragma once

#include <span>
#include <string>

#include "packaging/image/settings.hpp"

namespace image {

struct Options {
    std::string verb;  // build, why, list, report, help or version
    std::string path;  // why
    std::string svg;   // report
    bool dry_run = false;
    bool json = false;
    Overrides overrides;
};

// Throws Failure with exit_unusable where a word is not understood.
Options parse_options(std::span<char* const> words);

std::string_view usage();

}  // namespace image
