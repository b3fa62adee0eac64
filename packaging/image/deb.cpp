#include "packaging/image/deb.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <memory>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "packaging/image/failure.hpp"
#include "packaging/image/paths.hpp"

namespace image {
namespace {

constexpr std::size_t piece = 1 << 16;

using Reader = std::unique_ptr<archive, int (*)(archive*)>;

[[noreturn]] void damaged(const std::string& file, archive* from) {
    const char* why = from == nullptr ? nullptr : archive_error_string(from);
    fail(exit_incomplete, "unpack", file, why == nullptr ? "it is no Debian package" : why,
         "remove it; is the disk full?");
}

// What the inner archive is read from: an entry of the outer one.
struct Member {
    archive* outer;
    std::vector<char> buffer = std::vector<char>(piece);
};

la_ssize_t read_member(archive* inner, void* object, const void** bytes) {
    auto* member = static_cast<Member*>(object);
    *bytes = member->buffer.data();
    const la_ssize_t length = archive_read_data(member->outer, member->buffer.data(), member->buffer.size());
    if (length < 0) archive_set_error(inner, EIO, "%s", archive_error_string(member->outer));
    return length;
}

// "./usr/bin/x", below directory; "" of the root itself. What leads out of it by ".." libarchive refuses.
std::string place_of(const char* name, const std::string& directory) {
    std::string_view path(name == nullptr ? "" : name);
    while (path.starts_with("./") || path.starts_with("/")) path.remove_prefix(path.starts_with("/") ? 1 : 2);
    if (path.empty() || path == ".") return {};
    return join(directory, path);
}

// Owned by who unpacks it: libarchive drops setuid bits otherwise, and the image is root's in any case.
bool prepare(archive_entry* entry, const std::string& directory) {
    const std::string path = place_of(archive_entry_pathname(entry), directory);
    const auto kind = archive_entry_filetype(entry);
    const char* link = archive_entry_hardlink(entry);
    if (path.empty() || (link == nullptr && kind != AE_IFREG && kind != AE_IFDIR && kind != AE_IFLNK)) return false;
    if (link != nullptr) archive_entry_set_hardlink(entry, place_of(link, directory).c_str());
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_uid(entry, ::geteuid());
    archive_entry_set_gid(entry, ::getegid());
    return true;
}

void copy_data(archive* from, archive* to, const std::string& file, Progress& progress) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    int status = 0;
    while ((status = archive_read_data_block(from, &bytes, &size, &offset)) == ARCHIVE_OK) {
        if (archive_write_data_block(to, bytes, size, offset) < ARCHIVE_OK) damaged(file, to);
        progress.add(size);
    }
    if (status != ARCHIVE_EOF) damaged(file, from);
}

void unpack_tar(archive* from, const std::string& file, const std::string& directory, Progress& progress) {
    const Reader to(archive_write_disk_new(), archive_write_free);
    archive_write_disk_set_options(
        to.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_SYMLINKS);
    archive_entry* entry = nullptr;
    int status = 0;
    while ((status = archive_read_next_header(from, &entry)) == ARCHIVE_OK) {
        if (!prepare(entry, directory)) continue;
        if (archive_write_header(to.get(), entry) != ARCHIVE_OK) damaged(file, to.get());
        copy_data(from, to.get(), file, progress);
        if (archive_write_finish_entry(to.get()) != ARCHIVE_OK) damaged(file, to.get());
    }
    if (status != ARCHIVE_EOF) damaged(file, from);
    if (archive_write_close(to.get()) != ARCHIVE_OK) damaged(file, to.get());
}

}  // namespace

void unpack_deb(const std::string& file, const std::string& directory, Progress& progress) {
    const Reader outer(archive_read_new(), archive_read_free);
    archive_read_support_format_ar(outer.get());
    if (archive_read_open_filename(outer.get(), file.c_str(), piece) != ARCHIVE_OK) damaged(file, outer.get());
    archive_entry* entry = nullptr;
    while (archive_read_next_header(outer.get(), &entry) == ARCHIVE_OK) {
        if (!std::string_view(archive_entry_pathname(entry)).starts_with("data.tar")) continue;
        Member member{outer.get()};
        const Reader inner(archive_read_new(), archive_read_free);
        archive_read_support_filter_all(inner.get());
        archive_read_support_format_tar(inner.get());
        if (archive_read_open(inner.get(), &member, nullptr, read_member, nullptr) != ARCHIVE_OK)
            damaged(file, inner.get());
        return unpack_tar(inner.get(), file, directory, progress);
    }
    damaged(file, archive_errno(outer.get()) == 0 ? nullptr : outer.get());
}

}  // namespace image
