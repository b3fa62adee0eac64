#include "init/console.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace init {

plumb::Result<void> reopen_console(const std::string& device) {
    // O_NONBLOCK only for the opening: a serial line without carrier would keep us waiting for a modem.
    const int fd = open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return plumb::Error{"open console", device, errno, "",
                            "is the device in /dev, and does the kernel have a driver for it (console= on its command "
                            "line)? messages go to what was open before"};
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    for (int standard = 0; standard <= 2; ++standard) dup2(fd, standard);
    if (fd > 2) close(fd);
    return {};
}

void fill_standard_descriptors() {
    for (int standard = 0; standard <= 2; ++standard) {
        if (fcntl(standard, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free descriptor is the one asked for, as all below are open. Without /dev a pipe's end will do:
        // any descriptor is better than none, a file of ours on 1 would get other programs' output.
        if (open("/dev/null", O_RDWR) >= 0) continue;
        int ends[2];
        if (pipe(ends) == 0 && ends[1] > 2) close(ends[1]);
    }
}

int open_for_messages(int fd, const std::string& device) {
    // A file never blocks, and a second description of it would have an offset of its own.
    struct stat found {};
    if (device.empty() && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) return fd;
    constexpr int flags = O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int own = device.empty() ? -1 : open(device.c_str(), flags | O_APPEND);
    if (own < 0) {
        const std::string path = "/proc/self/fd/" + std::to_string(fd);
        own = open(path.c_str(), flags | O_APPEND);
    }
    return own >= 0 ? own : fd;
}

}  // namespace init
