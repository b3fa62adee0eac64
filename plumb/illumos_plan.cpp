// The plan for illumos: what an administrator would type where no SMF runs. Pure: compiled on every host.
// Commands and their order follow the SMF methods that they stand in for (usr/src/cmd/svc/milestone of illumos-gate).
#include <algorithm>
#include <array>

#include "plumb/planning.hpp"

namespace plumb {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds command_deadline = seconds{30};
// ifconfig gives dhcpagent this long to start before it waits for the lease.
constexpr seconds dhcp_start = seconds{15};
constexpr seconds dhcp_least_wait = seconds{30};

constexpr const char* ifconfig = "/sbin/ifconfig";

using Words = std::initializer_list<std::string_view>;

// A program that is known to be absent from the image is a problem already now, said once. An image of which no files
// are known is not judged.
void check_program(Planner& p, const std::string& program, std::string_view reason) {
    const auto& files = p.facts.files;
    if (files.empty() || std::find(files.begin(), files.end(), program) != files.end()) return;
    for (const auto& problem : p.plan.problems)
        if (problem.starts_with(program)) return;
    p.problem({program, " is not in the image (", reason, "): copy it from an illumos installation"});
}

Step& command(Planner& p, Words words, std::string_view reason, bool required) {
    Command command;
    for (const auto word : words) command.argv.emplace_back(word);
    if (required) check_program(p, command.argv.front(), reason);
    Step& step = p.add(std::move(command), reason, required);
    step.deadline = command_deadline;
    return step;
}

// mount(2) cannot do this without the helper's knowledge of the superblock (largefiles); the root of a ramdisk must be
// named by its /devices path (ufs_vfsops.c: any other device is EINVAL).
void root(Planner& p) {
    const Facts& facts = p.facts;
    const auto wanted = p.config.system.root;
    if (wanted == conf::RootMode::rw && facts.root_writable) {
        p.note({"[system] root = \"rw\": the root is writable already"});
    } else if (wanted == conf::RootMode::rw && facts.root_type == "ufs") {
        std::string_view device = facts.root_source;
        if (device.empty()) device = "/devices/ramdisk:a";
        command(p, {"/etc/fs/ufs/mount", "-o", "remount,rw", device, "/"}, "[system] root = \"rw\"", true);
    } else if (wanted == conf::RootMode::rw) {
        const std::string_view type = facts.root_type.empty() ? std::string_view("unknown") : facts.root_type;
        p.problem({"[system] root = \"rw\": only a ufs root can be remounted, this one is ", type});
    } else if (wanted == conf::RootMode::ro && facts.root_writable) {
        p.problem({"[system] root = \"ro\": illumos cannot make a writable root read-only: boot it read-only"});
    } else if (wanted == conf::RootMode::keep && !facts.root_writable) {
        p.note({"the root stays read-only, as the kernel mounted it: [system] root = \"rw\" changes that"});
    }
}

// By mount(2), so that the image needs no mount helper.
void tmpfs(Planner& p, const char* target, const char* reason) {
    if (!leave_alone(p, target)) p.prefer(Mount{"swap", target, "tmpfs", "", true}, reason);
}

void file_systems(Planner& p) {
    tmpfs(p, "/etc/svc/volatile", "without it: ipmgmtd has no place for its door, so no addresses");
    tmpfs(p, "/var/run", "without it: pid files and doors under /var/run need a writable root");
    if (has_directory(p.facts, "/tmp")) tmpfs(p, "/tmp", "without it: temporary files need a writable root");
    if (has_directory(p.facts, "/dev/fd") && !leave_alone(p, "/dev/fd"))
        p.prefer(Mount{"fd", "/dev/fd", "fd", "", false}, "without it: shells and scripts that name /dev/fd fail");
}

bool wants_ipv6(const conf::Config& config) {
    const auto& list = config.interfaces;
    return std::any_of(list.begin(), list.end(), [](const conf::Interface& i) { return has_address(i, true); });
}

// ipmgmtd goes before every address: ifconfig sets them through it. It refuses to run without SMF_FMRI, and is ready
// when the process that was started has exited.
void network_base(Planner& p) {
    const bool required = !p.config.interfaces.empty();
    command(p, {"/sbin/soconfig", "-d", "/etc/sock2path.d"}, "without it: socket() fails with EAFNOSUPPORT", required);
    Step& ipmgmtd = command(p, {"/lib/inet/ipmgmtd"}, "without it: ifconfig cannot set addresses", required);
    std::get_if<Command>(&ipmgmtd.action)->env.emplace("SMF_FMRI", "svc:/network/ip-interface-management:default");
    command(p, {ifconfig, "lo0", "plumb", "127.0.0.1", "up"},
            "without it: 127.0.0.1 does not answer, dhcpagent does not start", false);
    if (wants_ipv6(p.config))
        command(p, {ifconfig, "lo0", "inet6", "plumb", "::1", "up"}, "without it: ::1 does not answer", false);
}

// The illumos driver for a name that Linux users write.
std::string driver_name(const std::string& name) {
    struct Pair {
        std::string_view linux_name, illumos_name;
    };
    static constexpr std::array<Pair, 5> names{{{"e1000", "e1000g"},
                                                {"e1000e", "e1000g"},
                                                {"virtio_net", "vioif"},
                                                {"vmxnet3", "vmxnet3s"},
                                                {"r8169", "rge"}}};
    for (const auto& pair : names)
        if (pair.linux_name == name) return std::string(pair.illumos_name);
    return name;
}

// The name that the commands will carry. "" with a problem where nothing tells it.
std::string interface_name(Planner& p, const conf::Interface& interface, const std::string& object) {
    const std::string driver = driver_name(interface.driver);
    for (const auto& nic : p.facts.nics) {
        if (!interface.name.empty() && nic.name != interface.name) continue;
        if (!driver.empty() && nic.driver != driver) continue;
        if (!interface.mac.empty() && nic.mac != interface.mac) continue;
        return nic.name;
    }
    if (!interface.name.empty()) return interface.name;
    if (driver.empty()) {
        p.problem({object, ": no network card with that address is known: give name or driver"});
        return {};
    }
    p.note({object, ": no card of driver ", driver, " is known yet, ", driver, "0 is a guess"});
    return driver + "0";
}

// One interface under way: its name and what all its commands have in common.
struct Link {
    Planner& planner;
    const conf::Interface& interface;
    std::string name;
    std::string reason;

