#include "packaging/image/build.hpp"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "packaging/image/archive.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/size_text.hpp"

namespace image {
namespace {

using conf::Compression;
using conf::ImageTarget;

constexpr std::int64_t latest = 0xffffffff;  // that newc has room for

bool kernel_says(const conf::Image& image, const std::string& line) {
    if (image.kernel.empty()) return false;
    const Roots kernel({image.kernel});
    for (const std::string& path : kernel.expand("/boot/config-*"))
        if (kernel.read(path).value_or("").find("\n" + line + "\n") != std::string::npos) return true;
    return false;
}

// zstd unpacks several times faster, where the kernel's configuration says that it can.
Compression choose(const conf::Image& image, const std::string& line) {
    if (image.compression != Compression::automatic) return image.compression;
    return kernel_says(image, line) ? Compression::zstd : Compression::gzip;
}

Compression choose_compression(const Plan& plan) {
    const conf::Image& image = plan.settings.image;
    switch (image.target) {
        case ImageTarget::initramfs:
            return choose(image, "CONFIG_RD_ZSTD=y");
        case ImageTarget::squashfs:
            return choose(image, "CONFIG_SQUASHFS_ZSTD=y");
        case ImageTarget::ext4:
            return Compression::none;
        case ImageTarget::zone:
        case ImageTarget::ramdisk:
            if (image.compression == Compression::zstd || image.compression == Compression::none)
                throw Failure(exit_unusable, plan.settings.where("image", "compression") + ": " +
                                                 std::string(target_name(image.target)) +
                                                 " is a tar.gz, which is what illumos reads: write gzip or auto");
            return Compression::gzip;
        default:
            return image.compression == Compression::automatic ? Compression::gzip : image.compression;
    }
}

std::string output_of(const conf::Image& image, Compression compression) {
    if (!image.output.empty()) return image.output;
    if (image.target == ImageTarget::initramfs) return "initramfs.img";
    if (image.target == ImageTarget::oci) return "oci";
    if (image.target == ImageTarget::ext4) return "root.ext4";
    if (image.target == ImageTarget::squashfs) return "root.squashfs";
    if (image.target == ImageTarget::zone) return "zone.tar.gz";
    if (image.target == ImageTarget::ramdisk) return "ramdisk.tar.gz";
    return compression == Compression::gzip   ? "root.tar.gz"
           : compression == Compression::zstd ? "root.tar.zst"
                                              : "root.tar";
}

bool is_beside(std::string_view rest) {
    return rest == ".vmlinux" || rest == ".initrd" || rest == ".files" || rest == ".sh";
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
    return built;
}

Built build_target(const Plan& plan, const std::string& output, Compression compression, bool dry_run) {
    switch (plan.settings.image.target) {
        case ImageTarget::oci:
            return build_oci(plan, output, compression, dry_run);
        case ImageTarget::ext4:
        case ImageTarget::squashfs:
            return build_disk(plan, output, {compression, choose(plan.settings.image, "CONFIG_RD_ZSTD=y")}, dry_run);
        case ImageTarget::ramdisk:
            return build_ramdisk(plan, output, dry_run);
        default:
            return build_archive(plan, output, compression, dry_run);
    }
}

// An image of the directory that it is written to would have the one before it in it, and grow with each build.
void check_output(const Plan& plan, const std::string& output) {
    std::error_code error;
    const std::string path = std::filesystem::weakly_canonical(std::filesystem::absolute(output), error);
    if (error) return;  // making it tells
    const bool is_directory = plan.settings.image.target == ImageTarget::oci;
    for (const auto& [name, entry] : plan.contents.entries()) {
        if (!entry.host.starts_with(path)) continue;
        const std::string_view rest = std::string_view(entry.host).substr(path.size());
        const bool ours = is_directory ? rest.starts_with('/') : rest.empty() || is_beside(rest);
        if (entry.kind == Kind::file && ours)
            fail(exit_incomplete, "take", entry.host, "it is the image itself, or a part of it",
                 "choose an output outside of image.overlays and image.files (-o), or leave it out with image.exclude");
    }
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
    throw Failure(exit_over_budget, plan.settings.where("image", "budget") + ": the image has " + size_text(packed) +
                                        ", " + size_text(packed - budget) +
                                        " more than its budget: see 'mvimage report' for what takes the room" +
                                        (plan.settings.image.slim ? "" : ", or set image.slim"));
}

std::uint64_t total_bytes(const Contents& contents) {
    std::uint64_t bytes = 0;
    for (const auto& [path, entry] : contents.entries()) bytes += has_bytes(entry) ? entry.size : 0;
    return bytes;
}

Built build(const Plan& plan, bool dry_run) {
    const conf::Image& image = plan.settings.image;
    const Compression compression = choose_compression(plan);
    const std::string output = output_of(image, compression);
    check_output(plan, output);
    Built built = build_target(plan, output, compression, dry_run);
    built.target = target_name(image.target);
    built.output = output;
    built.compression = compression_name(compression);
    built.entries = plan.contents.entries().size();
    built.bytes = total_bytes(plan.contents);
    return built;
}

}  // namespace image
