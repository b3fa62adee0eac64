// NOTIFY_SOCKET as text: where a supervisor above us listens (sd_notify(3)).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plumb {

struct NotifyAddress {
    enum Kind : std::uint8_t {
        none,
        local,      // AF_UNIX, datagrams
        vsock,      // AF_VSOCK, what of the following the kernel and the host can do, in this order
        datagrams,  // AF_VSOCK
        packets,    // AF_VSOCK, SOCK_SEQPACKET
        stream,     // AF_VSOCK
    };
    Kind kind = none;
    std::string path;       // local: absolute, or "@name" in the abstract namespace
    std::uint32_t cid = 0;  // vsock: 2 is the host
    std::uint32_t port = 0;
    bool operator==(const NotifyAddress&) const = default;
};

// "/path", "@name", "vsock:CID:PORT" and the same after "vsock-dgram:", "vsock-seqpacket:", "vsock-stream:". A CID left
// out is the host's. Anything else, and a path that no socket can have (more than 107 bytes), is none.
NotifyAddress parse_notify_address(std::string_view text);

}  // namespace plumb
