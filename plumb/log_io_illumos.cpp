// forkx(2), unix(3SOCKET); what Linux has beyond these is not there, and its callers go the longer way.
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/fork.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "plumb/log_io.hpp"
#include "plumb/posix.hpp"

namespace plumb {

pid_t make_unseen_child() {
    return forkx(FORK_NOSIGCHLD | FORK_WAITPID);
}

int unseen_wait_option() {
    return 0;
}

void set_process_name(const char* /*name*/) {}

void enlarge_pipe(int /*pipe*/, std::size_t /*size*/) {}

ssize_t move_bytes(int /*pipe*/, int /*to*/, std::size_t /*size*/) {
    errno = EINVAL;
    return -1;
}

// A pipe of STREAMS goes both ways, and is there where no sockets are yet: pipe(2).
bool make_channel(int (&ends)[2]) {
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0;
}

// A syslogd of illumos itself listens at no socket: its /dev/log is a STREAMS driver.
int connect_log_socket(std::string_view path, bool& stream) {
    sockaddr_un address{};
    stream = false;
    errno = ENAMETOOLONG;
    if (path.size() >= sizeof address.sun_path) return -1;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    Descriptor made(::socket(AF_UNIX, SOCK_DGRAM, 0));
    if (!made.valid()) return -1;
    fcntl(made.get(), F_SETFD, FD_CLOEXEC);
    fcntl(made.get(), F_SETFL, O_NONBLOCK);
    const bool connected = connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return connected ? made.release() : -1;
}

ssize_t send_now(int socket, std::string_view text) {
    return ::send(socket, text.data(), text.size(), MSG_DONTWAIT);
}

void wait_for_change(const std::uint32_t* word, std::uint32_t value, std::uint32_t timeout_ms) {
    constexpr int look_ms = 100;
    const volatile std::uint32_t* const seen = word;
    for (std::uint32_t waited = 0; waited < timeout_ms && *seen == value; waited += look_ms) poll(nullptr, 0, look_ms);
}

void wake_readers(std::uint32_t* /*word*/) {}

}  // namespace plumb
