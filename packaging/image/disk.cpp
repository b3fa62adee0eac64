// A root file system in a file, and beside it what a machine monitor boots it by.
#include "packaging/image/archive.hpp"
#include "packaging/image/build.hpp"
#include "packaging/image/file_system.hpp"
#include "packaging/image/kernel.hpp"

namespace image {
namespace {

// Where a dry run has other programs write to.
std::string scratch() {
    const char* directory = std::getenv("TMPDIR");
    return std::string(directory == nullptr ? "/tmp" : directory) + "/mvimage";
}

}  // namespace

Built build_disk(const Plan& plan, const std::string& output, const Compressions& compressions, bool dry_run) {
    const conf::Image& image = plan.settings.image;
    const std::int64_t time = source_date();
    Progress progress("packing", total_bytes(plan.contents));
    Sink root(dry_run ? scratch() : output);
    const FileSystem what{plan.contents, compressions.image, time, progress};
    if (image.target == conf::ImageTarget::ext4)
        write_ext4(what, plan.settings.text, root);
    else
        write_squashfs(what, root);
    Built built;
    built.packed = root.size();
    built.sha256 = root.sha256();
    const bool has_kernel = !image.kernel.empty();
    const bool has_initrd = !plan.initrd.entries().empty();
    Sink kernel(dry_run || !has_kernel ? "" : output + ".vmlinux");
    Sink initrd(dry_run || !has_initrd ? "" : output + ".initrd");
    if (has_kernel) {
        kernel.write(bare_kernel(kernel_file(image.kernel)));
        built.beside.push_back({output + ".vmlinux", kernel.size(), kernel.sha256()});
    }
    if (has_initrd) {
        Progress more("packing", total_bytes(plan.initrd));
        write_archive(plan.initrd, Format::newc, compressions.initrd, time, more, initrd);
        built.beside.push_back({output + ".initrd", initrd.size(), initrd.sha256()});
    }
    check_budget(plan, root.size() + kernel.size() + initrd.size());
    if (dry_run) return built;
    kernel.commit();
    initrd.commit();
    root.commit();
    return built;
}

}  // namespace image
