// The targets: what a plan becomes.
#pragma once

#include <cstdint>
#include <string>

#include "packaging/image/plan.hpp"

namespace image {

struct Built {
    std::string output;
    std::string target;
    std::string compression;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;   // of the files in it
    std::uint64_t packed = 0;  // of the image
    std::string sha256;        // of the image's file; oci: of its manifest
};

// Writes the image, or with dry_run only finds out how large it is. Throws Failure, also where it is larger than
// image.budget; then nothing is written.
Built build(const Plan& plan, bool dry_run);

// An OCI image layout in a directory, which replaces another such layout. The parts of Built that are known.
Built build_oci(const Plan& plan, const std::string& output, conf::Compression compression, bool dry_run);

// SOURCE_DATE_EPOCH, else 0: seconds since 1970. Throws Failure where it is no number.
std::int64_t source_date();

void check_budget(const Plan& plan, std::uint64_t packed);
std::uint64_t total_bytes(const Contents& contents);

}  // namespace image
