// Interfaces, addresses and routes on a real kernel, in a network namespace of their own; read back by ioctl and /proc.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "namespaces.hpp"
#include "plumb/addresses_linux.hpp"
#include "plumb/files.hpp"
#include "plumb/netlink_linux.hpp"
#include "plumb/nics_linux.hpp"
#include "plumb/platform.hpp"

using namespace plumb;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int net = CLONE_NEWNET | CLONE_NEWNS;
constexpr const char* mac = "02:00:00:00:00:15";

// eth0, and at its other end veth0, which the kernel names and makes first.
bool make_cards() {
    NetlinkSocket socket(NETLINK_ROUTE);
    NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    request.attribute(IFLA_IFNAME, std::string("eth0"));
    const unsigned char address[] = {2, 0, 0, 0, 0, 0x15};
    request.attribute(IFLA_ADDRESS, address, sizeof address);
    const std::size_t info = request.open_nest(IFLA_LINKINFO);
    request.attribute(IFLA_INFO_KIND, std::string("veth"));
    request.close_nest(info);
    return socket.request(request).error == 0;
}

ifreq ask(unsigned long what, const std::string& nic) {
    ifreq request{};
    nic.copy(request.ifr_name, IFNAMSIZ - 1);
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::ioctl(socket.get(), what, &request) != 0) request = {};
    return request;
}

std::string ip_of(const sockaddr& address) {
    char text[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr, text, sizeof text);
    return text;
}

std::string proc(const std::string& name) {
    const auto text = read_file("/proc/self/net/" + name, 65536);
    return text.has_value() ? *text : "";
}

void test_loopback(Report& report) {
    report.good(link_up_step("lo"), "lo up");
    report.check((ask(SIOCGIFFLAGS, "lo").ifr_flags & IFF_UP) != 0, "lo has IFF_UP");
    report.equal(ip_of(ask(SIOCGIFADDR, "lo").ifr_addr), "127.0.0.1", "the kernel gives lo its address");
    report.good(wait_carrier_step("lo", milliseconds(0)), "lo has a carrier");
    report.good(link_up_step("lo"), "lo up again");
}

void test_finding(Report& report) {
    report.check(make_cards(), "make cards");
    const std::pair<NicMatch, std::string> table[] = {
        {{"eth0", "", ""}, "eth0"},      {{"", "", mac}, "eth0"}, {{"", "veth", ""}, "veth0"},
        {{"eth0", "veth", mac}, "eth0"}, {{"lo", "", ""}, "lo"},
    };
    for (const auto& [wanted, name] : table) {
        const auto found = find_nic_step(wanted, milliseconds(0));
        if (report.good(found, "find " + name)) report.equal(*found, name, "found");
    }
    const NicMatch absent[] = {
        {"eth1", "", ""}, {"", "e1000", ""}, {"", "", "02:00:00:00:00:16"}, {"eth0", "e1000", ""}};
    for (const NicMatch& wanted : absent) {
        const std::string text = report.failure(find_nic_step(wanted, milliseconds(20)), "absent");
        report.contains(text, "not there after 20ms", "absent");
        report.contains(text, std::string("eth0 driver=veth mac=") + mac, "those that are there");
        report.contains(text, "[system] modules", "remedy");
    }
    const std::string text = report.failure(find_nic_step({"", "e1000", ""}, milliseconds(0)), "absent");
    report.contains(text, "Name \"e1000\" in", "the module is named");
}

void test_waiting(Report& report) {
    const int self = ::getpid();
    start_child([self] {
        if (eventually([self] { return is_asleep(self); })) make_cards();
    });
    const auto found = find_nic_step({"", "", mac}, seconds(20));
    if (report.good(found, "wait for eth0")) report.equal(*found, "eth0", "found");
}

void test_no_card_at_all(Report& report) {
    const std::string text = report.failure(find_nic_step({"eth0", "", ""}, milliseconds(0)), "nothing there");
    report.contains(text, "find interface eth0: not there; this machine has none", "message");
}

void test_carrier(Report& report) {
    report.check(make_cards(), "make cards");
    report.contains(report.failure(wait_carrier_step("eth0", milliseconds(0)), "down"), "is not up", "down");
    report.good(link_up_step("eth0"), "eth0 up");
    const std::string text = report.failure(wait_carrier_step("eth0", milliseconds(20)), "no carrier");
    report.contains(text, "wait for carrier of eth0: none after 20ms: is the cable in", "no carrier");
    const int self = ::getpid();
    start_child([self] {
        if (eventually([self] { return is_asleep(self); })) (void)link_up_step("veth0");
    });
    report.good(wait_carrier_step("eth0", seconds(20)), "carrier");
    report.contains(report.failure(wait_carrier_step("eth9", seconds(20)), "absent"), "No such device", "absent");
}

