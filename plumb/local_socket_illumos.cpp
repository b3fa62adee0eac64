#include <sys/socket.h>
#include <ucred.h>

#include "plumb/local_socket.hpp"

namespace plumb {

const char* const usual_control_socket = "/etc/svc/volatile/mvinit/control.sock";
const int send_quietly = 0;  // MSG_NOSIGNAL came only in 2022

std::int32_t listener_of(int /*socket*/) {
    return -1;
}

Peer peer_of(int socket, std::int64_t group) {
    ucred_t* credentials = nullptr;
    if (::getpeerucred(socket, &credentials) != 0) return {};
    Peer peer{::ucred_geteuid(credentials), false};
    const gid_t* groups = nullptr;
    const int count = ::ucred_getgroups(credentials, &groups);
    if (group >= 0) {
        const auto wanted = static_cast<gid_t>(group);
        peer.in_group = ::ucred_getegid(credentials) == wanted;
        for (int i = 0; i < count; ++i) peer.in_group = peer.in_group || groups[i] == wanted;
    }
    ::ucred_free(credentials);
    return peer;
}

}  // namespace plumb
