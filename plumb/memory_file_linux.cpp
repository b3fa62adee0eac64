#include <cerrno>
#include <sys/mman.h>

#include "plumb/memory_file.hpp"

namespace plumb {

Result<int> make_memory_file(const char* name) {
    const int descriptor = ::memfd_create(name, MFD_CLOEXEC);
    if (descriptor < 0) return Error{"make", "a file in memory", errno, "", "needs Linux 3.17 and a free descriptor"};
    return descriptor;
}

}  // namespace plumb
