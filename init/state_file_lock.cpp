// The file of illumos in which the record is kept, and its lock.
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "init/log.hpp"
#include "init/state_file.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

plumb::Error error_of(const char* what, const std::string& path, const char* remedy) {
    return {what, path, errno, "", remedy};
}

struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

}  // namespace

std::string state_file_path(const plumb::Facts& facts) {
    return plumb::is_illumos_init(facts) ? state_file : "";
}

bool StateFile::open(const std::string& path) {
    record().course.pid = getpid();
    if (path.empty()) return false;
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    int descriptor = ::open(path.c_str(), flags, 0600);
    if (descriptor < 0 && errno == ENOENT && plumb::make_parents(path)) descriptor = ::open(path.c_str(), flags, 0600);
    constexpr const char* remedy = "a mvinit that is started again will start all anew";
    if (descriptor < 0) {
        log::warning(plumb::to_text(error_of("open", path, remedy)));
        return false;
    }
    struct flock lock = whole_file();
    if (fcntl(descriptor, F_SETLK, &lock) != 0)
        log::warning(plumb::to_text(error_of("lock", path, "does another mvinit run here?")));
    Found found;
    if (!take_over(descriptor, found)) log::warning(plumb::to_text(error_of("map", path, remedy)));
    if (found.problem != nullptr)
        log::warning("state file " + path + ": " + found.problem + ": not used, as after a fresh boot");
    return found.good;
}

std::int32_t holder_of(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return 0;
    struct flock lock = whole_file();
    const bool held = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(descriptor);
    return held ? static_cast<std::int32_t>(lock.l_pid) : 0;
}

}  // namespace init
