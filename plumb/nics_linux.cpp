#include "plumb/nics_linux.hpp"

#include <algorithm>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "conf/text.hpp"
#include "plumb/netlink_linux.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

constexpr std::uint32_t carrier_flags = IFF_RUNNING | IFF_LOWER_UP;

std::string mac_text(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        if (!out.empty()) out += ':';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

// sysfs knows the driver of every device that has one; where it is not mounted, or shows another network
// namespace, the driver says its own name.
std::string driver_of(const std::string& name) {
    const std::string target = link_target(fill("/sys/class/net/%/device/driver", {name}));
    if (!target.empty()) return std::string(base_name(target));
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&info);
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.valid() || ::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return {};
    info.driver[sizeof info.driver - 1] = '\0';
    return info.driver;
}

Link read_link(const NetlinkMessage& message) {
    const auto body = message.body<ifinfomsg>();
    Link link;
    link.index = body.ifi_index;
    link.flags = body.ifi_flags;
    Attributes attributes = message.attributes<ifinfomsg>();
    while (attributes.next()) {
        if (attributes.type() == IFLA_IFNAME) link.nic.name = attributes.text();
        if (attributes.type() == IFLA_ADDRESS) link.nic.mac = mac_text(attributes.bytes());
    }
    return link;
}

// The kernel lists them by hash; std::sort would cost ten kilobytes for three cards.
void insert_by_index(std::vector<Link>& links, Link link) {
    links.push_back(std::move(link));
    for (std::size_t at = links.size() - 1; at > 0 && links[at].index < links[at - 1].index; --at)
        std::swap(links[at], links[at - 1]);
}

char same_dash(char letter) {
    return letter == '-' ? '_' : letter;
}

bool same_driver(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return same_dash(x) == same_dash(y); });
}

bool matches(const Nic& nic, const NicMatch& wanted) {
    return (wanted.name.empty() || wanted.name == nic.name) && (wanted.mac.empty() || wanted.mac == nic.mac) &&
           (wanted.driver.empty() || same_driver(wanted.driver, nic.driver));
}

void put_match(std::string& out, const std::string& driver, const std::string& mac) {
    if (!driver.empty()) append(out, {out.empty() ? "driver=" : " driver=", driver});
    if (!mac.empty()) append(out, {out.empty() ? "mac=" : " mac=", mac});
}

std::string describe(const std::vector<Link>& links) {
    std::string out;
    for (const Link& link : links) {
        if ((link.flags & IFF_LOOPBACK) != 0) continue;
        append(out, {out.empty() ? "" : ", ", link.nic.name});
        put_match(out, link.nic.driver, link.nic.mac);
    }
    return out;
}

// nic_text() of plan.hpp, without its need of the planner.
std::string wanted_text(const NicMatch& wanted) {
    std::string out = wanted.name;
    put_match(out, wanted.driver, wanted.mac);
    return out;
}

Error not_found(const NicMatch& wanted, const std::vector<Link>& links, Deadline deadline) {
    const std::string there = describe(links);
    Error error{"find interface", wanted_text(wanted), 0, "not there", ""};
    if (deadline.count() > 0) append(error.text, {" after ", conf::duration_text(deadline)});
    append(error.text, {"; this machine has ", there.empty() ? Word("none") : Word(there)});
    const bool driver_there = std::any_of(links.begin(), links.end(), [&wanted](const Link& link) {
        return !wanted.driver.empty() && same_driver(wanted.driver, link.nic.driver);
    });
    if (driver_there || (wanted.driver.empty() && !there.empty())) {
        error.remedy = "correct [[interface]], or load the missing card's driver with [system] modules";
    } else {
        const char* quote = wanted.driver.empty() ? "" : "\"";
        error.remedy =
            concat({"is the card there, and its driver loaded? Name ", quote,
                    wanted.driver.empty() ? Word("its driver") : Word(wanted.driver), quote, " in [system] modules"});
    }
    return error;
}

// Sleeps until something about interfaces has changed, the time is up or an end was asked for: false then.
bool wait_for_news(NetlinkSocket& news, const Until& until, CommandRunner* stop) {
    constexpr int slice_ms = 100;
    pollfd entry{news.descriptor(), POLLIN, 0};
    while (stop == nullptr || !stop->stop_wanted()) {
        const int left = until.milliseconds_left();
        const int got = ::poll(&entry, 1, stop == nullptr ? left : std::min(left, slice_ms));
        if (got > 0) news.drain();
        if (got != 0 || left <= slice_ms) return true;
    }
    return false;
}

Error cut_short(const char* what, const std::string& object) {
    return Error{what, object, EINTR, "an end was asked for", ""};
}

