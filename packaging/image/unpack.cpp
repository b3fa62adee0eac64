#include "packaging/image/unpack.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>

#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr std::size_t piece = 1 << 16;
constexpr mode_t permissions = 07777;

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

[[noreturn]] void unreadable(archive* from, const std::string& name) {
    const char* why = archive_error_string(from);
    fail(exit_files, "unpack", name, why == nullptr ? "libarchive cannot" : why, "get a whole copy of it");
}

[[noreturn]] void no_image(const std::string& name) {
    fail(exit_unusable, "check", name, "no initramfs, tar, ext4, squashfs or OCI image layout",
         "mount or unpack it first, and give the directory");
}

// Of ext2's superblock, which is 1 KiB from the beginning.
constexpr std::size_t ext_block_size = 0x418;
constexpr std::size_t ext_magic = 0x438;
constexpr std::size_t ext_revision = 0x44c;
constexpr std::size_t head_size = ext_revision + 4;

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t number = 0;
    for (std::size_t index = size; index-- > 0;)
        number = number << 8 | (at + index < bytes.size() ? static_cast<unsigned char>(bytes[at + index]) : 0);
    return number;
}

// The magic alone has two bytes, as one of 65536 compressed archives has there, too.
bool is_ext(std::string_view head) {
    return head.size() >= head_size && head.substr(ext_magic).starts_with("\x53\xef") &&
           number_at(head, ext_block_size, 4) <= 6 && number_at(head, ext_revision, 4) <= 1;
}

bool is_squashfs(std::string_view head) {
    return head.starts_with("hsqs");
}

// What is no image of ours, by its first bytes: the name of it, or "".
std::string_view other_kind(std::string_view bytes) {
    if (bytes.starts_with("QFI\xfb")) return "a qcow2 disk";
    if (bytes.starts_with("\x7f"
                          "ELF"))
        return "a program";
    return {};
}

struct Descriptor {
    explicit Descriptor(int opened) : number(opened) {}
    ~Descriptor() {
        if (number >= 0) ::close(number);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number;
};

// A piece from there on, as far as there are.
std::string piece_at(int descriptor, off_t at, const std::string& path) {
    std::string bytes(piece, '\0');
    const ssize_t length = ::pread(descriptor, bytes.data(), bytes.size(), at);
    if (length < 0) fail_errno("read", path, "is it a file?");
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

std::string first_bytes_of(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number < 0) fail_errno("open image", path, "check the path and its permissions");
    return piece_at(file.number, 0, path);
}

// From the first byte on that is not zero, as the kernel looks for an archive; empty: there is none. Holes, which a
// disk of many gigabytes has, are passed over.
std::string beginning_of(const std::string& path, Progress& progress) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number < 0) fail_errno("open image", path, "check the path and its permissions");
    off_t at = 0;
    std::string bytes = piece_at(file.number, at, path);
    for (std::size_t zeros = 0; !bytes.empty() && (zeros = bytes.find_first_not_of('\0')) != 0;) {
        at += static_cast<off_t>(std::min(zeros, bytes.size()));
        progress.reach(static_cast<std::uint64_t>(at));
        const off_t data = ::lseek(file.number, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) return {};  // zeros up to its end
        at = std::max(at, data);
        bytes = piece_at(file.number, at, path);
    }
    return bytes;
}

// By its beginning: a disk of many gigabytes is not read whole to find that it is none.
bool may_be_initramfs(std::string_view beginning) {
    if (beginning.empty() || beginning.starts_with("07070")) return true;
    const Archive from(archive_read_new(), archive_read_free);
    archive_read_support_filter_all(from.get());
    archive_read_support_format_raw(from.get());
    // One that breaks off is known by its magic nevertheless.
    return archive_read_open_memory(from.get(), beginning.data(), beginning.size()) != ARCHIVE_OK ||
           archive_filter_code(from.get(), 0) != ARCHIVE_FILTER_NONE;
}

