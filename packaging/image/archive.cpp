#include "packaging/image/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <map>
#include <memory>
#include <vector>

#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr std::size_t piece = 1 << 16;
constexpr int told_by_sink = -100;  // no errno, and none of libarchive's own numbers

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

void check(archive* to, int status, std::string_view operation, std::string_view object) {
    if (status >= ARCHIVE_WARN) return;
    const char* why = archive_error_string(to);
    if (archive_errno(to) == told_by_sink) throw Failure(exit_files, why);
    fail(exit_files, operation, object, why == nullptr ? "libarchive cannot" : why,
         "check the file and the memory left");
}

la_ssize_t pass_on(archive* from, void* object, const void* bytes, std::size_t size) {
    try {
        static_cast<Sink*>(object)->write({static_cast<const char*>(bytes), size});
    } catch (const Failure& failure) {
        // Through C code no exception passes.
        archive_set_error(from, told_by_sink, "%s", failure.what());
        return -1;
    }
    return static_cast<la_ssize_t>(size);
}

void choose_filter(archive* to, conf::Compression compression) {
    if (compression == conf::Compression::gzip) {
        check(to, archive_write_add_filter_gzip(to), "compress with", "gzip");
        // Neither name nor time in the header.
        check(to, archive_write_set_filter_option(to, "gzip", "timestamp", nullptr), "compress with", "gzip");
        check(to, archive_write_set_filter_option(to, "gzip", "compression-level", "6"), "compress with", "gzip");
    } else if (compression == conf::Compression::zstd) {
        check(to, archive_write_add_filter_zstd(to), "compress with", "zstd");
        check(to, archive_write_set_filter_option(to, "zstd", "compression-level", "6"), "compress with", "zstd");
    }
}

// How many names each file has that has several, by the first of them; which entry is the last one.
struct Names {
    unsigned count = 1;
    const std::string* last = nullptr;
};
using Linked = std::map<std::string, Names>;

Linked linked_files(const Contents& contents) {
    Linked all;
    for (const auto& [path, entry] : contents.entries()) {
        if (entry.link.empty()) continue;
        Names& names = all[entry.link];
        ++names.count;
        names.last = &path;
    }
    return all;
}

void set_kind(archive_entry* head, const Entry& entry, Format format) {
    archive_entry_set_perm(head, static_cast<mode_t>(entry.mode));
    archive_entry_set_size(head, entry.kind == Kind::file ? static_cast<la_int64_t>(entry.size) : 0);
    switch (entry.kind) {
        case Kind::directory:
            archive_entry_set_filetype(head, AE_IFDIR);
            break;
        case Kind::file:
            archive_entry_set_filetype(head, AE_IFREG);
            break;
        case Kind::symlink:
            archive_entry_set_filetype(head, AE_IFLNK);
            archive_entry_set_symlink(head, entry.target.c_str());
            if (format == Format::newc) archive_entry_set_size(head, static_cast<la_int64_t>(entry.target.size()));
            break;
        case Kind::device:
            archive_entry_set_filetype(head, AE_IFCHR);
            archive_entry_set_rdevmajor(head, entry.major);
            archive_entry_set_rdevminor(head, entry.minor);
            break;
    }
}

void write_bytes(archive* to, const std::string& path, std::string_view bytes, Progress& progress) {
    if (!bytes.empty() && archive_write_data(to, bytes.data(), bytes.size()) < 0)
        check(to, ARCHIVE_FATAL, "write entry", path);
    progress.add(bytes.size());
}

// tar: the first name has the bytes, the others tell it. newc: all have one inode, and the last one its bytes, as
// cpio(1) has it.
bool set_link(archive_entry* head, const std::string& path, const Entry& entry, Format format, const Linked& linked) {
    if (format == Format::tar) {
        if (!entry.link.empty()) archive_entry_set_hardlink(head, entry.link.substr(1).c_str());
        return entry.link.empty();
    }
    const auto names = linked.find(entry.link.empty() ? path : entry.link);
    if (names == linked.end()) return true;
    archive_entry_set_nlink(head, names->second.count);
    if (*names->second.last == path) return true;
    archive_entry_set_size(head, 0);
    return false;
}

