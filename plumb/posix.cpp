#include "plumb/posix.hpp"

#include <climits>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plumb/concat.hpp"

namespace plumb {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (number_ >= 0) ::close(number_);
        number_ = other.release();
    }
    return *this;
}

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

int Descriptor::release() {
    const int number = number_;
    number_ = -1;
    return number;
}

MappedFile::MappedFile(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) {
        error_ = errno;
        return;
    }
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ == 0) return;  // mmap refuses a length of 0
    start_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start_ != MAP_FAILED) return;
    error_ = errno;
    start_ = nullptr;
    size_ = 0;
}

MappedFile::~MappedFile() {
    if (start_ != nullptr) ::munmap(start_, size_);
}

std::int64_t monotonic_milliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

int open_again(int descriptor, int flags) {
    const std::string path = fill("/proc/self/fd/%", {std::to_string(descriptor)});
    return ::open(path.c_str(), flags | O_CLOEXEC);
}

Pages stack_below(void* frame) {
    constexpr std::uintptr_t page = 4096;
    constexpr std::uintptr_t margin = page;
    constexpr std::uintptr_t most = 64 * page;
    char* const here = static_cast<char*>(frame);
    char* const end = here - reinterpret_cast<std::uintptr_t>(here) % page - margin;
    return {end - most, most};
}

Until::Until(Deadline from_now) : end_(monotonic_milliseconds() + from_now.count()) {}

int Until::milliseconds_left() const {
    const std::int64_t left = end_ - monotonic_milliseconds();
    if (left <= 0) return 0;
    return left > INT_MAX ? INT_MAX : static_cast<int>(left);
}

std::string link_target(const std::string& path) {
    char target[PATH_MAX];
    const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
    return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

bool is_directory(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string_view directory_of(std::string_view path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string_view::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.find_last_of('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

namespace {

std::string mkdir_remedy(const std::string& part, int error) {
    if (error == EROFS)
        return "the file system is read-only: put the directory in the image, or mount a tmpfs above it";
    if (error == EEXIST) return concat({part, " is there and is no directory"});
    return {};
}

// 0 or errno; a directory that is there is what we want.
int make_one_directory(const std::string& part, std::uint32_t mode) {
    if (::mkdir(part.c_str(), mode) == 0) return 0;
    const int error = errno;
    return is_directory(part) ? 0 : error;
}

}  // namespace

Result<void> make_directories(const std::string& path, std::uint32_t mode) {
    if (is_directory(path)) return {};
    for (std::size_t at = 1; at <= path.size(); ++at) {
        if (at < path.size() && path[at] != '/') continue;
        const std::string part = path.substr(0, at);
        const int error = make_one_directory(part, at < path.size() ? 0755 : mode);
        if (error != 0) return Error{"make directory", path, error, "", mkdir_remedy(part, error)};
    }
    // The umask of whoever started us is not part of the plan.
    if (::chmod(path.c_str(), mode) != 0) return Error{"set mode of directory", path, errno};
    return {};
}

Result<void> make_parents(const std::string& path) {
    return make_directories(std::string(directory_of(path)), 0755);
}

}  // namespace plumb
