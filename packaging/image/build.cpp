#include "packaging/image/build.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "packaging/image/archive.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/size_text.hpp"

namespace image {
namespace {

using conf::Compression;
using conf::ImageTarget;

constexpr std::int64_t latest = 0xffffffff;  // that newc has room for

// zstd unpacks several times faster, where the kernel's configuration says that it can.
Compression choose_compression(const conf::Image& image) {
    if (image.compression != Compression::automatic) return image.compression;
    if (image.target != ImageTarget::initramfs || image.kernel.empty()) return Compression::gzip;
    const Roots kernel({image.kernel});
    for (const std::string& path : kernel.expand("/boot/config-*"))
        if (kernel.read(path).value_or("").find("\nCONFIG_RD_ZSTD=y\n") != std::string::npos) return Compression::zstd;
    return Compression::gzip;
}

std::string output_of(const conf::Image& image, Compression compression) {
    if (!image.output.empty()) return image.output;
    if (image.target == ImageTarget::initramfs) return "initramfs.img";
    if (image.target == ImageTarget::oci) return "oci";
    return compression == Compression::gzip   ? "root.tar.gz"
           : compression == Compression::zstd ? "root.tar.zst"
                                              : "root.tar";
}

Built build_archive(const Plan& plan, const std::string& output, Compression compression, bool dry_run) {
    Built built;
    Sink sink(dry_run ? "" : output);
    Progress progress("packing", total_bytes(plan.contents));
    const bool initramfs = plan.settings.image.target == ImageTarget::initramfs;
    write_archive(plan.contents, initramfs ? Format::newc : Format::tar, compression, source_date(), progress, sink);
    check_budget(plan, sink.size());
    sink.commit();
    built.packed = sink.size();
    built.sha256 = sink.sha256();
    built.target = initramfs ? "initramfs" : "tar";
    return built;
}

}  // namespace

std::int64_t source_date() {
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (text == nullptr) return 0;
    const std::string_view digits(text);
    std::int64_t seconds = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc{} || rest != digits.data() + digits.size() || seconds < 0 || seconds > latest)
        fail(exit_unusable, "read SOURCE_DATE_EPOCH", digits, "not a number of seconds since 1970, up to 4294967295",
             "unset it");
    return seconds;
}

void check_budget(const Plan& plan, std::uint64_t packed) {
    const std::uint64_t budget = plan.settings.image.budget;
    if (budget == 0 || packed <= budget) return;
    throw Failure(exit_over_budget,
                  plan.settings.where("image", "budget") + ": the image has " + size_text(packed) + ", " +
                      size_text(packed - budget) +
                      " more than its budget: see 'mvimage report' for what takes the room, or set image.slim");
}

std::uint64_t total_bytes(const Contents& contents) {
    std::uint64_t bytes = 0;
    for (const auto& [path, entry] : contents.entries()) bytes += entry.kind == Kind::file ? entry.size : 0;
    return bytes;
}

Built build(const Plan& plan, bool dry_run) {
    const conf::Image& image = plan.settings.image;
    if (image.target > ImageTarget::oci)
        fail(exit_unusable, "build target", target_name(image.target), "not supported yet", "choose another one");
    const Compression compression = choose_compression(image);
    const std::string output = output_of(image, compression);
    Built built = image.target == ImageTarget::oci ? build_oci(plan, output, compression, dry_run)
                                                   : build_archive(plan, output, compression, dry_run);
    built.output = output;
    built.compression = compression_name(compression);
    built.entries = plan.contents.entries().size();
    built.bytes = total_bytes(plan.contents);
    return built;
}

}  // namespace image
