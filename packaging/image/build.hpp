// The targets: what a plan becomes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "packaging/image/plan.hpp"

namespace image {

// A file that an image comes with.
struct Beside {
    std::string output;
    std::uint64_t bytes = 0;
    std::string sha256;
};

struct Built {
    std::string output;
    std::string target;
    std::string compression;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;   // of the files in it
    std::uint64_t packed = 0;  // of the image
    std::string sha256;        // of the image's file; oci: of its manifest
    std::vector<Beside> beside;
};

// Writes the image, or with dry_run only finds out how large it is. Throws Failure, also where it is larger than
// image.budget; then nothing is written.
Built build(const Plan& plan, bool dry_run);

// An OCI image layout in a directory, which replaces another such layout. The parts of Built that are known.
Built build_oci(const Plan& plan, const std::string& output, conf::Compression compression, bool dry_run);

// As the kernel can unpack them.
struct Compressions {
    conf::Compression image;
    conf::Compression initrd;
};

// A file system, and beside it OUTPUT.vmlinux and OUTPUT.initrd, as far as there is use for them.
Built build_disk(const Plan& plan, const std::string& output, const Compressions& compressions, bool dry_run);

// A tar archive of the root, and beside it OUTPUT.files and OUTPUT.sh, which make a boot archive of it on illumos.
Built build_ramdisk(const Plan& plan, const std::string& output, bool dry_run);

// SOURCE_DATE_EPOCH, else 0: seconds since 1970. Throws Failure where it is no number.
std::int64_t source_date();

void check_budget(const Plan& plan, std::uint64_t packed);
std::uint64_t total_bytes(const Contents& contents);

}  // namespace image
