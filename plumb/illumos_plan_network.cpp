// The network by hand, as the SMF methods net-loopback and net-physical and the daemons' own services would do it.
#include <algorithm>
#include <list>

#include "plumb/illumos_planning.hpp"

namespace plumb {

namespace {

using std::chrono::seconds;

// ifconfig gives dhcpagent this long to start before it waits for the lease.
constexpr seconds dhcp_start = seconds{15};
constexpr seconds dhcp_least_wait = seconds{30};
constexpr seconds lease_deadline = seconds{30};

constexpr const char* ipmgmtd = "/lib/inet/ipmgmtd";
constexpr const char* dlmgmtd = "/sbin/dlmgmtd";

// One interface under way: its name and what all its commands have in common.
struct Link {
    explicit Link(Planner& p, const conf::Interface& configured) : planner(p), interface(configured) {}

    Planner& planner;
    conf::Interface interface;  // without what ipmgmtd does
    std::string name;
    std::string reason;
    bool plumbed = false;  // by ipmgmtd

    // The text's first % is the link's name, its second the argument.
    void run(const char* text, std::string_view argument = {}) const {
        run_step(planner, text, {name, argument}, reason, required());
    }
    bool required() const { return !interface.optional; }
    bool gets_ipv6() const { return interface.accept_ra || has_address(interface, true); }
};

// All of them, and what is needed for them: by any, or by one that is required.
struct Links {
    std::list<Link> list{};
    bool required = false;
    bool without_node = false, node_required = false;
    bool dhcp_required = false;
    bool accept_ra = false, accept_ra_required = false;
};

// The illumos driver for a name that Linux users write.
std::string_view driver_name(std::string_view name) {
    static constexpr const char* names[][2] = {
        {"e1000", "e1000g"}, {"e1000e", "e1000g"}, {"virtio_net", "vioif"}, {"vmxnet3", "vmxnet3s"}, {"r8169", "rge"}};
    for (const auto& pair : names)
        if (name == pair[0]) return pair[1];
    return name;
}

bool contradicts(std::string_view wanted, std::string_view is) {
    return !wanted.empty() && wanted != is;
}

// The name that the commands will carry. "" with a problem where nothing tells it.
std::string interface_name(Planner& p, const conf::Interface& interface, const std::string& object) {
    const std::string_view driver = driver_name(interface.driver);
    for (const auto& nic : p.facts.nics)
        if (!contradicts(interface.name, nic.name) && !contradicts(driver, nic.driver) &&
            !contradicts(interface.mac, nic.mac))
            return nic.name;
    if (!interface.name.empty()) return interface.name;
    if (!interface.mac.empty()) {  // never a guess: it was given to tell cards of one driver apart
        p.problem(
            "%: no network card with that address is known, as on illumos it takes a plumbed link to ask: "
            "give name, or driver alone",
            {object});
        return {};
    }
    if (in_zone(p.facts)) {  // its links are named by whoever configured the zone
        p.problem(
            "%: no link of driver % is known in this zone: give the name that zonecfg has, such as name = \"net0\"",
            {object, driver});
        return {};
    }
    p.note("%: no card of driver % is known yet, %0 is a guess", {object, driver, driver});
    return fill("%0", {driver});
}

// Of an image whose files are not known: mvi's have the node of e1000g0 and lack that of vioif0.
bool lacks_node(const Link& link) {
    if (link.planner.facts.files.empty()) return !link.name.starts_with("e1000g");
    return !has_file(link.planner.facts, fill("/dev/%", {link.name}));
}

void sum_up(Links& links, const Link& link) {
    const bool required = link.required();
    const bool lacks = lacks_node(link);
    links.required |= required;
    links.without_node |= lacks;
    links.node_required |= required && lacks;
    links.dhcp_required |= required && link.interface.dhcp;
    links.accept_ra |= link.interface.accept_ra;
    links.accept_ra_required |= required && link.interface.accept_ra;
}

void find_links(Planner& p, Links& links) {
    for (const auto& interface : p.config.interfaces) {
        Link& link = links.list.emplace_back(p, interface);
        link.reason = interface_text(interface);
        link.name = interface_name(p, interface, link.reason);
        if (link.name.empty()) {
            links.list.pop_back();
            continue;
        }
        if (interface.carrier_timeout.count() > 0)
            p.note("%: carrier_timeout has no counterpart on illumos, the carrier is not waited for", {link.reason});
        link.plumbed = leave_to_ipmgmtd(p, link.interface, link.name, link.reason);
        if (!link.interface.dhcp && !link.plumbed) check_gateways(p, interface);
        sum_up(links, link);
    }
}

void daemon(Planner& p, const char* path, const char* service, const char* reason, bool required) {
    Step* step = run_step(p, path, {}, reason, required);
    // Refuses to run without it; any value will do, but dlmgmtd names its cache file after its own.
    if (step != nullptr)
        std::get_if<Command>(&step->action)->env.emplace("SMF_FMRI", concat({"svc:/network/", service, ":default"}));
}

// The global zone's alone: the table of sockets is the whole system's (EPERM in a zone), a zone's links are made for it
// and the global zone's dlmgmtd answers in it.
void links_of_the_system(Planner& p, const Links& links) {
    run_step(p, "/sbin/soconfig -d /etc/sock2path.d", {}, "without it: socket() fails with EAFNOSUPPORT",
             links.required);
    const bool needed = links.node_required;
    if (links.without_node)
        run_step(p, "/usr/sbin/devfsadm", {}, "without it: a link that has no node in /dev is not found", needed);
    if (links.without_node || has_file(p.facts, dlmgmtd))
        daemon(p, dlmgmtd, "datalink-management", "without it: dladm does not work, nor links new to /dev", needed);
}

// ipmgmtd before every address, those of lo0 included, as ifconfig sets them through it (its service comes before
// net-loopback for that reason). Both daemons are ready when the process that was started has exited.
void base(Planner& p, const Links& links) {
    if (!in_zone(p.facts)) links_of_the_system(p, links);
    const bool needed = links.required || !p.facts.allowed.empty();
    daemon(p, ipmgmtd, "ip-interface-management", "without it: ifconfig cannot set addresses", needed);
    // dhcpagent's own socket is bound to 127.0.0.1
    run_step(p, "/sbin/ifconfig lo0 plumb 127.0.0.1 up", {},
             "without it: 127.0.0.1 does not answer, dhcpagent does not start", links.dhcp_required);
    run_step(p, "/sbin/ifconfig lo0 inet6 plumb ::1 up", {}, "without it: ::1 does not answer", false);
}

// The lease names the host and its name servers, but dhcpagent does no more than address and routes.
void lease(Link& link) {
    Planner& p = link.planner;
    const bool dns = p.config.dns.servers.empty() && p.config.dns.search.empty();
    const bool hostname = p.config.system.hostname.empty();
    if (!dns) p.note("%: the lease's name servers are left aside: [dns] is given", {link.reason});
    if ((!dns && !hostname) || !check_file(p, "/sbin/dhcpinfo", false)) return;
    const char* reason = dns && hostname ? "without it: no name servers and host name from the lease"
                         : dns           ? "without it: no name servers from the lease"
                                         : "without it: no host name from the lease";
    p.prefer(DhcpLease{link.name, dns, hostname}, reason).deadline = lease_deadline;
}

void dhcp(Link& link, bool primary) {
    const bool need = link.required();
    for (const char* file : {"/sbin/dhcpagent", "/etc/dhcp/inittab"}) check_file(link.planner, file, need);
    const auto wait = std::max(std::chrono::ceil<seconds>(link.interface.timeout), dhcp_least_wait);
    const std::string text = std::to_string(wait.count());
    const char* command = primary ? "/sbin/ifconfig % auto-dhcp primary wait %" : "/sbin/ifconfig % auto-dhcp wait %";
    Step* step = run_step(link.planner, command, {link.name, text}, link.reason, need);
    if (step == nullptr) return;
    step->deadline = wait + dhcp_start;
    if (primary) lease(link);
}

// Plumbing an interface that is there already is noise on stderr and exit status 0.
void ipv4(Link& link, bool& primary) {
    const auto& interface = link.interface;
    const bool ipv6_alone = !interface.dhcp && interface.mtu == 0 && !has_address(interface, false) && link.gets_ipv6();
    if (!link.plumbed && !ipv6_alone) link.run("/sbin/ifconfig % plumb");
    if (interface.mtu != 0) link.run("/sbin/ifconfig % mtu %", std::to_string(interface.mtu));
    if (interface.dhcp) {
        dhcp(link, primary);
        primary = false;
    }
    // The lease, or ipmgmtd, has the interface itself; static addresses are added to it.
    bool first = !interface.dhcp && !link.plumbed;
    for (const auto& address : interface.addresses) {
        if (is_ipv6(address)) continue;
        link.run(first ? "/sbin/ifconfig % inet % up" : "/sbin/ifconfig % addif % up", address);
        first = false;
    }
}

void ipv6(Link& link) {
    if (!link.gets_ipv6()) return;
    link.run("/sbin/ifconfig % inet6 plumb up");
    for (const auto& address : link.interface.addresses)
        if (is_ipv6(address)) link.run("/sbin/ifconfig % inet6 addif % up", address);
}

void routes(const Link& link) {
    for (const auto& gateway : link.interface.gateways) {
        // A link-local gateway means nothing without its link.
        const bool local = gateway.starts_with("fe80:");
        run_step(link.planner,
                 !is_ipv6(gateway) ? "/sbin/route -n add default -gateway %"
                 : local           ? "/sbin/route -n add -inet6 default -gateway % -ifp %"
                                   : "/sbin/route -n add -inet6 default -gateway %",
                 {gateway, link.name}, link.reason, link.required());
    }
}

// The kernel does not listen to router advertisements. in.ndpd does, for every link that has IPv6, and stays in the
// foreground until one has come or its three questions, four seconds apart, had no answer (in.ndpd/main.c).
void router_advertisements(Planner& p, const Links& links) {
    if (!links.accept_ra) return;
    run_step(p, "/usr/lib/inet/in.ndpd", {}, "[[interface]] accept_ra: addresses and routes from router advertisements",
             links.accept_ra_required);
    for (const Link& link : links.list)
        if (!link.interface.accept_ra && has_address(link.interface, true))
            p.note("%: in.ndpd configures it, too, unless /etc/inet/ndpd.conf says \"if % StatelessAddrConf off\"",
                   {link.reason, link.name});
}

}  // namespace

void plan_illumos_network(Planner& p) {
    if (p.facts.network == Network::shared) return shared_network_notes(p);
    allowed_notes(p);
    Links links;
    find_links(p, links);
    base(p, links);
    bool primary = true;
    for (Link& link : links.list) {
        ipv4(link, primary);
        ipv6(link);
        routes(link);
    }
    router_advertisements(p, links);
}

}  // namespace plumb
