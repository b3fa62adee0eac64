// A root file system in a file, and beside it what a machine monitor boots it by.
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <unistd.h>

#include "packaging/image/archive.hpp"
#include "packaging/image/build.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/file_system.hpp"
#include "packaging/image/kernel.hpp"
#include "packaging/image/scratch.hpp"

namespace image {
namespace {

std::string temporary_directory() {
    const char* directory = std::getenv("TMPDIR");
    return directory == nullptr ? "/tmp" : directory;
}

// What an earlier build left beside the output, and this one does not make, would be booted with it.
void remove_stale(const std::string& path, bool is_made) {
    if (!is_made && ::unlink(path.c_str()) != 0 && errno != ENOENT) fail_errno("remove", path, "remove it by hand");
}

}  // namespace

Built build_disk(const Plan& plan, const std::string& output, const Compressions& compressions, bool dry_run) {
    const conf::Image& image = plan.settings.image;
    const std::int64_t time = source_date();
    Progress progress("packing", total_bytes(plan.contents));
    // Other programs make it, so that a dry run, too, needs a file for a while.
    std::optional<Scratch> scratch;
    if (dry_run) scratch.emplace(temporary_directory(), "mvimage.");
    Sink root(dry_run ? scratch->path() + "/root" : output);
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
    // The root last: until then the old one is there, with a kernel of its own or, for a moment, a newer one.
    const SignalsHeld held;
    kernel.commit();
    initrd.commit();
    root.commit();
    remove_stale(output + ".vmlinux", has_kernel);
    remove_stale(output + ".initrd", has_initrd);
    return built;
}

}  // namespace image
