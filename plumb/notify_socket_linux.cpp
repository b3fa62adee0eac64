// The latter does not include what it needs of the former.
// clang-format off
#include <sys/socket.h>
#include <linux/vm_sockets.h>
// clang-format on

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "plumb/local_socket.hpp"
#include "plumb/notify_socket.hpp"
#include "plumb/posix.hpp"

namespace plumb {
namespace {

// path: "@name" is in the abstract namespace; "" lets the kernel choose a name there. Returns the address' length.
socklen_t fill_local(sockaddr_un& address, std::string_view path) {
    address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    const bool abstract = path.starts_with('@');
    if (abstract) address.sun_path[0] = '\0';
    const std::size_t zero = path.empty() || abstract ? 0 : 1;
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + zero);
}

bool bind_local(int descriptor, std::string_view path) {
    sockaddr_un address;
    const socklen_t size = fill_local(address, path);
    return ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0;
}

bool bind_file(int descriptor, const std::string& path, std::optional<std::uint32_t> owner) {
    // The directory that it is in stands in one that is there.
    ::mkdir(path.substr(0, path.rfind('/')).c_str(), 0755);
    ::unlink(path.c_str());
    if (!bind_local(descriptor, path)) return false;
    if (!owner) return ::chmod(path.c_str(), 0666) == 0;
    return ::chmod(path.c_str(), 0600) == 0 && ::chown(path.c_str(), *owner, static_cast<gid_t>(-1)) == 0;
}

// One that is told who sends; -1 and errno.
int make_receiver() {
    const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (made >= 0) ::setsockopt(made, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    return made;
}

// The name that the kernel has chosen.
std::string chosen_name(int descriptor) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    const std::size_t length = size - offsetof(sockaddr_un, sun_path);
    return length < 2 ? "" : concat({"@", std::string_view(address.sun_path + 1, length - 1)});
}

void close_all(std::string_view descriptors) {
    for (std::size_t at = 0; at + sizeof(int) <= descriptors.size(); at += sizeof(int)) {
        int descriptor = -1;
        std::memcpy(&descriptor, descriptors.data() + at, sizeof descriptor);
        ::close(descriptor);
    }
}

// What came with a message beside its text. By hand: CMSG_NXTHDR of musl does not compile without warnings.
void take_control(std::string_view control, Sender& sender) {
    cmsghdr head{};
    while (control.size() >= sizeof head) {
        std::memcpy(&head, control.data(), sizeof head);
        if (head.cmsg_len < CMSG_LEN(0) || head.cmsg_len > control.size()) return;
        const std::string_view data = control.substr(CMSG_LEN(0), head.cmsg_len - CMSG_LEN(0));
        if (head.cmsg_level == SOL_SOCKET && head.cmsg_type == SCM_RIGHTS) close_all(data);
        ucred who{};
        if (head.cmsg_level == SOL_SOCKET && head.cmsg_type == SCM_CREDENTIALS && data.size() >= sizeof who) {
            std::memcpy(&who, data.data(), sizeof who);
            sender = {who.pid, who.uid};
        }
        control.remove_prefix(std::min<std::size_t>(CMSG_ALIGN(head.cmsg_len), control.size()));
    }
}

// What a connection of this kind has come to: 0 or errno. Its end goes only after what was sent was taken.
int send_vsock(const NotifyAddress& to, int type, std::string_view text, int timeout_ms) {
    const Descriptor socket(::socket(AF_VSOCK, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) return errno;
    sockaddr_vm address{};
    address.svm_family = AF_VSOCK;
    address.svm_cid = to.cid;
    address.svm_port = to.port;
    const bool connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (!connected && !finish_connect(socket.get(), timeout_ms)) return errno;
    return ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0 ? errno : 0;
}

// No machine monitor has datagrams over vsock yet, and not all have packets: as sd_notify does, one after the other.
int send_any_vsock(const NotifyAddress& to, std::string_view text, int timeout_ms) {
    static constexpr struct {
        NotifyAddress::Kind kind;
        int type;
    } ways[] = {{NotifyAddress::datagrams, SOCK_DGRAM},
                {NotifyAddress::packets, SOCK_SEQPACKET},
                {NotifyAddress::stream, SOCK_STREAM}};
    int error = ENODEV;
    for (const auto& way : ways) {
        if (to.kind != NotifyAddress::vsock && to.kind != way.kind) continue;
        error = send_vsock(to, way.type, text, timeout_ms);
        if (error == 0) return 0;
    }
    return error;
}

int send_local(const NotifyAddress& to, std::string_view text) {
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) return errno;
    sockaddr_un address;
    const socklen_t size = fill_local(address, to.path);
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    return ::sendto(socket.get(), text.data(), text.size(), MSG_NOSIGNAL, where, size) < 0 ? errno : 0;
}

}  // namespace

const char* notify_directory() {
    return "/run/mvinit";
}

int open_notify_socket(const std::string& path, std::optional<std::uint32_t> owner, NotifySocket& made) {
    made = {make_receiver(), path};
    if (made.descriptor < 0) return errno;
    if (bind_file(made.descriptor, path, owner)) return 0;
    const int error = errno;
    // It may be bound already, to a file that could not be given to its owner.
    ::unlink(path.c_str());
    ::close(made.descriptor);
    made.descriptor = make_receiver();
    if (made.descriptor < 0 || !bind_local(made.descriptor, "")) return error;
    made.address = chosen_name(made.descriptor);
    return 0;
}

std::int64_t receive_notification(int descriptor, std::span<char> buffer, Sender& sender) {
    // Credentials come first; descriptors beyond those that fit are closed by the kernel.
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(8 * sizeof(int))];
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(descriptor, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC);
    if (size < 0) return -1;
    take_control({control, message.msg_controllen}, sender);
    return size;
}

int send_notification(const NotifyAddress& address, std::string_view text, int timeout_ms) {
    const bool local = address.kind == NotifyAddress::local;
    return local ? send_local(address, text) : send_any_vsock(address, text, timeout_ms);
}

int connect_tcp(const conf::Endpoint& endpoint, int timeout_ms) {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const conf::Address& from = endpoint.address;
    if (from.v6) {
        auto& address = reinterpret_cast<sockaddr_in6&>(storage);
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(endpoint.port);
        std::memcpy(&address.sin6_addr, from.bytes.data(), 16);
        size = sizeof address;
    } else {
        auto& address = reinterpret_cast<sockaddr_in&>(storage);
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint.port);
        std::memcpy(&address.sin_addr, from.bytes.data(), 4);
        size = sizeof address;
    }
    Descriptor socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) return -1;
    const bool connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0;
    if (!connected && !finish_connect(socket.get(), timeout_ms)) {
        const int error = errno;
        socket = Descriptor();
        errno = error;
        return -1;
    }
    return socket.release();
}

}  // namespace plumb
