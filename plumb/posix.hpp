// Small things that the systems of both platforms are built from: descriptors, errors from errno, time left, paths.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "plumb/error.hpp"
#include "plumb/system.hpp"

namespace plumb {

// Owns a file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
    int get() const { return number_; }
    bool valid() const { return number_ >= 0; }
    int release();

private:
    int number_ = -1;
};

// A file mapped for reading, so that a large one never reaches the heap.
class MappedFile {
public:
    explicit MappedFile(const std::string& path);
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();
    bool valid() const { return error_ == 0; }
    int error() const { return error_; }  // errno of what went wrong
    std::string_view text() const { return {static_cast<const char*>(start_), size_}; }

private:
    void* start_ = nullptr;
    std::size_t size_ = 0;
    int error_ = 0;
};

// A point in monotonic time, for poll(2).
class Until {
public:
    explicit Until(Deadline from_now);
    int milliseconds_left() const;  // 0 when it has passed

private:
    std::int64_t end_;
};

std::int64_t monotonic_milliseconds();

// Page-aligned memory of the stack below a function's frame that its callees have left: a quarter of a megabyte, less a
// page for what that function calls itself.
struct Pages {
    char* start;
    std::size_t size;
};
Pages stack_below(void* frame);

// Another description of what descriptor is open on, by /proc, close-on-exec; -1: it cannot be had.
int open_again(int descriptor, int flags);

// The target of a symbolic link, "" where there is none.
std::string link_target(const std::string& path);

bool is_directory(const std::string& path);

// Makes path and its parents; what is a directory already is success.
Result<void> make_directories(const std::string& path, std::uint32_t mode);

// The same for the directory that path is to be created in.
Result<void> make_parents(const std::string& path);

std::string_view directory_of(std::string_view path);  // "/" for "/x", "." for "x"
std::string_view base_name(std::string_view path);

}  // namespace plumb