void write_file(archive* to, const std::string& path, const Entry& entry, Progress& progress) {
    read_entry(entry, [&](std::string_view bytes) { write_bytes(to, path, bytes, progress); });
}

Archive open_raw() {
    Archive from(archive_read_new(), archive_read_free);
    for (const auto& support :
         {archive_read_support_filter_xz, archive_read_support_filter_zstd, archive_read_support_filter_gzip,
          archive_read_support_filter_lz4, archive_read_support_filter_lzma, archive_read_support_filter_bzip2,
          archive_read_support_format_raw})
        support(from.get());
    return from;
}

std::string read_raw(archive* from, const std::string& name) {
    archive_entry* entry = nullptr;
    check(from, archive_read_next_header(from, &entry), "decompress", name);
    std::string bytes;
    std::vector<char> buffer(piece);
    la_ssize_t length = 0;
    while ((length = archive_read_data(from, buffer.data(), buffer.size())) > 0)
        bytes.append(buffer.data(), static_cast<std::size_t>(length));
    if (length < 0) check(from, ARCHIVE_FATAL, "decompress", name);
    return bytes;
}

}  // namespace

void write_archive(const Contents& contents, Format format, conf::Compression compression, std::int64_t time,
                   Progress& progress, Sink& sink) {
    const Archive to(archive_write_new(), archive_write_free);
    if (format == Format::newc) {
        check(to.get(), archive_write_set_format_cpio_newc(to.get()), "write", "newc");
        archive_write_set_bytes_in_last_block(to.get(), 1);
    } else {
        check(to.get(), archive_write_set_format_pax_restricted(to.get()), "write", "tar");
        archive_write_set_bytes_in_last_block(to.get(), 1);
    }
    choose_filter(to.get(), compression);
    check(to.get(), archive_write_open(to.get(), &sink, nullptr, pass_on, nullptr), "write", "archive");
    const Linked linked = linked_files(contents);
    std::map<std::string, la_int64_t> numbers;  // of files with several names
    la_int64_t last = 0;
    for (const auto& [path, entry] : contents.entries()) {
        const std::unique_ptr<archive_entry, void (*)(archive_entry*)> head(archive_entry_new(), archive_entry_free);
        archive_entry_set_pathname(head.get(), path.substr(1).c_str());
        ++last;
        archive_entry_set_ino64(head.get(), entry.link.empty() ? last : numbers[entry.link]);
        if (linked.contains(path)) numbers[path] = last;
        archive_entry_set_nlink(head.get(), 1);
        archive_entry_set_mtime(head.get(), time, 0);
        set_kind(head.get(), entry, format);
        const bool has_data = entry.kind == Kind::file && set_link(head.get(), path, entry, format, linked);
        check(to.get(), archive_write_header(to.get(), head.get()), "write entry", path);
        if (has_data) write_file(to.get(), path, entry, progress);
    }
    check(to.get(), archive_write_close(to.get()), "write", "archive");
}

std::string read_unpacked(const std::string& path) {
    const Archive from = open_raw();
    check(from.get(), archive_read_open_filename(from.get(), path.c_str(), piece), "open", path);
    return read_raw(from.get(), path);
}

std::string unpack(std::string_view bytes, const std::string& name) {
    const Archive from = open_raw();
    check(from.get(), archive_read_open_memory(from.get(), bytes.data(), bytes.size()), "open", name);
    return read_raw(from.get(), name);
}

std::string_view compression_name(conf::Compression compression) {
    switch (compression) {
        case conf::Compression::zstd:
            return "zstd";
        case conf::Compression::gzip:
            return "gzip";
        default:
            return "none";
    }
}

}  // namespace image
