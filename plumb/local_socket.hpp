// Stream sockets between processes of one machine, with a path in the file system. What the platforms do alike is in
// local_socket.cpp; peers and signals are the platforms' own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/types.h>

namespace plumb {

// Where the control socket is when nobody says otherwise: "/run/mvinit/control.sock"; illumos:
// "/etc/svc/volatile/mvinit/control.sock", in the tmpfs that is there before anything else.
extern const char* const usual_control_socket;

// All descriptors are non-blocking, close-on-exec and the caller's; -1: errno says why (ENAMETOOLONG where the path
// does not fit).

int connect_local(const char* path);  // EAGAIN: the other end is there, but has no time

// Waits until what connect(2), which has just failed, may have begun on a non-blocking socket of any kind is done;
// errno says what came of it.
bool finish_connect(int descriptor, int timeout_ms);

// Listening at path, which nobody may use but the owner until it is complete; group: -1 for mode 0600, else 0660 and
// the file given to that group. An error leaves no file behind, but one that was there stays (EADDRINUSE).
int listen_local(const char* path, std::int64_t group);

int accept_local(int listener);

bool is_listening(int descriptor);

// True where all of text was taken at once; a socket that was not written to before takes some kilobytes. descriptor:
// goes with it; -1: none. Raises no SIGPIPE (illumos: it may, and PID 1 passes over its own).
bool send_local(int socket, std::string_view text, int descriptor = -1);

// As recv(2). descriptor: one that came with it is put there, further ones are closed; null: none is taken, whatever
// was sent.
ssize_t receive_local(int socket, char* to, std::size_t room, int* descriptor = nullptr);

// Ends the connection for the other side as well where a child of ours has the descriptor, too, and closes it.
void close_local(int socket);

// Who connected, as it was then. Linux: SO_PEERCRED, SO_PEERGROUPS (since 4.13; before, the first group alone counts);
// illumos: getpeerucred(3C).
struct Peer {
    std::int64_t user = -1;  // -1: not known
    bool in_group = false;   // group is its effective one or among its others
};
Peer peer_of(int socket, std::int64_t group);  // group: -1 for none

// Whom a client's socket is connected to, by the number that it has for us; 0: none, as it is in a pid namespace that
// we do not see into. illumos: -1, as everybody has one number everywhere.
std::int32_t listener_of(int socket);

// Sends nobody a SIGPIPE, where the platform has that for one message; else 0.
extern const int send_quietly;

}  // namespace plumb