bool is_tar(const std::string& path) {
    const Archive from(archive_read_new(), archive_read_free);
    archive_read_support_filter_all(from.get());
    archive_read_support_format_tar(from.get());
    archive_entry* entry = nullptr;
    if (archive_read_open_filename(from.get(), path.c_str(), piece) != ARCHIVE_OK) return false;
    const int status = archive_read_next_header(from.get(), &entry);
    return status == ARCHIVE_OK || status == ARCHIVE_WARN;  // no end at once: zeros alone would be an empty one
}

Found found_of(archive_entry* entry) {
    Found found;
    found.status.st_mode = archive_entry_filetype(entry) | (archive_entry_perm(entry) & permissions);
    found.status.st_uid = static_cast<uid_t>(archive_entry_uid(entry));
    found.status.st_gid = static_cast<gid_t>(archive_entry_gid(entry));
    found.status.st_size = archive_entry_size(entry);
    found.status.st_rdev = archive_entry_rdev(entry);
    if (const char* target = archive_entry_symlink(entry)) found.target = target;
    return found;
}

// false: it broke off.
bool read_bytes(archive* from, std::string& bytes) {
    std::vector<char> buffer(piece);
    la_ssize_t length = 0;
    while ((length = archive_read_data(from, buffer.data(), buffer.size())) > 0)
        bytes.append(buffer.data(), static_cast<std::size_t>(length));
    return length == 0;
}

// How many bytes a zstd frame at the beginning has (RFC 8878, 3.1.1), as libarchive goes on into whatever stands behind
// it; all of them where there is none.
std::size_t zstd_frame_size(std::string_view bytes) {
    if (!bytes.starts_with("\x28\xb5\x2f\xfd") || bytes.size() < 6) return bytes.size();
    static constexpr std::array<std::size_t, 4> dictionary{0, 1, 2, 4};
    static constexpr std::array<std::size_t, 4> content{0, 2, 4, 8};
    const std::uint32_t head = number_at(bytes, 4, 1);
    const bool single = (head & 0x20) != 0;
    const std::size_t length = content[head >> 6];
    std::size_t at = 5 + dictionary[head & 3] + (single ? std::max<std::size_t>(length, 1) : length + 1);
    for (bool last = false; !last && at < bytes.size();) {
        const std::uint32_t block = number_at(bytes, at, 3);
        last = (block & 1) != 0;
        at += 3 + ((block >> 1 & 3) == 1 ? 1 : block >> 3);
    }
    return std::min(bytes.size(), at + ((head & 4) != 0 ? 4 : 0));
}

// ".wh.NAME" of a layer stands for NAME taken away, ".wh..wh..opq" for all of its directory.
bool take_away(const std::string& path, Unpacking& to) {
    const std::string name = base_of(path);
    if (!name.starts_with(".wh.")) return false;
    if (name == ".wh..wh..opq")
        to.hide(parent_of(path));
    else
        to.hide(join(parent_of(path), name.substr(4)), true);
    return true;
}

void put_entry(archive* from, archive_entry* entry, bool layer, Unpacking& to) {
    const char* name = archive_entry_pathname(entry);
    const std::string path = to.place_of(name == nullptr ? "" : name).value_or("");
    if (path.empty() || (layer && take_away(path, to))) return;
    if (const char* other = archive_entry_hardlink(entry)) {
        const auto found = to.tree.find(to.place_of(other).value_or(""));
        if (found != to.tree.end()) to.put(path, Found(found->second));
        return;
    }
    Found found = found_of(entry);
    if (S_ISREG(found.status.st_mode)) {
        std::string bytes;
        if (!read_bytes(from, bytes)) unreadable(from, to.name);
        found.bytes = std::make_shared<Held>(std::move(bytes));
    }
    to.put(path, std::move(found));
}

}  // namespace

