// Calls that Linux has as well, seen first by the recorder (the linker's --wrap), and those of one name and another
// meaning (see include/).
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "tests/illumos/recorder.hpp"

namespace recorder {

int note(const std::string& name, const std::string& arguments);

namespace {

// The image that the illumos sources see.
std::string mapped(const char* path) {
    const std::string name = path;
    for (const char* const top : {"/system/", "/proc/self/psinfo", "/proc/self/contracts", "/etc/", "/dev", "/sbin/",
                                  "/lib/inet/", "/usr/lib/", "/usr/sbin/"}) {
        if (!kernel().root.empty() && name.starts_with(top) && !name.starts_with(kernel().root))
            return kernel().root + name;
    }
    return name;
}

void copy(char* to, const std::string& from, std::size_t room) {
    std::strncpy(to, from.c_str(), room - 1);
}

}  // namespace
}  // namespace recorder

using namespace recorder;  // NOLINT(google-build-using-namespace)

extern "C" {

int __real_open(const char* path, int flags, ...);
DIR* __real_opendir(const char* path);
int __real_stat(const char* path, struct stat* status);
int __real_kill(pid_t pid, int number);
pid_t __real_getpid();
pid_t __real_getppid();

int __wrap_open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return __real_open(mapped(path).c_str(), flags, mode);
}
DIR* __wrap_opendir(const char* path) {
    return __real_opendir(mapped(path).c_str());
}
int __wrap_stat(const char* path, struct stat* status) {
    return __real_stat(mapped(path).c_str(), status);
}
pid_t __wrap_getpid() {
    return kernel().pid != 0 ? kernel().pid : __real_getpid();
}
pid_t __wrap_getppid() {
    return kernel().parent != 0 ? kernel().parent : __real_getppid();
}
int __wrap_kill(pid_t pid, int number) {
    note("kill", std::to_string(pid) + ", " + std::to_string(number));
    return 0;
}
void __wrap_sync() {
    note("sync", "");
}
int __wrap_poll(pollfd* /*list*/, nfds_t count, int timeout) {
    return note("poll", std::to_string(count) + ", " + std::to_string(timeout));
}
void __wrap_closefrom(int first) {
    note("closefrom", std::to_string(first));
}

int illumos_statvfs(const char* path, struct statvfs* status) {
    if (const int error = note("statvfs", path)) {
        errno = error;
        return -1;
    }
    copy(status->f_basetype, kernel().root_type, sizeof status->f_basetype);
    status->f_flag = kernel().root_flags;
    return 0;
}

int illumos_uname(struct utsname* name) {
    if (const int error = note("uname", "")) {
        errno = error;
        return -1;
    }
    copy(name->release, kernel().release, sizeof name->release);
    copy(name->version, kernel().version, sizeof name->version);
    copy(name->machine, kernel().machine, sizeof name->machine);
    return 1;  // any non-negative value, uname(2)
}

}  // extern "C"