    Step& run(Words words) { return command(planner, words, reason, !interface.optional); }
};

// Plumbing an interface that is there already is noise on stderr and exit status 0.
void ipv4(Link& link) {
    const auto& interface = link.interface;
    link.run({ifconfig, link.name, "plumb"});
    if (interface.mtu != 0) link.run({ifconfig, link.name, "mtu", std::to_string(interface.mtu)});
    if (interface.dhcp) {
        const auto wait = std::max(std::chrono::ceil<seconds>(interface.timeout), dhcp_least_wait);
        link.run({ifconfig, link.name, "auto-dhcp", "primary", "wait", std::to_string(wait.count())}).deadline =
            wait + dhcp_start;
    }
    bool first = !interface.dhcp;  // the lease has the interface itself, static addresses are added to it
    for (const auto& address : interface.addresses) {
        if (is_ipv6(address)) continue;
        link.run({ifconfig, link.name, first ? "inet" : "addif", address, "up"});
        first = false;
    }
}

void ipv6(Link& link) {
    if (!has_address(link.interface, true)) return;
    link.run({ifconfig, link.name, "inet6", "plumb", "up"});
    for (const auto& address : link.interface.addresses)
        if (is_ipv6(address)) link.run({ifconfig, link.name, "inet6", "addif", address, "up"});
}

void routes(Link& link) {
    for (const auto& gateway : link.interface.gateways) {
        if (!is_ipv6(gateway)) {
            link.run({"/sbin/route", "-n", "add", "default", "-gateway", gateway});
        } else if (!gateway.starts_with("fe80:")) {
            link.run({"/sbin/route", "-n", "add", "-inet6", "default", "-gateway", gateway});
        } else {  // a link-local gateway means nothing without its link
            link.run({"/sbin/route", "-n", "add", "-inet6", "default", "-gateway", gateway, "-ifp", link.name});
        }
    }
}

void interface_steps(Planner& p, const conf::Interface& interface) {
    const NicMatch nic{interface.name, interface.driver, interface.mac};
    Link link{p, interface, {}, interface_text(nic)};
    link.name = interface_name(p, interface, link.reason);
    if (link.name.empty()) return;
    if (!interface.dhcp) check_gateways(p, interface, nic);
    if (interface.carrier_timeout.count() > 0)
        p.note({link.reason, ": carrier_timeout has no counterpart on illumos, the carrier is not waited for"});
    ipv4(link);
    ipv6(link);
    routes(link);
}

void resolver(Planner& p) {
    const auto& list = p.config.interfaces;
    if (plan_dns(p))
        p.note({"[dns]: names are looked up there only if /etc/nsswitch.conf says \"hosts: files dns\""});
    else if (std::any_of(list.begin(), list.end(), [](const conf::Interface& i) { return i.dhcp; }))
        p.note({"dhcp: dhcpagent does not write /etc/resolv.conf: give [dns] servers"});
}

void linux_only(Planner& p) {
    if (!p.config.system.modules.empty())
        p.note({"[system] modules: left out, illumos loads its drivers as devices and file systems need them"});
    if (!p.config.system.sysctl.empty())
        p.note({"[system] sysctl: left out, illumos has none: see ipadm set-prop and /etc/system"});
}

void machine_steps(Planner& p) {
    root(p);
    file_systems(p);
    if (!p.config.system.hostname.empty()) p.require(Hostname{p.config.system.hostname}, "[system] hostname");
    network_base(p);
    for (const auto& interface : p.config.interfaces) interface_steps(p, interface);
    plan_mounts(p);
    resolver(p);
    plan_setup(p);
    linux_only(p);
}

}  // namespace

Plan plan_illumos(const conf::Config& config, const Facts& facts) {
    Planner planner{config, facts};
    plan_notes(planner);
    if (facts.role == conf::Role::machine) {
        machine_steps(planner);
    } else {
        plan_container(planner);
    }
    return std::move(planner.plan);
}

}  // namespace plumb
