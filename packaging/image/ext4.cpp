#include <algorithm>
#include <ext2fs/ext2fs.h>
#include <map>
#include <memory>
#include <string>

#include "packaging/image/failure.hpp"
#include "packaging/image/file_system.hpp"
#include "packaging/image/program.hpp"

namespace image {
namespace {

// By name, as later versions of mke2fs have others by default.
constexpr const char* features =
    "none,has_journal,ext_attr,filetype,extent,64bit,flex_bg,sparse_super,large_file,"
    "huge_file,dir_nlink,extra_isize,metadata_csum";
constexpr std::uint64_t block = 4096;
constexpr std::uint64_t inode_bytes = 256;
constexpr std::uint64_t journal_mebibytes = 4;
constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t least_free = 16 * mebibyte;
constexpr std::uint64_t least_inodes = 1024;

std::uint64_t blocks_of(std::uint64_t bytes) {
    return (bytes + block - 1) / block;
}

// With a quarter more than there is, and 16 MiB, for what the machine writes.
std::uint64_t mebibytes_for(const Contents& contents, std::uint64_t inodes) {
    std::uint64_t blocks = blocks_of(inodes * inode_bytes) + journal_mebibytes * mebibyte / block;
    for (const auto& [path, entry] : contents.entries())
        blocks += has_bytes(entry) ? blocks_of(entry.size) : 1 + base_of(path).size() / 64;
    const std::uint64_t bytes = blocks * block;
    return (bytes + bytes / 4 + least_free + mebibyte - 1) / mebibyte;
}

// The form of an UUID of one's own making (version 8).
std::string uuid_of(std::string_view identity) {
    Sink hash("");
    hash.write(identity);
    std::string text = hash.sha256().substr(0, 32);
    text[12] = '8';
    text[16] = 'a';
    for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
    return text;
}

void make_empty(const std::string& path, const FileSystem& what, std::string_view identity, std::int64_t time) {
    const std::uint64_t inodes = what.contents.entries().size() * 3 / 2 + least_inodes;
    const std::string uuid = uuid_of(identity);
    // Without the machine's mke2fs.conf.
    Program program({"mke2fs",
                     "-q",
                     "-F",
                     "-b",
                     std::to_string(block),
                     "-I",
                     std::to_string(inode_bytes),
                     "-N",
                     std::to_string(inodes),
                     "-m",
                     "0",
                     "-U",
                     uuid,
                     "-J",
                     "size=" + std::to_string(journal_mebibytes),
                     "-O",
                     features,
                     "-E",
                     "hash_seed=" + uuid + ",root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard",
                     path,
                     std::to_string(mebibytes_for(what.contents, inodes)) + "M"},
                    "e2fsprogs", {"MKE2FS_CONFIG=/nonexistent", "E2FSPROGS_FAKE_TIME=" + std::to_string(time)});
    Progress progress("making the file system", 0);
    program.finish([&progress] { progress.reach(0); });
}

// Puts entries into a file system that is there.
class Filler {
public:
    Filler(std::string path, std::int64_t time) : path_(std::move(path)) {
        ::add_error_table(&et_ext2_error_table);
        // With options, if none, a ? in the path is one of the path.
        check(ext2fs_open2(path_.c_str(), "", EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs_), "open",
              path_);
        fs_->now = time;
        check(ext2fs_read_bitmaps(fs_), "read", path_);
        inodes_["/"] = EXT2_ROOT_INO;
        finish(EXT2_ROOT_INO, LINUX_S_IFDIR | 0755);
    }
    ~Filler() {
        if (fs_ != nullptr) ext2fs_free(fs_);
    }
    Filler(const Filler&) = delete;
    Filler& operator=(const Filler&) = delete;

    void add(const std::string& path, const Entry& entry, Progress& progress) {
        const ext2_ino_t parent = inodes_.at(parent_of(path));
        const std::string name = base_of(path);
        switch (entry.kind) {
            case Kind::directory:
                grow(parent, path, [&] { return ext2fs_mkdir(fs_, parent, 0, name.c_str()); });
                finish(inodes_[path] = lookup(parent, path), LINUX_S_IFDIR | entry.mode);
                break;
            case Kind::symlink:
                grow(parent, path, [&] { return ext2fs_symlink(fs_, parent, 0, name.c_str(), entry.target.c_str()); });
                finish(lookup(parent, path), LINUX_S_IFLNK | 0777);
                break;
            case Kind::device:
                make(parent, path, LINUX_S_IFCHR | entry.mode, EXT2_FT_CHRDEV, entry.major << 8 | entry.minor);
                break;
            case Kind::file:
                if (!entry.link.empty()) return link(parent, path, files_.at(entry.link));
                write(make(parent, path, LINUX_S_IFREG | entry.mode, EXT2_FT_REG_FILE, 0), path, entry, progress);
                break;
        }
    }

