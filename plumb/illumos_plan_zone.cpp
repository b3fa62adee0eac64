// What a zone's network leaves for mvinit to do.
#include <algorithm>

#include "conf/address.hpp"
#include "plumb/illumos_planning.hpp"

namespace plumb {

namespace {

// A problem, unless the interface may fail.
void trouble(Planner& p, const conf::Interface& interface, const char* text, Words words) {
    (interface.optional ? p.plan.notes : p.plan.problems).push_back(fill(text, words));
}

bool configured_by_ipmgmtd(const Facts& facts) {
    return facts.brand != "native";
}

std::string allowed_list(const Facts& facts, const std::string& nic) {
    std::string text;
    for (const auto& one : facts.allowed)
        if (one.nic == nic) append(text, {text.empty() ? "" : ", ", one.address});
    return text;
}

bool same_address(const std::string& one, const std::string& other) {
    return conf::parse_address(one) == conf::parse_address(other);
}

bool is_allowed(const Facts& facts, const std::string& nic, const std::string& address) {
    return std::any_of(facts.allowed.begin(), facts.allowed.end(),
                       [&](const AllowedAddress& one) { return one.nic == nic && same_address(one.address, address); });
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
        if (!same_address(router, gateway))
            trouble(p, interface,
                    "%: gateway % is not the defrouter of zonecfg, %, which ipmgmtd uses: leave gateway out, or change "
                    "defrouter",
                    {object, gateway, router});
        return true;
    });
}

// The name under which zonecfg's entries for the interface are known: its own, or "" where the kernel did not tell the
// link's name and one of the addresses is among those.
std::string zonecfg_link(const Facts& facts, const conf::Interface& interface, const std::string& nic) {
    const auto& list = facts.allowed;
    if (std::any_of(list.begin(), list.end(), [&](const AllowedAddress& one) { return one.nic == nic; })) return nic;
    const auto& own = interface.addresses;
    const bool among =
        std::any_of(own.begin(), own.end(), [&](const std::string& address) { return is_allowed(facts, "", address); });
    return among ? std::string() : nic;
}

}  // namespace

bool leave_to_ipmgmtd(Planner& p, conf::Interface& interface, const std::string& nic, const std::string& object) {
    const std::string link = zonecfg_link(p.facts, interface, nic);
    const std::string allowed = allowed_list(p.facts, link);
    if (allowed.empty()) return false;
    const bool ours = !configured_by_ipmgmtd(p.facts);
    if (interface.dhcp || interface.accept_ra)
        trouble(p, interface, "%: % cannot work: allowed-address in zonecfg fixes the address to %",
                {object, interface.dhcp ? "dhcp" : "accept_ra", allowed});
    interface.dhcp = interface.accept_ra = false;
    std::erase_if(interface.addresses, [&](const std::string& address) {
        if (is_allowed(p.facts, link, address)) return !ours;
        trouble(p, interface,
                "%: address % is refused by ip-nospoof, as allowed-address in zonecfg is %: change one of the two",
                {object, address, allowed});
        return true;
    });
    if (!ours) gateways(p, interface, link, object);
    return !ours;
}

void allowed_notes(Planner& p) {
    const bool ours = !configured_by_ipmgmtd(p.facts);
    for (const auto& one : p.facts.allowed) {
        p.note(ours ? "allowed-address % of %: ipmgmtd does not set it in a zone of brand native: give it as an "
                      "[[interface]]"
               : one.gateway.empty() ? "allowed-address % of %: ipmgmtd sets it"
                                     : "allowed-address % of %: ipmgmtd sets it, and the default route to %",
               {one.address, one.nic.empty() ? Word("one of the links") : one.nic, one.gateway});
    }
}

void shared_network_notes(Planner& p) {
    p.note("shared-IP zone: no network step, the global zone has configured everything, lo0 too");
    for (const auto& interface : p.config.interfaces)
        trouble(p, interface,
                "%: a shared-IP zone cannot configure it (EPERM): give the address in zonecfg (net, address), or set "
                "ip-type=exclusive there",
                {interface_text(interface)});
}

}  // namespace plumb
