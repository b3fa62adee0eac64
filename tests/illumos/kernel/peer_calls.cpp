// getpeerucred(3C) and what reads its credentials, made of what Linux knows of a socket's peer.
#include <cerrno>
#include <sys/socket.h>
#include <ucred.h>
#include <vector>

struct ucred_s {
    uid_t user;
    gid_t group;
    std::vector<gid_t> groups;
};

extern "C" {

int getpeerucred(int descriptor, ucred_t** credentials) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    std::vector<gid_t> groups(65536);  // as many as there can be
    constexpr int so_peergroups = 59;
    size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(descriptor, SOL_SOCKET, so_peergroups, groups.data(), &size) != 0) size = 0;
    groups.resize(size / sizeof(gid_t));
    *credentials = new ucred_s{peer.uid, peer.gid, groups};
    return 0;
}

uid_t ucred_geteuid(const ucred_t* credentials) {
    return credentials->user;
}

gid_t ucred_getegid(const ucred_t* credentials) {
    return credentials->group;
}

int ucred_getgroups(const ucred_t* credentials, const gid_t** groups) {
    *groups = credentials->groups.data();
    return static_cast<int>(credentials->groups.size());
}

void ucred_free(ucred_t* credentials) {
    delete credentials;
}
}
