// clone(2), splice(2), futex(2), unix(7).
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "plumb/live.hpp"
#include "plumb/log_io.hpp"
#include "plumb/posix.hpp"

namespace plumb {

// No exit signal, the same stack. The arguments that are not 0 stand at the same place on every architecture.
pid_t make_unseen_child() {
    constexpr unsigned long note_pid = 0x00100000;  // CLONE_PARENT_SETTID
    return static_cast<pid_t>(syscall(SYS_clone, note_pid, nullptr, &live->spawned, nullptr, nullptr));
}

int unseen_wait_option() {
    constexpr int wait_for_all = 0x40000000;  // __WALL, which not every libc's header shows
    return wait_for_all;
}

void set_process_name(const char* name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

void enlarge_pipe(int pipe, std::size_t size) {
    constexpr int set_pipe_size = 1031;  // F_SETPIPE_SZ
    fcntl(pipe, set_pipe_size, static_cast<int>(size));
}

ssize_t move_bytes(int pipe, int to, std::size_t size) {
    constexpr unsigned flags = 1 | 2;  // SPLICE_F_MOVE | SPLICE_F_NONBLOCK
    return syscall(SYS_splice, pipe, nullptr, to, nullptr, size, flags);
}

bool make_channel(int (&ends)[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0;
}

int connect_log_socket(std::string_view path, bool& stream) {
    sockaddr_un address{};
    errno = ENAMETOOLONG;
    if (path.size() >= sizeof address.sun_path) return -1;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    stream = false;
    while (true) {
        const int type = stream ? SOCK_STREAM : SOCK_DGRAM;
        Descriptor made(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!made.valid()) return -1;
        if (connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return made.release();
        if (errno != EPROTOTYPE || std::exchange(stream, true)) return -1;
    }
}

ssize_t send_now(int socket, std::string_view text) {
    return ::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void wait_for_change(const std::uint32_t* word, std::uint32_t value, std::uint32_t timeout_ms) {
    const timespec most{static_cast<time_t>(timeout_ms / 1000), static_cast<long>(timeout_ms % 1000) * 1'000'000};
    syscall(SYS_futex, word, FUTEX_WAIT, value, &most, nullptr, 0);
}

void wake_readers(std::uint32_t* word) {
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace plumb
