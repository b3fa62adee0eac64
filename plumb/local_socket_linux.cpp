#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <vector>

#include "plumb/local_socket.hpp"

namespace plumb {

const char* const usual_control_socket = "/run/mvinit/control.sock";
const int send_quietly = MSG_NOSIGNAL;

namespace {

constexpr int so_peergroups = 59;  // SO_PEERGROUPS of asm-generic/socket.h; not in every C library's headers

bool is_among_groups(int socket, gid_t wanted) {
    std::vector<gid_t> groups(64);
    for (;;) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const bool got = ::getsockopt(socket, SOL_SOCKET, so_peergroups, groups.data(), &size) == 0;
        const std::size_t count = size / sizeof(gid_t);
        // ERANGE says how many there are; the kernel allows 65536 (NGROUPS_MAX).
        if (!got && (errno != ERANGE || count <= groups.size())) return false;
        groups.resize(count);
        if (got) return std::find(groups.begin(), groups.end(), wanted) != groups.end();
    }
}

bool credentials_of(int socket, ucred& peer) {
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
}

}  // namespace

// Of the other end when it began to listen (unix(7)).
std::int32_t listener_of(int socket) {
    ucred peer{};
    credentials_of(socket, peer);
    return peer.pid;
}

Peer peer_of(int socket, std::int64_t group) {
    ucred peer{};
    if (!credentials_of(socket, peer)) return {};
    if (group < 0) return {peer.uid, false};
    const auto wanted = static_cast<gid_t>(group);
    return {peer.uid, peer.gid == wanted || is_among_groups(socket, wanted)};
}

}  // namespace plumb