    void close() { check(ext2fs_close_free(&fs_), "write", path_); }

private:
    static void check(errcode_t error, std::string_view operation, const std::string& object) {
        if (error != 0)
            fail(exit_files, operation, object, error_message(error), "check the directory and the space left");
    }

    // Runs work, once more with a block more for the directory where that is full.
    template <class Work>
    void grow(ext2_ino_t parent, const std::string& path, Work work) {
        errcode_t error = work();
        if (error == EXT2_ET_DIR_NO_SPACE) {
            check(ext2fs_expand_dir(fs_, parent), "make room for entry", path);
            error = work();
        }
        check(error, "write entry", path);
    }

    ext2_ino_t lookup(ext2_ino_t parent, const std::string& path) {
        const std::string name = base_of(path);
        ext2_ino_t found = 0;
        check(ext2fs_lookup(fs_, parent, name.c_str(), static_cast<int>(name.size()), nullptr, &found), "find", path);
        return found;
    }

    void stamp(ext2_inode& inode) const {
        inode.i_atime = inode.i_ctime = inode.i_mtime = static_cast<std::uint32_t>(fs_->now);
    }

    void finish(ext2_ino_t number, unsigned mode) {
        ext2_inode inode{};
        check(ext2fs_read_inode(fs_, number, &inode), "read", path_);
        inode.i_mode = static_cast<std::uint16_t>(mode);
        inode.i_uid = inode.i_gid = 0;
        stamp(inode);
        check(ext2fs_write_inode(fs_, number, &inode), "write", path_);
    }

    ext2_ino_t make(ext2_ino_t parent, const std::string& path, unsigned mode, int type, std::uint32_t device) {
        ext2_ino_t number = 0;
        check(ext2fs_new_inode(fs_, parent, static_cast<int>(mode), nullptr, &number), "make entry", path);
        grow(parent, path, [&] { return ext2fs_link(fs_, parent, base_of(path).c_str(), number, type); });
        ext2fs_inode_alloc_stats2(fs_, number, +1, 0);
        ext2_inode inode{};
        inode.i_mode = static_cast<std::uint16_t>(mode);
        inode.i_links_count = 1;
        stamp(inode);
        if (type == EXT2_FT_REG_FILE) {
            ext2_extent_handle_t extents = nullptr;
            check(ext2fs_extent_open2(fs_, number, &inode, &extents), "make entry", path);
            ext2fs_extent_free(extents);
        } else {
            inode.i_block[0] = device;
        }
        check(ext2fs_write_new_inode(fs_, number, &inode), "make entry", path);
        return number;
    }

    void link(ext2_ino_t parent, const std::string& path, ext2_ino_t number) {
        grow(parent, path, [&] { return ext2fs_link(fs_, parent, base_of(path).c_str(), number, EXT2_FT_REG_FILE); });
        ext2_inode inode{};
        check(ext2fs_read_inode(fs_, number, &inode), "read", path);
        ++inode.i_links_count;
        check(ext2fs_write_inode(fs_, number, &inode), "write", path);
    }

    void write(ext2_ino_t number, const std::string& path, const Entry& entry, Progress& progress) {
        ext2_file_t file = nullptr;
        check(ext2fs_file_open(fs_, number, EXT2_FILE_WRITE, &file), "open entry", path);
        std::unique_ptr<ext2_file, errcode_t (*)(ext2_file_t)> open(file, ext2fs_file_close);
        read_entry(entry, [&](std::string_view bytes) {
            unsigned written = 0;
            check(ext2fs_file_write(file, bytes.data(), static_cast<unsigned>(bytes.size()), &written), "write entry",
                  path);
            progress.add(bytes.size());
        });
        check(ext2fs_file_close(open.release()), "write entry", path);
        finish(number, LINUX_S_IFREG | entry.mode);
        if (entry.inode != 0) files_[path] = number;
    }

    std::string path_;
    ext2_filsys fs_ = nullptr;
    std::map<std::string, ext2_ino_t> inodes_;  // of directories
    std::map<std::string, ext2_ino_t> files_;   // that may have further names
};

}  // namespace

void write_ext4(const FileSystem& what, std::string_view identity, Sink& sink) {
    // To libext2fs 0 is no time, but says that it is to be looked up.
    const std::int64_t time = std::max<std::int64_t>(what.time, 1);
    make_empty(sink.temporary(), what, identity, time);
    Filler filler(sink.temporary(), time);
    for (const auto& [path, entry] : what.contents.entries()) filler.add(path, entry, what.progress);
    filler.close();
    sink.adopt();
}

}  // namespace image