void unpack_tar(const std::string& path, bool layer, Unpacking& to) {
    const Archive from(archive_read_new(), archive_read_free);
    archive_read_support_filter_all(from.get());
    archive_read_support_format_tar(from.get());
    if (archive_read_open_filename(from.get(), path.c_str(), piece) != ARCHIVE_OK) unreadable(from.get(), path);
    archive_entry* entry = nullptr;
    int status = ARCHIVE_OK;
    while ((status = archive_read_next_header(from.get(), &entry)) >= ARCHIVE_WARN && status != ARCHIVE_EOF)
        put_entry(from.get(), entry, layer, to);
    if (status != ARCHIVE_EOF) unreadable(from.get(), path);
}

std::string decompressed(std::string_view bytes, const std::string& name, std::size_t& used) {
    bytes = bytes.substr(0, zstd_frame_size(bytes));
    const Archive from(archive_read_new(), archive_read_free);
    archive_read_support_filter_all(from.get());
    archive_read_support_format_raw(from.get());
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(from.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
        archive_read_next_header(from.get(), &entry) < ARCHIVE_WARN)
        unreadable(from.get(), name);
    if (archive_filter_code(from.get(), 0) == ARCHIVE_FILTER_NONE) no_image(name);
    std::string out;
    if (!read_bytes(from.get(), out)) unreadable(from.get(), name);
    used = static_cast<std::size_t>(archive_filter_bytes(from.get(), -1));
    return out;
}

// What docker save and skopeo make of an image, whose files are in archives within it.
static void refuse_packed_image(const std::string& path, const Unpacked& tree) {
    const bool docker = tree.contains("/manifest.json");
    const bool oci = tree.contains("/oci-layout");
    if (tree.contains("/etc") || (!docker && !oci)) return;
    const std::string kind = docker ? "docker-archive" : "oci-archive";
    fail(exit_unusable, "check", path,
         "a " + std::string(docker ? "docker" : "OCI") + " archive, not a root file system",
         "unpack it by 'skopeo copy " + kind + ":" + path + " oci:DIR', and give DIR");
}

// Of a file.
static ImageKind unpack_file(const std::string& path, Unpacking& to) {
    const std::string head = first_bytes_of(path);
    if (is_ext(head)) {
        unpack_ext4(path, to);
        return ImageKind::disk;
    }
    if (is_squashfs(head)) {
        unpack_squashfs(path, to);
        return ImageKind::disk;
    }
    if (is_tar(path)) {
        unpack_tar(path, false, to);
        refuse_packed_image(path, to.tree);
        return ImageKind::tar;
    }
    if (const std::string_view kind = other_kind(head); !kind.empty())
        fail(exit_unusable, "check", path, kind, "mount or unpack it first, and give the directory");
    const std::string beginning = beginning_of(path, to.progress);
    if (!may_be_initramfs(beginning)) no_image(path);
    unpack_initramfs(beginning.empty() ? "" : read_host_file(path), to);
    return ImageKind::initramfs;
}

OpenImage open_image(const std::string& path) {
    OpenImage image;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) fail_errno("open image", path, "check the path and its permissions");
    Unpacking to{path, {}};
    if (S_ISDIR(status.st_mode)) {
        image.tree = std::make_unique<Roots>(Strings{path});
        if (!image.tree->at("/oci-layout")) return image;
        if (!image.tree->at("/index.json"))
            fail(exit_files, "check", path, "an OCI image layout without index.json, not made to its end",
                 "build it again");
        image.kind = ImageKind::oci;
        unpack_oci(path, to, image.started);
    } else if (!S_ISREG(status.st_mode)) {
        fail(exit_unusable, "check", path, "neither directory nor file", "mount a device, and give the directory");
    } else {
        image.kind = unpack_file(path, to);
    }
    to.tree["/"] = std::move(to.root);
    image.tree = std::make_unique<Roots>(path, std::move(to.tree));
    return image;
}

}  // namespace image
