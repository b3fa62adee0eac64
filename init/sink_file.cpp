#include "init/sink_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/sink_text.hpp"
#include "plumb/log_io.hpp"

namespace init {
namespace {

constexpr std::size_t block = 4096;

// The part [from, to) of one file, appended to another. 0 or errno.
int copy_part(int source, std::uint64_t from, std::uint64_t to, int target) {
    std::array<char, block> piece;
    while (from < to) {
        const ssize_t got =
            pread(source, piece.data(), std::min<std::uint64_t>(block, to - from), static_cast<off_t>(from));
        if (got <= 0) return got < 0 ? errno : EIO;
        const ssize_t done = ::write(target, piece.data(), static_cast<std::size_t>(got));
        if (done != got) return done < 0 ? errno : ENOSPC;
        from += static_cast<std::uint64_t>(got);
    }
    return 0;
}

// "FILE.1"; 0: FILE itself. One that is cut is too long for the kernel, too.
struct Name {
    Name(std::string_view path, std::uint64_t number) {
        TextEnd out{text, text + sizeof text - 1};
        out << path;
        if (number != 0) out << "." << number;
        *out.at = '\0';
    }
    char text[PATH_MAX + 16];
};

}  // namespace

int RotatedFile::open() {
    struct stat found {};
    regular_ = stat(path_.c_str(), &found) != 0 || S_ISREG(found.st_mode);
    if (const auto made = plumb::make_parents(path_); !made)
        return made.error().error == EEXIST ? ENOTDIR : made.error().error;
    // Read as well: where the last line begins is looked up at its end. Not O_APPEND, to which splice(2) does not go.
    const int flags = regular_ ? O_RDWR | O_CREAT : O_WRONLY | O_NONBLOCK;
    file_ = plumb::Descriptor(::open(path_.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0640));
    if (!file_.valid()) return errno;
    const off_t end = regular_ ? lseek(file_.get(), 0, SEEK_END) : 0;
    size_ = end > 0 ? static_cast<std::uint64_t>(end) : 0;
    return 0;
}

// Where the last line, which may lack its end, begins: the size where it has it, 0 where the file is one line.
std::uint64_t RotatedFile::find_line_begin() const {
    std::array<char, block> piece;
    for (std::uint64_t end = size_; end > 0;) {
        const std::uint64_t from = end > block ? end - block : 0;
        const ssize_t got = pread(file_.get(), piece.data(), end - from, static_cast<off_t>(from));
        for (ssize_t at = got; at-- > 0;)
            if (piece[static_cast<std::size_t>(at)] == '\n') return from + static_cast<std::uint64_t>(at) + 1;
        if (got <= 0) return size_;
        end = from;
    }
    return 0;
}

// The line that has begun in the full file, but does not end there, is moved to the new one. Nothing is forgotten in
// between: what the new file has, the old one has too until it was written.
int RotatedFile::begin_next(std::uint64_t line_begin) {
    plumb::Descriptor old = std::move(file_);
    file_ = plumb::Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0640));
    if (!file_.valid()) return errno;
    const std::uint64_t moved = size_ - line_begin;
    size_ = 0;
    if (moved == 0) return 0;
    if (const int error = copy_part(old.get(), line_begin, line_begin + moved, file_.get())) {
        // It stays where it was, in two parts then.
        if (ftruncate(file_.get(), 0) != 0 || lseek(file_.get(), 0, SEEK_SET) != 0) return errno;
        return error;
    }
    size_ = moved;
    return ftruncate(old.get(), static_cast<off_t>(line_begin)) != 0 ? errno : 0;
}

int RotatedFile::rotate() {
    std::uint64_t line_begin = find_line_begin();
    // A line as long as the limit is split: there is no file that takes all of it.
    if (line_begin == 0 || size_ - line_begin >= limit_) line_begin = size_;
    for (std::uint32_t number = kept_; number > 0; --number)
        if (rename(Name(path_, number - 1).text, Name(path_, number).text) != 0 && errno != ENOENT) return errno;
    if (kept_ == 0 && unlink(path_.c_str()) != 0 && errno != ENOENT) return errno;
    return begin_next(line_begin);
}

std::uint64_t RotatedFile::room() {
    if (limit_ == 0 || !regular_) return UINT64_MAX;
    if (size_ >= limit_) {
        errno = rotate();
        if (errno != 0) return 0;
    }
    return limit_ - size_;
}

ssize_t RotatedFile::write(std::string_view bytes) {
    const std::uint64_t room_left = room();
    if (room_left == 0) return -1;
    const ssize_t done = ::write(file_.get(), bytes.data(), std::min<std::uint64_t>(bytes.size(), room_left));
    if (done > 0) size_ += static_cast<std::uint64_t>(done);
    return done;
}

ssize_t RotatedFile::move_from(int pipe, std::size_t most) {
    const std::uint64_t room_left = room();
    if (room_left == 0) return -1;
    const ssize_t done = plumb::move_bytes(pipe, file_.get(), std::min<std::uint64_t>(most, room_left));
    if (done > 0) size_ += static_cast<std::uint64_t>(done);
    return done;
}

}  // namespace init
