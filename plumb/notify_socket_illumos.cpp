// Without an abstract namespace, without the senders' credentials, without vsock.
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "plumb/local_socket.hpp"
#include "plumb/notify_socket.hpp"
#include "plumb/posix.hpp"

namespace plumb {
namespace {

// SOCK_CLOEXEC and SOCK_NONBLOCK came to illumos only in 2013; fcntl(2) serves all.
Descriptor make_socket(int family, int type) {
    Descriptor made(::socket(family, type, 0));
    if (!made.valid()) return made;
    ::fcntl(made.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(made.get(), F_SETFL, O_NONBLOCK);
    return made;
}

sockaddr_un local_address(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    return address;
}

}  // namespace

const char* notify_directory() {
    return "/etc/svc/volatile/mvinit";
}

int open_notify_socket(const std::string& path, std::optional<std::uint32_t> owner, NotifySocket& made) {
    ::mkdir(path.substr(0, path.rfind('/')).c_str(), 0755);
    Descriptor socket = make_socket(AF_UNIX, SOCK_DGRAM);
    const sockaddr_un address = local_address(path);
    ::unlink(path.c_str());
    const bool bound =
        socket.valid() && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const bool given = bound && ::chmod(path.c_str(), owner ? 0600 : 0666) == 0 &&
                       (!owner || ::chown(path.c_str(), *owner, static_cast<gid_t>(-1)) == 0);
    if (!given) return errno;
    made = {socket.release(), path};
    return 0;
}

// Without room for them, descriptors that come with a message are closed by the kernel (sotpi_recvmsg).
std::int64_t receive_notification(int descriptor, std::span<char> buffer, Sender& sender) {
    sender = {};
    return ::recv(descriptor, buffer.data(), buffer.size(), 0);
}

int send_notification(const NotifyAddress& address, std::string_view text, int /*timeout_ms*/) {
    if (address.kind != NotifyAddress::local || address.path.starts_with('@')) return EAFNOSUPPORT;
    const Descriptor socket = make_socket(AF_UNIX, SOCK_DGRAM);
    const sockaddr_un to = local_address(address.path);
    const bool sent = socket.valid() && ::sendto(socket.get(), text.data(), text.size(), 0,
                                                 reinterpret_cast<const sockaddr*>(&to), sizeof to) >= 0;
    return sent ? 0 : errno;
}

int connect_tcp(const conf::Endpoint& endpoint, int timeout_ms) {
    sockaddr_in6 v6{};
    sockaddr_in v4{};
    v6.sin6_family = AF_INET6;
    v4.sin_family = AF_INET;
    v6.sin6_port = v4.sin_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), 16);
    std::memcpy(&v4.sin_addr, endpoint.address.bytes.data(), 4);
    Descriptor socket = make_socket(endpoint.address.v6 ? AF_INET6 : AF_INET, SOCK_STREAM);
    if (!socket.valid()) return -1;
    const int connected = endpoint.address.v6
                              ? ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&v6), sizeof v6)
                              : ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
    if (connected == 0 || finish_connect(socket.get(), timeout_ms)) return socket.release();
    const int error = errno;
    socket = Descriptor();
    errno = error;
    return -1;
}

}  // namespace plumb
