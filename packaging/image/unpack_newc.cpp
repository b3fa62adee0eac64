// Linux' initramfs: Documentation/driver-api/early-userspace/buffer-format.rst of its source.
#include <array>
#include <charconv>
#include <map>
#include <sys/sysmacros.h>
#include <tuple>
#include <utility>

#include "packaging/image/failure.hpp"
#include "packaging/image/unpack.hpp"

namespace image {
namespace {

constexpr std::size_t magic_size = 6;
constexpr std::size_t digits = 8;
constexpr std::size_t fields = 13;
constexpr std::size_t header_size = magic_size + fields * digits;

enum Field : std::uint8_t { inode, mode, uid, gid, links, time, size, major, minor, rmajor, rminor, name_size };

class Reader {
public:
    Reader(std::string_view bytes, Unpacking& to) : bytes_(bytes), to_(to) {}

    // Reads one archive that begins at; returns where the next one may begin.
    std::size_t read(std::size_t at) {
        begin_ = at;
        while (true) {
            at = read_header(at);
            const std::string name(take(at, head_[name_size] == 0 ? 0 : head_[name_size] - 1));
            at = aligned(at + head_[name_size]);
            if (name == "TRAILER!!!") return at;
            put(name, take(at, head_[size]));
            at = aligned(at + head_[size]);
        }
    }

private:
    [[noreturn]] void damaged() const {
        fail(exit_files, "unpack", to_.name, "it breaks off, or is damaged", "get a whole copy of it");
    }
    std::size_t aligned(std::size_t at) const { return begin_ + (at - begin_ + 3) / 4 * 4; }
    std::string_view take(std::size_t at, std::size_t length) const {
        if (at > bytes_.size() || length > bytes_.size() - at) damaged();
        return bytes_.substr(at, length);
    }

    std::size_t read_header(std::size_t at) {
        const std::string_view head = take(at, header_size);
        if (!head.starts_with("07070")) damaged();
        for (std::size_t index = 0; index < fields; ++index) {
            const char* first = head.data() + magic_size + index * digits;
            if (std::from_chars(first, first + digits, head_[index], 16).ptr != first + digits) damaged();
        }
        return at + header_size;
    }

    void put(const std::string& name, std::string_view bytes) {
        Found found;
        found.status.st_mode = head_[mode];
        found.status.st_uid = head_[uid];
        found.status.st_gid = head_[gid];
        found.status.st_size = head_[size];
        if (S_ISLNK(head_[mode])) found.target = bytes;
        found.status.st_ino = head_[inode];
        found.status.st_nlink = head_[links];
        found.status.st_rdev = ::makedev(head_[rmajor], head_[rminor]);
        if (S_ISREG(head_[mode])) found.bytes = shared(bytes);
        to_.put(name, std::move(found));
    }

    // Of several links to one file, only one has its bytes.
    std::shared_ptr<const Held> shared(std::string_view bytes) {
        if (head_[links] < 2) return std::make_shared<Held>(std::string(bytes));
        std::shared_ptr<Held>& file = files_[{head_[major], head_[minor], head_[inode]}];
        if (!file) file = std::make_shared<Held>();
        if (!bytes.empty()) file->assign(bytes);
        return file;
    }

    std::string_view bytes_;
    Unpacking& to_;
    std::size_t begin_ = 0;
    std::array<std::uint32_t, fields> head_{};
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::shared_ptr<Held>> files_;
};

}  // namespace

void unpack_initramfs(std::string_view bytes, Unpacking& to) {
    std::size_t at = 0;
    while ((at = bytes.find_first_not_of('\0', at)) != std::string::npos) {
        if (bytes.substr(at).starts_with("07070")) {
            at = Reader(bytes, to).read(at);
            continue;
        }
        std::size_t used = 0;
        const std::string inner = decompressed(bytes.substr(at), to.name, used);
        if (used == 0) return;
        at += used;
        unpack_initramfs(inner, to);
    }
    if (to.tree.empty())
        fail(exit_unusable, "check", to.name, "there is nothing in it", "give a root directory or an image of mvimage");
}

}  // namespace image