void test_mtu(Report& report) {
    report.check(make_cards(), "make cards");
    report.good(set_mtu_step("eth0", 1400), "mtu");
    report.check(ask(SIOCGIFMTU, "eth0").ifr_mtu == 1400, "mtu is set");
    report.contains(report.failure(set_mtu_step("eth0", 100'000), "too large"),
                    "set MTU of eth0 100000: ", "too large");
    report.contains(report.failure(set_mtu_step("eth9", 1400), "absent"), "No such device", "absent");
}

void test_addresses(Report& report) {
    report.check(make_cards(), "make cards");
    for (const char* const address : {"10.0.2.15/24", "fec0::15/64", "10.0.2.15/24", "fec0::15/64"}) {
        report.good(add_address_step("eth0", address), address);  // the second time it is there already
    }
    report.good(link_up_step("eth0"), "up");
    report.equal(ip_of(ask(SIOCGIFADDR, "eth0").ifr_addr), "10.0.2.15", "address");
    report.equal(ip_of(ask(SIOCGIFNETMASK, "eth0").ifr_addr), "255.255.255.0", "mask");
    report.equal(ip_of(ask(SIOCGIFBRDADDR, "eth0").ifr_addr), "10.0.2.255", "broadcast");
    // address, index, prefix, scope (site), flags: permanent, no duplicate address detection, not tentative
    const std::string v6 = proc("if_inet6");
    report.contains(v6, "fec00000000000000000000000000015", "v6 address");
    report.contains(v6, " 40 40 82     eth0", "v6 prefix and flags");
    report.contains(report.failure(add_address_step("eth0", "10.0.2"), "bad"), "wanted: address/prefix", "bad");
    report.contains(report.failure(add_address_step("eth9", "10.0.2.15/24"), "absent"),
                    "add address eth9 10.0.2.15/24: No such device", "absent");
    report.check(::access("/proc/sys/net/ipv6/conf/veth0/disable_ipv6", F_OK) == 0, "IPv6 can be switched off");
    report.good(put_file("/proc/sys/net/ipv6/conf/veth0/disable_ipv6", "1"), "switch IPv6 off");
    report.contains(report.failure(add_address_step("veth0", "fec0::16/64"), "no IPv6"), "IPv6 is switched off",
                    "no IPv6");
}

void test_routes(Report& report) {
    report.check(make_cards(), "make cards");
    report.good(add_address_step("eth0", "10.0.2.15/24"), "v4");
    report.good(add_address_step("eth0", "fec0::15/64"), "v6");
    const std::string down = report.failure(add_route_step("eth0", {{}, "default", "10.0.2.2"}), "down");
    report.contains(down, "add route default via 10.0.2.2 dev eth0: ", "down");
    report.good(link_up_step("eth0"), "up");
    report.good(link_up_step("veth0"), "up");
    const std::pair<const char*, const char*> good[] = {
        {"default", "10.0.2.2"}, {"default", "fec0::2"},  {"192.168.7.0/24", "10.0.2.3"}, {"192.168.8.0/24", ""},
        {"fd00::/8", "fec0::3"}, {"fd01::/16", ""},       {"default", "10.0.2.2"},        {"default", "fec0::2"},
        {"192.168.8.0/24", ""},  {"fd00::/8", "fec0::3"},
    };
    for (const auto& [destination, gateway] : good) {
        report.good(add_route_step("eth0", {{}, destination, gateway}), destination);
    }
    const std::string v4 = proc("route");
    report.contains(v4, "eth0\t00000000\t0202000A\t0003", "default");
    report.contains(v4, "eth0\t0007A8C0\t0302000A\t0003", "by gateway");
    report.contains(v4, "eth0\t0008A8C0\t00000000\t0001", "direct");
    const std::string v6 = proc("ipv6_route");
    report.contains(v6,
                    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
                    "fec00000000000000000000000000002",
                    "v6 default");
    report.contains(v6, "fd000000000000000000000000000000 08 ", "v6 by gateway");
}

void test_route_errors(Report& report) {
    report.check(make_cards(), "make cards");
    report.good(add_address_step("eth0", "10.0.2.15/24"), "v4");
    report.good(link_up_step("eth0"), "up");
    report.good(add_route_step("eth0", {{}, "default", "10.0.2.2"}), "default");
    const std::pair<std::pair<const char*, const char*>, const char*> bad[] = {
        {{"default", "10.0.2.3"}, "another route to the same destination is there already"},
        {{"10.9.0.0/16", "10.0.3.1"}, "is the gateway in the network of an address above?"},
        {{"default", "fec0::2"}, "is the gateway in the network of an address above?"},
        {{"default", "x"}, "wanted: addresses of one family"},
        {{"default", ""}, "wanted: addresses of one family"},
        {{"10.9.0.0/16", "fec0::2"}, "wanted: addresses of one family"},
    };
    for (const auto& [route, part] : bad) {
        report.contains(report.failure(add_route_step("eth0", {{}, route.first, route.second}), part), part, part);
    }
    report.contains(report.failure(add_route_step("eth9", {{}, "default", "10.0.2.2"}), "absent"), "No such device",
                    "absent");
}

void run(void (*body)(Report&)) {
    if (can_unshare(net)) CHECK(in_namespaces(net, body) == "");
}

}  // namespace

TEST_CASE("netns: the loopback interface comes up") {
    run(test_loopback);
}
TEST_CASE("netns: an interface is found by name, driver and MAC; an absent one is told with those that are there") {
    run(test_finding);
}
TEST_CASE("netns: an interface is waited for") {
    run(test_waiting);
}
TEST_CASE("netns: a machine without a card") {
    run(test_no_card_at_all);
}
TEST_CASE("netns: a carrier is waited for") {
    run(test_carrier);
}
TEST_CASE("netns: the MTU") {
    run(test_mtu);
}
TEST_CASE("netns: addresses of both families, there already") {
    run(test_addresses);
}
TEST_CASE("netns: routes of both families, there already") {
    run(test_routes);
}
TEST_CASE("netns: routes that cannot be") {
    run(test_route_errors);
}
