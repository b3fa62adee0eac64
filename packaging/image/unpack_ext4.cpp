// An ext2, ext3 or ext4 file system in a file, by libext2fs: nobody has to mount it, nor to be root.
#include <algorithm>
#include <ext2fs/ext2fs.h>
#include <map>
#include <set>
#include <utility>

#include "packaging/image/failure.hpp"
#include "packaging/image/unpack.hpp"

namespace image {
namespace {

constexpr std::size_t piece = 1 << 16;
constexpr unsigned id_bits = 16;

class Disk {
public:
    Disk(std::string path, Unpacking& to) : path_(std::move(path)), to_(to) {
        ::add_error_table(&et_ext2_error_table);
        check(ext2fs_open2(path_.c_str(), "", EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs_), "open");
    }
    ~Disk() {
        if (fs_ != nullptr) ext2fs_free(fs_);
    }
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    void read() {
        if (ext2fs_has_feature_journal_needs_recovery(fs_->super) != 0)
            fail(exit_files, "read", path_, "it was not unmounted, and changes are in its journal alone",
                 "have 'e2fsck -p' write them where they belong");
        entry(EXT2_ROOT_INO, "/");
        if (directories_.empty()) damaged("/", "it is no directory");
    }

private:
    struct Name {
        std::string text;
        ext2_ino_t inode;
    };

    void check(errcode_t error, std::string_view operation, const std::string& place = "") const {
        if (error == EXT2_ET_UNSUPP_FEATURE)
            fail(exit_files, operation, path_, ::error_message(error), "mount it, and give the directory");
        if (error != 0)
            fail(exit_files, operation, path_ + (place.empty() ? "" : ": " + place), ::error_message(error),
                 "get a whole copy of it, or have 'e2fsck -f' repair one");
    }

    [[noreturn]] void damaged(const std::string& place, std::string_view what) const {
        fail(exit_files, "read", path_ + ": " + place, what, "get a whole copy of it, or have 'e2fsck -f' repair one");
    }

    // Called by C code, through which no exception passes: names are small, and memory is there for them.
    static int take_name(ext2_dir_entry* entry, int /*offset*/, int /*block*/, char* /*buffer*/,
                         void* object) noexcept {
        const std::string name(static_cast<const char*>(entry->name),
                               static_cast<std::size_t>(ext2fs_dirent_name_len(entry)));
        if (name != "." && name != "..") static_cast<std::vector<Name>*>(object)->push_back({name, entry->inode});
        return 0;
    }

    void directory(ext2_ino_t number, const std::string& path) {
        if (!directories_.insert(number).second) damaged(path, "a directory is in itself, or in two");
        std::vector<Name> names;
        check(ext2fs_dir_iterate(fs_, number, 0, nullptr, take_name, &names), "read directory", path);
        for (const Name& each : names) {
            if (each.text.empty() || each.text.find('/') != std::string::npos)
                damaged(join(path, each.text), "a name in it is none");
            entry(each.inode, join(path, each.text));
        }
    }

    void entry(ext2_ino_t number, const std::string& path) {
        ext2_inode_large inode{};
        check(ext2fs_read_inode_full(fs_, number, reinterpret_cast<ext2_inode*>(&inode), sizeof inode), "read", path);
        auto* small = reinterpret_cast<ext2_inode*>(&inode);
        if (inode.i_mode == 0) damaged(path, "nothing is where it leads to");
        Found found;
        found.status.st_ino = number;
        found.status.st_nlink = inode.i_links_count;
        found.status.st_mode = inode.i_mode;
        found.status.st_uid = static_cast<uid_t>(inode.i_uid | inode.osd2.linux2.l_i_uid_high << id_bits);
        found.status.st_gid = static_cast<gid_t>(inode.i_gid | inode.osd2.linux2.l_i_gid_high << id_bits);
        found.status.st_size = static_cast<off_t>(EXT2_I_SIZE(small));
        if (S_ISLNK(inode.i_mode)) found.target = target(number, *small, path);
        if (S_ISREG(inode.i_mode)) found.bytes = shared(number, *small, path);
        to_.put(path, std::move(found));
        if (S_ISDIR(inode.i_mode)) directory(number, path);
    }

    std::string target(ext2_ino_t number, ext2_inode& inode, const std::string& path) {
        if (EXT2_I_SIZE(&inode) > fs_->blocksize) damaged(path, "a symbolic link is too long");
        if (ext2fs_is_fast_symlink(&inode) != 0)
            return {reinterpret_cast<const char*>(inode.i_block),
                    std::min<std::size_t>(EXT2_I_SIZE(&inode), sizeof inode.i_block)};
        return std::string(contents(number, inode, path)->view());
    }

    // Of several links to one file, there is one copy.
    std::shared_ptr<const Held> shared(ext2_ino_t number, const ext2_inode& inode, const std::string& path) {
        if (inode.i_links_count < 2) return contents(number, inode, path);
        auto& file = files_[number];
        if (!file) file = contents(number, inode, path);
        return file;
    }

    // No further than the whole file system is large: what is beyond can but be a hole.
    std::shared_ptr<const Held> contents(ext2_ino_t number, const ext2_inode& inode, const std::string& path) {
        const std::uint64_t whole = ext2fs_blocks_count(fs_->super) * fs_->blocksize;
        const std::uint64_t size = std::min<std::uint64_t>(EXT2_I_SIZE(&inode), whole);
        auto bytes = std::make_shared<Held>(size, path_ + ": " + path);
        ext2_file_t file = nullptr;
        check(ext2fs_file_open(fs_, number, 0, &file), "open", path);
        std::vector<char> buffer(piece);
        errcode_t error = 0;
        std::uint64_t at = 0;
        for (unsigned length = 1; error == 0 && length > 0 && at < size; at += length) {
            const auto wanted = static_cast<unsigned>(std::min<std::uint64_t>(size - at, buffer.size()));
            error = ext2fs_file_read(file, buffer.data(), wanted, &length);
            if (error == 0) bytes->put(at, {buffer.data(), length});
            to_.progress.add(0);  // it is counted when it is whole
        }
        ext2fs_file_close(file);
        check(error, "read", path);
        return bytes;
    }

    std::string path_;
    Unpacking& to_;
    ext2_filsys fs_ = nullptr;
    std::set<ext2_ino_t> directories_;
    std::map<ext2_ino_t, std::shared_ptr<const Held>> files_;  // that have several links
};

}  // namespace

void unpack_ext4(const std::string& path, Unpacking& to) {
    Disk(path, to).read();
}

}  // namespace image
