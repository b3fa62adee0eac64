// What takes the room in an image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "packaging/image/contents.hpp"

namespace image {

struct Group {
    std::string name;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

struct Report {
    std::vector<Group> groups;  // the largest first
    std::vector<Group> slim;    // what image.slim leaves out, by its kind; empty where it is set
    std::uint64_t debug = 0;    // bytes of programs and libraries that only a debugger reads
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
};

// slim: what the image has without image.slim and would not have with it.
Report make_report(const Contents& contents, const std::vector<Group>& slim);

std::string group_of(const std::string& path, const Entry& entry);

// What slim leaves out by its path: the kind of it, "documents"; "" where it stays.
std::string slim_kind(const std::string& path);

// The difference of two images, by the kind of what is in the first one alone, be it a file or a part of one.
std::vector<Group> difference(const Contents& whole, const Contents& slim);

std::string report_text(const Report& report, const Contents& contents);
// packages: of image.packages, in JSON.
std::string report_json(const Report& report, const std::string& packages);

}  // namespace image
