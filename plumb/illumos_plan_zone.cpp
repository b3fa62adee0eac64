// What a zone's network leaves for mvinit to do.
#include <algorithm>

#include "conf/address.hpp"
#include "plumb/illumos_planning.hpp"

namespace plumb {

namespace {

// A problem, unless the interface may fail.
void trouble(Planner& p, const conf::Interface& interface, std::initializer_list<std::string_view> parts) {
    if (interface.optional) return p.note(parts);
    p.problem(parts);
}

bool configured_by_ipmgmtd(const Facts& facts) {
    return facts.brand != "native";
}

std::string allowed_list(const Facts& facts, const std::string& nic) {
    std::string text;
    for (const auto& one : facts.allowed)
        if (one.nic == nic) text += (text.empty() ? "" : ", ") + one.address;
    return text;
}

bool is_allowed(const Facts& facts, const std::string& nic, const std::string& address) {
    return std::any_of(facts.allowed.begin(), facts.allowed.end(), [&](const AllowedAddress& one) {
        return one.nic == nic && conf::parse_address(one.address) == conf::parse_address(address);
    });
}

// The default router of zonecfg for the gateway's family, "" where there is none.
std::string router_of(const Facts& facts, const std::string& nic, bool ipv6) {
    for (const auto& one : facts.allowed)
        if (one.nic == nic && !one.gateway.empty() && is_ipv6(one.gateway) == ipv6) return one.gateway;
    return {};
}

void gateways(Planner& p, conf::Interface& interface, const std::string& nic, const std::string& object) {
    std::erase_if(interface.gateways, [&](const std::string& gateway) {
        const std::string router = router_of(p.facts, nic, is_ipv6(gateway));
        if (router.empty()) return false;
        if (conf::parse_address(router) != conf::parse_address(gateway))
            trouble(p, interface,
                    {object, ": gateway ", gateway, " is not the defrouter of zonecfg, ", router,
                     ", which ipmgmtd uses: leave gateway out, or change defrouter"});
        return true;
    });
}

}  // namespace

bool leave_to_ipmgmtd(Planner& p, conf::Interface& interface, const std::string& nic, const std::string& object) {
    const std::string allowed = allowed_list(p.facts, nic);
    if (allowed.empty()) return false;
    const bool ours = !configured_by_ipmgmtd(p.facts);
    if (interface.dhcp || interface.accept_ra)
        trouble(p, interface,
                {object, interface.dhcp ? ": dhcp" : ": accept_ra",
                 " cannot work: allowed-address in zonecfg fixes the address to ", allowed});
    interface.dhcp = interface.accept_ra = false;
    std::erase_if(interface.addresses, [&](const std::string& address) {
        if (is_allowed(p.facts, nic, address)) return !ours;
        trouble(p, interface,
                {object, ": address ", address, " is refused by ip-nospoof, as allowed-address in zonecfg is ", allowed,
                 ": change one of the two"});
        return true;
    });
    if (!ours) gateways(p, interface, nic, object);
    return !ours;
}

void allowed_notes(Planner& p) {
    const bool ours = !configured_by_ipmgmtd(p.facts);
    for (const auto& one : p.facts.allowed) {
        if (ours) {
            p.note({"allowed-address ", one.address, " of ", one.nic,
                    ": ipmgmtd does not set it in a zone of brand native: give it as an [[interface]]"});
        } else {
            p.note({"allowed-address ", one.address, " of ", one.nic, ": ipmgmtd sets it",
                    one.gateway.empty() ? "" : ", and the default route to ", one.gateway});
        }
    }
}

void shared_network_notes(Planner& p) {
    p.note({"shared-IP zone: no network step, the global zone has configured everything, lo0 too"});
    for (const auto& interface : p.config.interfaces)
        trouble(p, interface,
                {interface_text({interface.name, interface.driver, interface.mac}),
                 ": a shared-IP zone cannot configure it (EPERM): give the address in zonecfg (net, address), or set "
                 "ip-type=exclusive there"});
}

}  // namespace plumb
