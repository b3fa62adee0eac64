#include "plumb/addresses_linux.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "conf/address.hpp"
#include "plumb/netlink_linux.hpp"
#include "plumb/nics_linux.hpp"

namespace plumb {

namespace {

using IpAddress = conf::Address;

int family_of(const IpAddress& address) {
    return address.v6 ? AF_INET6 : AF_INET;
}
std::size_t size_of(const IpAddress& address) {
    return address.v6 ? 16 : 4;
}

// Without a prefix all bits count.
std::uint8_t prefix_of(const IpAddress& address) {
    return static_cast<std::uint8_t>(address.prefix < 0 ? static_cast<int>(size_of(address) * 8) : address.prefix);
}

const char* family_remedy(int family, int error) {
    if (family != AF_INET6) return "";
    if (error == EOPNOTSUPP || error == EAFNOSUPPORT) {
        return "this kernel has no IPv6: load the module ipv6, or leave the address out";
    }
    if (error == EACCES || error == EPERM) return "IPv6 is switched off (net.ipv6.conf.*.disable_ipv6 or ipv6.disable)";
    return "";
}

// The highest address of an IPv4 network; none for /31 and /32.
void add_broadcast(NetlinkRequest& request, const IpAddress& address) {
    if (address.v6 || prefix_of(address) > 30) return;
    std::uint32_t value = 0;
    std::memcpy(&value, address.bytes.data(), sizeof value);
    value |= htonl(UINT32_MAX >> prefix_of(address));
    request.attribute(IFA_BROADCAST, value);
}

NetlinkRequest address_request(const IpAddress& address, int index) {
    ifaddrmsg body{};
    body.ifa_family = static_cast<std::uint8_t>(family_of(address));
    body.ifa_prefixlen = prefix_of(address);
    body.ifa_index = static_cast<std::uint32_t>(index);
    // Without duplicate address detection the address answers at once, not after a second or two.
    if (address.v6) body.ifa_flags = IFA_F_NODAD;
    NetlinkRequest request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
    request.attribute(IFA_LOCAL, address.bytes.data(), size_of(address));
    request.attribute(IFA_ADDRESS, address.bytes.data(), size_of(address));
    add_broadcast(request, address);
    return request;
}

struct WantedRoute {
    std::optional<IpAddress> destination;  // absent: default
    std::optional<IpAddress> gateway;
    int index = 0;
    int family = AF_INET;
    std::uint8_t prefix() const { return destination ? prefix_of(*destination) : std::uint8_t{0}; }
};

rtmsg route_body(const WantedRoute& route) {
    rtmsg body{};
    body.rtm_family = static_cast<std::uint8_t>(route.family);
    body.rtm_dst_len = route.prefix();
    body.rtm_table = RT_TABLE_MAIN;
    body.rtm_protocol = RTPROT_BOOT;
    body.rtm_scope = route.gateway || route.family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    body.rtm_type = RTN_UNICAST;
    return body;
}

NetlinkRequest route_request(const WantedRoute& route) {
    NetlinkRequest request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route_body(route));
    if (route.prefix() != 0) request.attribute(RTA_DST, route.destination->bytes.data(), size_of(*route.destination));
    if (route.gateway) request.attribute(RTA_GATEWAY, route.gateway->bytes.data(), size_of(*route.gateway));
    request.attribute(RTA_OIF, static_cast<std::uint32_t>(route.index));
    return request;
}

bool same_bytes(std::string_view a, const std::optional<IpAddress>& b) {
    if (!b) return a.empty();
    return a.size() == size_of(*b) && std::memcmp(a.data(), b->bytes.data(), a.size()) == 0;
}

bool is_route(const NetlinkMessage& message, const WantedRoute& wanted) {
    const auto body = message.body<rtmsg>();
    if (body.rtm_family != wanted.family || body.rtm_dst_len != wanted.prefix() || body.rtm_table != RT_TABLE_MAIN) {
        return false;
    }
    bool destination = wanted.prefix() == 0;
    bool interface = false;
    std::string_view gateway;
    Attributes attributes = message.attributes<rtmsg>();
    while (attributes.next()) {
        if (attributes.type() == RTA_DST) destination = same_bytes(attributes.bytes(), wanted.destination);
        if (attributes.type() == RTA_GATEWAY) gateway = attributes.bytes();
        if (attributes.type() == RTA_OIF) interface = attributes.number() == static_cast<std::uint32_t>(wanted.index);
    }
    return destination && interface && same_bytes(gateway, wanted.gateway);
}

bool has_route(NetlinkSocket& socket, const WantedRoute& wanted) {
    rtmsg body{};
    body.rtm_family = static_cast<std::uint8_t>(wanted.family);
    NetlinkRequest request(RTM_GETROUTE, NLM_F_DUMP, body);
    bool found = false;
    socket.query(request, [&](const NetlinkMessage& message) { found = found || is_route(message, wanted); });
    return found;
}

const char* route_remedy(const WantedRoute& route, int error) {
    if (error == ENETUNREACH || error == EHOSTUNREACH) return "is the gateway in the network of an address above?";
    if (error == ENETDOWN) return "the interface is not up";
    if (error == EEXIST) return "another route to the same destination is there already";
    return family_remedy(route.family, error);
}

// False: one of the texts is no address, or they are of different families.
bool read_route(const Route& route, WantedRoute& out) {
    if (!route.gateway.empty() && !(out.gateway = conf::parse_address(route.gateway))) return false;
    if (route.destination != "default" && !(out.destination = conf::parse_address(route.destination))) return false;
    if (!out.gateway && !out.destination) return false;
    out.family = family_of(out.gateway ? *out.gateway : *out.destination);
    return !out.destination || family_of(*out.destination) == out.family;
}

}  // namespace

Result<void> add_address_step(const std::string& nic, const std::string& address) {
    const std::string object = concat({nic, " ", address});
    const std::optional<IpAddress> parsed = conf::parse_address(address);
    if (!parsed) return Error{"add address", object, EINVAL, "", "wanted: address/prefix"};
    const auto index = link_index(nic, "add address", object);
    if (index.has_error()) return index.error();
    NetlinkSocket socket(NETLINK_ROUTE);
    if (!socket.valid()) return Error{"add address", object, errno};
    NetlinkRequest request = address_request(*parsed, *index);
    const NetlinkAnswer answer = socket.request(request);
    if (answer.error == 0 || answer.error == EEXIST) return {};
    return Error{"add address", object, answer.error, answer.text, family_remedy(family_of(*parsed), answer.error)};
}

Result<void> add_route_step(const std::string& nic, const Route& route) {
    const std::string object =
        concat({route.destination, route.gateway.empty() ? "" : " via ", route.gateway, " dev ", nic});
    WantedRoute wanted;
    if (!read_route(route, wanted)) return Error{"add route", object, EINVAL, "", "wanted: addresses of one family"};
    const auto index = link_index(nic, "add route", object);
    if (index.has_error()) return index.error();
    wanted.index = *index;
    NetlinkSocket socket(NETLINK_ROUTE);
    if (!socket.valid()) return Error{"add route", object, errno};
    NetlinkRequest request = route_request(wanted);
    const NetlinkAnswer answer = socket.request(request);
    if (answer.error == 0 || (answer.error == EEXIST && has_route(socket, wanted))) return {};
    return Error{"add route", object, answer.error, answer.text, route_remedy(wanted, answer.error)};
}

}  // namespace plumb
