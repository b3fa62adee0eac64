#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plumb/memory_file.hpp"
#include "plumb/process.hpp"

namespace plumb {

Result<int> make_memory_file(const char* name) {
    const int descriptor = ::memfd_create(name, MFD_CLOEXEC);
    if (descriptor < 0) return Error{"make", "a file in memory", errno, "", "needs Linux 3.17 and a free descriptor"};
    return descriptor;
}

namespace {
constexpr int inherited = 3;
}

// Files in memory alone have seals.
int inherited_memory_file() {
    constexpr int get_seals = 1034;  // F_GET_SEALS, which not every libc shows
    return fcntl(inherited, get_seals) >= 0 ? inherited : -1;
}

bool keep_memory_file_number() {
    const std::uint64_t none = 0;  // of signals: nothing is ever read from it
    const int made = static_cast<int>(syscall(SYS_signalfd4, -1, &none, sizeof none, SFD_CLOEXEC));
    if (made < 0 || made == inherited) return made == inherited;
    const int moved = fcntl(made, F_DUPFD_CLOEXEC, inherited);  // 0 to 2 were not all there
    ::close(made);
    if (moved > inherited) ::close(moved);
    return moved == inherited;
}

int make_inheritable_memory_file(const char* name) {
    ::close(inherited);
    const int made = ::memfd_create(name, MFD_CLOEXEC);
    if (made < 0 || made == inherited) return made;
    ::close(made);
    errno = EBUSY;
    return -1;
}

void close_all_but(const std::array<std::uint64_t, 4>& kept) {
    constexpr int looked_at = 256;
    for (int number = inherited; number < looked_at; ++number) {
        const auto index = static_cast<std::size_t>(number);
        if ((kept[index / 64] >> index % 64 & 1) == 0)
            ::close(number);
        else
            fcntl(number, F_SETFD, FD_CLOEXEC);
    }
    close_from(looked_at);
}

}  // namespace plumb
