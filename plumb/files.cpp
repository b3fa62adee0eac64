#include "plumb/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return Error{"open", path, errno};
    std::string text;
    char piece[4096];
    for (;;) {
        const ssize_t count = ::read(file.get(), piece, sizeof piece);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Error{"read", path, errno};
        if (count == 0) return {boost::system::in_place_value, std::move(text)};  // an Error takes a string, too
        text.append(piece, static_cast<std::size_t>(count));
        if (text.size() > limit)
            return Error{"read", path, EFBIG, "", fill("at most % bytes", {std::to_string(limit)})};
    }
}

bool can_open(int count) {
    if (count == 0) return true;
    const Descriptor one(::open("/", O_RDONLY | O_CLOEXEC));
    return one.valid() && can_open(count - 1);
}

int write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

namespace {

bool is_kernel_file(std::string_view path) {
    return path.starts_with("/proc/") || path.starts_with("/sys/");
}

Error kernel_file_error(const std::string& path, int error) {
    const char* remedy = "";
    if (error == ENOENT) remedy = "this kernel has no such setting, or the module that brings it is not loaded";
    if (error == EINVAL || error == ERANGE) remedy = "the kernel does not take this value";
    if (error == EACCES || error == EPERM || error == EROFS) remedy = "it is read-only here (a container?)";
    return Error{"write", path, error, "", remedy};
}

Result<void> write_kernel_file(const std::string& path, const std::string& text) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.valid()) return kernel_file_error(path, errno);
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count < 0) return kernel_file_error(path, errno);
    if (static_cast<std::size_t>(count) == text.size()) return {};
    return Error{"write", path, 0, "the kernel took only a part of the text", ""};
}

// Where path leads in the end; a link that dangles is followed as well.
std::string follow_links(std::string path) {
    for (int depth = 0; depth < 16; ++depth) {
        const std::string target = link_target(path);
        if (target.empty()) break;
        path = target.front() == '/' ? target : concat({directory_of(path), "/", target});
    }
    return path;
}

// 0 or errno.
int replace_file(const std::string& path, const std::string& text) {
    const std::string temporary = concat({path, ".mvinit-new"});
    struct stat old {};
    const mode_t mode = ::stat(path.c_str(), &old) == 0 ? old.st_mode & 07777 : 0644;
    ::unlink(temporary.c_str());  // left by a run that was cut off
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return errno;
    int error = write_all(file.get(), text);
    if (error == 0 && ::fchmod(file.get(), mode) != 0) error = errno;
    if (error == 0 && ::fsync(file.get()) != 0) error = errno;
    if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
    if (error != 0) ::unlink(temporary.c_str());
    return error;
}

int write_in_place(const std::string& path, const std::string& text) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!file.valid()) return errno;
    const int error = write_all(file.get(), text);
    return error == 0 && ::fsync(file.get()) != 0 ? errno : error;
}

}  // namespace

Result<void> put_file(const std::string& path, const std::string& text) {
    if (is_kernel_file(path)) return write_kernel_file(path, text);
    const std::string target = follow_links(path);
    if (const auto made = make_parents(target); made.has_error()) {
        return Error{"write", path, made.error().error, "", made.error().remedy};
    }
    const int error = replace_file(target, text);
    if (error == 0) return {};
    if (error != ENOSPC && write_in_place(target, text) == 0) return {};
    const char* remedy = "";
    if (error == EROFS) remedy = "the file system is read-only: set [system] root = \"rw\", or link the file to /run";
    if (error == ENOSPC) remedy = "the file system is full";
    return Error{"write", path, error, "", remedy};
}

Result<void> put_symlink(const Symlink& step) {
    if (const auto made = make_parents(step.path); made.has_error()) return made.error();
    if (::symlink(step.target.c_str(), step.path.c_str()) == 0 || errno == EEXIST) return {};
    return Error{"make symbolic link", step.path, errno};
}

}  // namespace plumb