Error socket_error(const std::string& object, int error) {
    return Error{"open netlink socket for", object, error, "", "the kernel needs CONFIG_NET"};
}

Result<void> change_link(const std::string& what, const std::string& nic, NetlinkRequest& request) {
    NetlinkSocket socket(NETLINK_ROUTE);
    if (!socket.valid()) return socket_error(nic, errno);
    const NetlinkAnswer answer = socket.request(request);
    if (answer.error == 0) return {};
    return Error{what, nic, answer.error, answer.text, ""};
}

}  // namespace

Result<std::vector<Link>> list_links() {
    NetlinkSocket socket(NETLINK_ROUTE);
    if (!socket.valid()) return socket_error("interfaces", errno);
    NetlinkRequest request(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{});
    std::vector<Link> links;
    const NetlinkAnswer answer = socket.query(request, [&links](const NetlinkMessage& message) {
        if (message.type == RTM_NEWLINK) insert_by_index(links, read_link(message));
    });
    if (answer.error != 0) return Error{"list", "interfaces", answer.error, answer.text, ""};
    for (Link& link : links) link.nic.driver = driver_of(link.nic.name);
    return links;
}

Result<std::string> find_nic_step(const NicMatch& match, Deadline deadline, CommandRunner* stop) {
    // Listening begins before looking, so nothing can appear unseen between the two.
    NetlinkSocket news(NETLINK_ROUTE, RTMGRP_LINK);
    if (!news.valid()) return socket_error(concat({"interface ", wanted_text(match)}), errno);
    const Until until(deadline);
    for (;;) {
        const auto links = list_links();
        if (links.has_error()) return links.error();
        for (const Link& link : *links) {
            if (matches(link.nic, match)) return {boost::system::in_place_value, link.nic.name};
        }
        if (until.milliseconds_left() == 0) return not_found(match, *links, deadline);
        if (!wait_for_news(news, until, stop)) return cut_short("find interface", wanted_text(match));
    }
}

Result<int> link_index(const std::string& nic, const std::string& what, const std::string& object) {
    ifreq request{};
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.valid()) return socket_error(nic, errno);
    if (nic.size() >= IFNAMSIZ) return Error{what, object, ENODEV};
    nic.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(socket.get(), SIOCGIFINDEX, &request) != 0) return Error{what, object, errno};
    return request.ifr_ifindex;
}

Result<void> set_mtu_step(const std::string& nic, std::uint32_t mtu) {
    const std::string object = concat({nic, " ", std::to_string(mtu)});
    const auto index = link_index(nic, "set MTU of", object);
    if (index.has_error()) return index.error();
    ifinfomsg body{};
    body.ifi_index = *index;
    NetlinkRequest request(RTM_NEWLINK, 0, body);
    request.attribute(IFLA_MTU, mtu);
    auto changed = change_link("set MTU of", object, request);
    if (changed.has_value() || changed.error().error != EINVAL) return changed;
    Error error = changed.error();
    error.remedy = "the card does not do this size";
    return error;
}

Result<void> link_up_step(const std::string& nic) {
    const auto index = link_index(nic, "bring up", nic);
    if (index.has_error()) return index.error();
    ifinfomsg body{};
    body.ifi_index = *index;
    body.ifi_flags = IFF_UP;
    body.ifi_change = IFF_UP;
    NetlinkRequest request(RTM_NEWLINK, 0, body);
    return change_link("bring up", nic, request);
}

Result<void> wait_carrier_step(const std::string& nic, Deadline deadline, CommandRunner* stop) {
    NetlinkSocket news(NETLINK_ROUTE, RTMGRP_LINK);
    if (!news.valid()) return socket_error(nic, errno);
    const Until until(deadline);
    for (;;) {
        const auto links = list_links();
        if (links.has_error()) return links.error();
        const auto link =
            std::find_if(links->begin(), links->end(), [&nic](const Link& l) { return l.nic.name == nic; });
        if (link == links->end()) return Error{"wait for carrier of", nic, ENODEV, "", "the interface has gone"};
        // IFF_RUNNING alone lags behind: it is the operational state, IFF_LOWER_UP the cable.
        if ((link->flags & carrier_flags) == carrier_flags) return {};
        if (until.milliseconds_left() == 0) {
            const char* const remedy =
                (link->flags & IFF_UP) != 0 ? "is the cable in, the switch port or tap up?" : "the interface is not up";
            return Error{"wait for carrier of", nic, 0, fill("none after %", {conf::duration_text(deadline)}), remedy};
        }
        if (!wait_for_news(news, until, stop)) return cut_short("wait for carrier of", nic);
    }
}

}  // namespace plumb
