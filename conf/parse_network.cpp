// [[interface]] and [dns].
#include "conf/address.hpp"
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

// IFNAMSIZ is 16 on Linux, LIFNAMSIZ 32 on illumos, each with its final NUL.
bool link_name_at(const Site& site, const Node& at, std::string& out) {
    std::string name;
    if (!name_at(site, at, name)) return false;
    if (name.size() > 31 || name.find_first_of("/ \t\n:") != std::string::npos) {
        site.fail(at,
                  cat({quoted(name), " is not an interface's name: at most 31 characters, no '/', ':' nor blanks"}));
        return false;
    }
    out = std::move(name);
    return true;
}

void read_link_name(const Site& site, std::string& out) {
    link_name_at(site, site.node, out);
}

void read_mac(const Site& site, std::string& out) {
    std::string text;
    if (!string_at(site, site.node, "a MAC address such as \"52:54:00:12:34:56\"", text)) return;
    const std::optional<std::string> mac = normal_mac(text);
    if (!mac) return site.fail(cat({quoted(text), " is not a MAC address such as \"52:54:00:12:34:56\""}));
    out = *mac;
}

bool prefixed_at(const Site& site, const Node& at, std::string& out) {
    std::string text;
    if (!string_at(site, at, "an address such as \"10.0.2.15/24\"", text)) return false;
    const std::optional<Address> address = parse_address(text);
    if (!address) {
        site.fail(at,
                  cat({quoted(text), " is not an address with prefix such as \"10.0.2.15/24\" or \"fec0::15/64\""}));
        return false;
    }
    if (address->prefix < 0) {
        site.fail(at, cat({quoted(text), " has no prefix: add it, such as ", (address->v6 ? "/64" : "/24")}));
        return false;
    }
    out = std::move(text);
    return true;
}

// An address without prefix.
bool host_at(const Site& site, const Node& at, std::string& out) {
    std::string text;
    if (!string_at(site, at, "an address such as \"10.0.2.2\"", text)) return false;
    const std::optional<Address> address = parse_address(text);
    if (!address) {
        site.fail(at, cat({quoted(text), " is not an address such as \"10.0.2.2\" or \"fe80::2\""}));
        return false;
    }
    if (address->prefix >= 0) {
        site.fail(at, cat({quoted(text), " has a prefix: write the address alone"}));
        return false;
    }
    out = std::move(text);
    return true;
}

constexpr std::string_view addresses = "an array of addresses";

void read_prefixed(const Site& site, Strings& out) {
    read_each(site, addresses, prefixed_at, out);
}
void read_hosts(const Site& site, Strings& out) {
    read_each(site, addresses, host_at, out);
}

// One string, or an array with at most one address of each family.
void read_gateways(const Site& site, Strings& out) {
    if (site.node.kind == Kind::string) {
        std::string one;
        if (host_at(site, site.node, one)) out = {one};
        return;
    }
    Strings all;
    if (!read_each(site, addresses, host_at, all)) return;
    bool seen[2] = {false, false};
    for (std::size_t i = 0; i < all.size(); ++i) {
        bool& family = seen[parse_address(all[i])->v6 ? 1 : 0];
        if (family) return site.fail(site.node.items[i], "a second gateway of the same family: keep one");
        family = true;
    }
    out = std::move(all);
}

// 68 is the least that IPv4 can do with (RFC 791).
void read_mtu(const Site& site, std::uint32_t& out) {
    std::int64_t number = 0;
    if (!integer_at(site, site.node, number)) return;
    if (number != 0 && number < 68)
        return site.fail(cat({std::to_string(number), " is too small: 0 (leave it) or at least 68"}));
    out = static_cast<std::uint32_t>(number);
}

constexpr Field interface_fields[] = {
    field<&Interface::name, read_link_name>("name"),
    field<&Interface::driver, read_link_name>("driver"),
    field<&Interface::mac, read_mac>("mac"),
    field<&Interface::addresses, read_prefixed>("addresses"),
    field<&Interface::gateways, read_gateways>("gateway"),
    field<&Interface::dhcp, read_boolean>("dhcp", On::illumos),
    field<&Interface::accept_ra, read_boolean>("accept_ra"),
    field<&Interface::mtu, read_mtu>("mtu", On::all, 0, 65535),
    field<&Interface::carrier_timeout, read_duration>("carrier_timeout"),
    field<&Interface::timeout, read_duration>("timeout"),
    field<&Interface::optional, read_boolean>("optional"),
};

constexpr Field dns_fields[] = {
    field<&Dns::servers, read_hosts>("servers"),
    field<&Dns::search, read_names>("search"),
};

void check_interface(Report& report, const Node& node, std::string_view path, void*) {
    if (find(&node, "name") != nullptr || find(&node, "driver") != nullptr || find(&node, "mac") != nullptr) return;
    report.add(node, cat({path, ": needs at least one of name, driver and mac to know which card it is"}));
}

}  // namespace

void read_interfaces(Report& report, const Node& node, std::string_view path, Config& config) {
    config.interfaces.clear();
    const auto append = [](Config& to) -> void* { return &to.interfaces.emplace_back(); };
    read_list(report, node, path, {interface_fields, append, check_interface}, config);
}

void read_dns(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, dns_fields, &config.dns);
}

}  // namespace conf
