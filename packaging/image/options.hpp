// The command line.
#pragma once

#include <span>
#include <string>

#include "packaging/image/settings.hpp"

namespace image {

struct Options {
    std::string verb;      // build, why, list, report, check, help or version
    std::string path;      // why, check
    std::string svg;       // report
    std::string platform;  // check
    bool machine = false;  // check, as container
    bool container = false;
    bool dry_run = false;
    bool json = false;
    Overrides overrides;
};

// Throws Failure with exit_unusable where a word is not understood.
Options parse_options(std::span<char* const> words);

std::string_view usage();

}  // namespace image
