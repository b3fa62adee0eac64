// A file that never grows beyond its limit: full ones become FILE.1, FILE.2 ..., and no line is split between two of
// them unless it is longer than the limit itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "plumb/posix.hpp"

namespace init {

class RotatedFile {
public:
    // limit: bytes, 0: none. kept: how many full ones.
    RotatedFile(std::string path, std::uint64_t limit, std::uint32_t kept)
        : path_(std::move(path)), limit_(limit), kept_(kept) {}

    // Opens or makes the file, its directory too, and goes on at its end. 0 or errno. What is there and is no regular
    // file (a FIFO, a device) is opened so that it never blocks, and not rotated.
    int open();
    bool is_open() const { return file_.valid(); }
    bool is_regular() const { return regular_; }
    int descriptor() const { return file_.get(); }
    void close() { file_ = {}; }

    // Both write what fits into the current file, after beginning a new one where nothing does. The number of bytes, or
    // -1 and errno. move_from takes them from a pipe, with splice(2).
    ssize_t write(std::string_view bytes);
    ssize_t move_from(int pipe, std::size_t most);

private:
    std::uint64_t room();
    int rotate();
    int begin_next(std::uint64_t line_begin);
    std::uint64_t find_line_begin() const;

    std::string path_;
    std::uint64_t limit_;
    std::uint32_t kept_;
    std::uint64_t size_ = 0;
    plumb::Descriptor file_;
    bool regular_ = true;
};

}  // namespace init
