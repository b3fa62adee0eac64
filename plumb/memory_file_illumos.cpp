#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include "plumb/memory_file.hpp"

namespace plumb {

Result<int> make_memory_file(const char* name) {
    std::string path = "/etc/svc/volatile/mvinit.";
    path += name;
    path += ".XXXXXX";
    const int descriptor = ::mkstemp(path.data());
    if (descriptor < 0) return Error{"make", path, errno, "", "is /etc/svc/volatile there, and writable?"};
    ::unlink(path.c_str());
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
}

int inherited_memory_file() {
    return -1;
}

bool keep_memory_file_number() {
    return false;
}

int make_inheritable_memory_file(const char* /*name*/) {
    return -1;
}

void close_all_but(const std::array<std::uint64_t, 4>& /*kept*/) {}

}  // namespace plumb
