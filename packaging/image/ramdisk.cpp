// What an illumos host makes a boot archive of. UFS can be made there alone, hence a script for it.
#include "packaging/image/archive.hpp"
#include "packaging/image/build.hpp"

namespace image {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t least_free = 8 * mebibyte;
constexpr std::uint64_t most_bytes_per_inode = 16384;
constexpr std::uint64_t fragment = 1024;

std::string file_list(const Contents& contents) {
    std::string text;
    for (const auto& [path, entry] : contents.entries()) text += path.substr(1) + "\n";
    return text;
}

// Free space has to be in the archive: the root grows no more once it is memory.
std::uint64_t mebibytes_for(const Contents& contents) {
    std::uint64_t bytes = 0;
    for (const auto& [path, entry] : contents.entries())
        bytes += ((entry.link.empty() ? entry.size : 0) / fragment + 2) * fragment;
    return (bytes + bytes / 5 + least_free + mebibyte - 1) / mebibyte;
}

std::string shell_word(const std::string& text) {
    std::string word = "'";
    for (const char each : text) word += each == '\'' ? std::string("'\\''") : std::string(1, each);
    return word + "'";
}

std::string script(const Contents& contents, const std::string& archive) {
    const std::uint64_t mebibytes = mebibytes_for(contents);
    const std::uint64_t per_inode =
        std::min(most_bytes_per_inode, mebibytes * mebibyte / (2 * contents.entries().size() + 512) / 512 * 512);
    const std::string size = std::to_string(mebibytes);
    return "#!/bin/sh\n"
           "# Makes boot_archive of the root beside it: as root, on an illumos host, in the directory of both.\n"
           "# newfs asks for nothing here; each command that fails ends it.\n"
           "set -e\n"
           "archive=$PWD/" +
           shell_word(base_of(archive)) +
           "\n"
           "gzip -t \"$archive\"\n"
           "mkfile " +
           size +
           "m boot_archive.ufs\n"
           "device=$(lofiadm -a \"$PWD/boot_archive.ufs\")\n"
           "raw=$(echo \"$device\" | sed 's,/lofi/,/rlofi/,')\n"
           "trap 'umount \"$PWD/boot_archive.mnt\" 2>/dev/null; lofiadm -d \"$device\"' EXIT\n"
           "newfs -o space -m 0 -i " +
           std::to_string(per_inode) +
           " \"$raw\" </dev/null\n"
           "mkdir -p boot_archive.mnt\n"
           "mount -F ufs -o nologging \"$device\" \"$PWD/boot_archive.mnt\"\n"
           "(cd boot_archive.mnt && gzip -dc \"$archive\" | tar xpf -)\n"
           "devfsadm -r \"$PWD/boot_archive.mnt\"\n"
           "umount \"$PWD/boot_archive.mnt\"\n"
           "lofiadm -d \"$device\"\n"
           "trap - EXIT\n"
           "rmdir boot_archive.mnt\n"
           "gzip -9c boot_archive.ufs >boot_archive\n"
           "rm boot_archive.ufs\n";
}

}  // namespace

Built build_ramdisk(const Plan& plan, const std::string& output, bool dry_run) {
    Progress progress("packing", total_bytes(plan.contents));
    Sink archive(dry_run ? "" : output);
    Sink list(dry_run ? "" : output + ".files");
    Sink commands(dry_run ? "" : output + ".sh");
    write_archive(plan.contents, Format::tar, conf::Compression::gzip, source_date(), progress, archive);
    list.write(file_list(plan.contents));
    commands.write(script(plan.contents, output));
    check_budget(plan, archive.size());
    Built built;
    built.packed = archive.size();
    built.sha256 = archive.sha256();
    for (const auto& [sink, name] : {std::pair{&list, ".files"}, std::pair{&commands, ".sh"}})
        built.beside.push_back({output + name, sink->size(), sink->sha256()});
    list.commit();
    commands.commit();
    archive.commit();
    return built;
}

}  // namespace image
