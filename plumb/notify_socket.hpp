// The sockets of readiness: the one that the application tells us on, the one that we tell who is above us on, and the
// connections of probes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "conf/endpoint.hpp"
#include "plumb/notify_address.hpp"

namespace plumb {

struct NotifySocket {
    int descriptor = -1;  // non-blocking, owned by the caller
    std::string address;  // as NOTIFY_SOCKET: path, or "@name"
};

// Where the sockets of running programs are: /run/mvinit; on illumos /etc/svc/volatile/mvinit, which is there before
// /var/run is.
const char* notify_directory();

// A datagram socket at path, whose directory is made where it is not there (0755). owner: the user who may write to it;
// none: everybody may. Linux: where the file cannot be made, a name that the kernel chooses in the abstract namespace,
// which everybody in the network namespace can write to. Returns 0 or errno.
int open_notify_socket(const std::string& path, std::optional<std::uint32_t> owner, NotifySocket& made);

// Who sent a message, as the kernel says it. illumos: not known, pid 0.
struct Sender {
    std::int32_t pid = 0;
    std::uint32_t user = UINT32_MAX;
};

// The next message's size; larger than buffer: it was cut off. -1: there is none. Descriptors that come with it are
// closed: of those that mvinit could keep it wants none, and a barrier waits for just that.
std::int64_t receive_notification(int descriptor, std::span<char> buffer, Sender& sender);

// One message to address. timeout_ms: a connection (vsock) may take so long; a datagram to a local socket waits for
// nothing, whatever that is. Returns 0 or errno.
int send_notification(const NotifyAddress& address, std::string_view text, int timeout_ms);

// A connection that was taken within timeout_ms: its descriptor, non-blocking, the caller's. -1: errno says why not.
int connect_tcp(const conf::Endpoint& endpoint, int timeout_ms);

}  // namespace plumb
