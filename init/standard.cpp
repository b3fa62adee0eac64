#include "init/standard.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace init {
namespace {

int open_standard(int standard, const std::string& path) {
    if (path.empty()) return 0;
    struct stat found {};
    const bool device = stat(path.c_str(), &found) == 0 && S_ISCHR(found.st_mode);
    // A terminal is opened for both ways, as programs expect of theirs. A missing /dev/null is not to become a file.
    const int create = path == "/dev/null" ? 0 : O_CREAT;
    const int mode = device ? O_RDWR : standard == 0 ? O_RDONLY : O_WRONLY | create | O_APPEND;
    const int fd = open(path.c_str(), mode | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd < 0) return errno;
    const int done = dup2(fd, standard);
    if (fd > 2) close(fd);
    return done < 0 ? errno : 0;
}

}  // namespace

int make_standard(const Program& program, int standard) {
    const auto index = static_cast<std::size_t>(standard);
    if (program.given[index] < 0) return open_standard(standard, program.stdio[index]);
    return dup2(program.given[index], standard) < 0 ? errno : 0;
}

bool opens_files(const Program& program) {
    for (std::size_t standard = 0; standard < program.stdio.size(); ++standard) {
        const std::string& path = program.stdio[standard];
        if (program.given[standard] < 0 && !path.empty() && path != "/dev/null") return true;
    }
    return false;
}

}  // namespace init
