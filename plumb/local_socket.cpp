#include "plumb/local_socket.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/config.hpp"

namespace plumb {
namespace {

static_assert(sizeof(sockaddr_un::sun_path) == conf::longest_socket_path + 1);

// Connects to path or takes it as the socket's own; -1: closed, errno kept.
int use_path(int (*use)(int, const sockaddr*, socklen_t), const char* path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (std::strlen(path) > conf::longest_socket_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    std::strcpy(address.sun_path, path);
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) return -1;
    if (use(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
    const int error = errno;
    ::close(made);
    errno = error;
    return -1;
}

bool open_to(const char* path, std::int64_t group) {
    return group < 0 ||
           (::chown(path, static_cast<uid_t>(-1), static_cast<gid_t>(group)) == 0 && ::chmod(path, 0660) == 0);
}

// Room for one descriptor, aligned as its header wants it.
union Control {
    cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

}  // namespace

int connect_local(const char* path) {
    return use_path(::connect, path);
}

bool finish_connect(int descriptor, int timeout_ms) {
    if (errno != EINPROGRESS) return false;
    pollfd ready{descriptor, POLLOUT, 0};
    const int count = ::poll(&ready, 1, timeout_ms);
    if (count == 0) errno = ETIMEDOUT;
    if (count <= 0) return false;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0) errno = error;
    return errno == 0;
}

int listen_local(const char* path, std::int64_t group) {
    constexpr int waiting = 16;
    const mode_t before = ::umask(0177);
    const int made = use_path(::bind, path);
    const int bind_error = errno;
    ::umask(before);
    errno = bind_error;
    if (made < 0) return -1;
    // Nobody can connect before it listens, so that there is no moment in which too many could.
    if (open_to(path, group) && ::listen(made, waiting) == 0) return made;
    const int error = errno;
    ::unlink(path);
    ::close(made);
    errno = error;
    return -1;
}

int accept_local(int listener) {
    return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

bool is_listening(int descriptor) {
    int yes = 0;
    socklen_t size = sizeof yes;
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes != 0;
}

void close_local(int socket) {
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
}

bool send_local(int socket, std::string_view text, int descriptor) {
    iovec part{const_cast<char*>(text.data()), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control{};
    if (descriptor >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.bytes;
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    return ::sendmsg(socket, &message, send_quietly) == static_cast<ssize_t>(text.size());
}

ssize_t receive_local(int socket, char* to, std::size_t room, int* descriptor) {
    if (descriptor == nullptr) return ::recv(socket, to, room, 0);
    iovec part{to, room};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control{};
    message.msg_control = &control;
    message.msg_controllen = sizeof control.bytes;
    const ssize_t got = ::recvmsg(socket, &message, 0);
    const cmsghdr* const header = got < 0 ? nullptr : CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len < CMSG_LEN(sizeof(int)))
        return got;
    // CMSG_SPACE may have room for a second one.
    int came[2];
    const std::size_t count = header->cmsg_len >= CMSG_LEN(sizeof came) ? 2 : 1;
    std::memcpy(came, CMSG_DATA(header), count * sizeof(int));
    if (count > 1) ::close(came[1]);
    ::fcntl(came[0], F_SETFD, FD_CLOEXEC);
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = came[0];
    return got;
}

}  // namespace plumb
