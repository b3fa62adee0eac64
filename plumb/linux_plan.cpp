// The plan for Linux. Pure: compiled and tested on every host.
#include <algorithm>
#include <array>

#include "plumb/planning.hpp"

namespace plumb {

namespace {

constexpr BaseMount early_mounts[] = {
    {"proc", "proc", "/proc", "nosuid,nodev,noexec", true,
     "without it: no kernel command line, no sysctl, and most programs fail"},
    {"sysfs", "sysfs", "/sys", "nosuid,nodev,noexec", true, "without it: devices are not found by driver, no cgroups"},
    {"devtmpfs", "devtmpfs", "/dev", "nosuid,mode=0755", true,
     "without it: no console, /dev/null or disks, unless the image has nodes"},
};

constexpr BaseMount boot_mounts[] = {
    {"devpts", "devpts", "/dev/pts", "nosuid,noexec,gid=5,mode=620,ptmxmode=666", true,
     "without it: no pseudo-terminals (ssh, script, tmux)"},
    {"tmpfs", "tmpfs", "/dev/shm", "nosuid,nodev,mode=1777", true,
     "without it: no POSIX shared memory (databases, browsers)"},
    {"tmpfs", "tmpfs", "/run", "nosuid,nodev,mode=0755", true,
     "without it: pid files and sockets under /run need a writable root"},
    {"tmpfs", "tmpfs", "/tmp", "nosuid,nodev,mode=1777", false, "without it: temporary files need a writable root"},
    {"cgroup2", "cgroup2", "/sys/fs/cgroup", "nosuid,nodev,noexec", false, "without it: no limits by control group"},
};

void early_steps(Planner& p) {
    if (p.facts.role != conf::Role::machine) return;
    if (p.facts.owns_kernel)
        p.prefer(CtrlAltDel{}, "ctrl-alt-del asks mvinit to reboot; without it the machine resets at once");
    for (const auto& base : early_mounts) plan_base_mount(p, base);
    for (auto& step : p.plan.steps) step.phase = Phase::early;
}

void device_links(Planner& p) {
    static constexpr const char* why = "without it: shells and scripts that name it fail";
    static constexpr const char* links[][2] = {{"/proc/self/fd", "/dev/fd"},
                                               {"/proc/self/fd/0", "/dev/stdin"},
                                               {"/proc/self/fd/1", "/dev/stdout"},
                                               {"/proc/self/fd/2", "/dev/stderr"}};
    for (const auto& link : links) p.prefer(Symlink{link[0], link[1]}, why);
}

void remount(Planner& p, const char* options, const char* reason) {
    p.require(Mount{"", "/", "", options, false}, reason);
}

// Writable before anything is made under it.
void root_writable(Planner& p) {
    if (p.config.system.root != conf::RootMode::rw) return;
    if (p.facts.root_writable) {
        p.note("[system] root = \"rw\": the root is writable already");
    } else {
        remount(p, "remount,rw", "[system] root = \"rw\"");
    }
}

// Read-only after everything that writes to it, the set-up commands included.
void root_read_only(Planner& p) {
    if (p.config.system.root != conf::RootMode::ro) return;
    if (p.facts.root_writable) {
        remount(p, "remount,ro", "[system] root = \"ro\", once set-up has written to it");
    } else {
        p.note("[system] root = \"ro\": the root is read-only already");
    }
}

void modules(Planner& p) {
    for (const auto& module : p.config.system.modules) {
        const auto blank = module.find(' ');
        const std::string name = module.substr(0, blank);
        const std::string parameters = blank == std::string::npos ? std::string() : module.substr(blank + 1);
        p.require(LoadModule{name, parameters}, "[system] modules");
    }
}

// As sysctl(8) takes them: the first separator decides which of the two it is, the other one is then part of a name
// ("net.ipv4.conf.eth0/100.forwarding" and "net/ipv4/conf/eth0.100/forwarding" are the same).
std::string sysctl_path(std::string key) {
    const auto separator = key.find_first_of("./");
    if (separator != std::string::npos && key[separator] == '.')
        for (char& c : key) c = c == '.' ? '/' : c == '/' ? '.' : c;
    return concat({"/proc/sys/", key});
}

// After the modules, which bring keys of their own (nf_conntrack, bridge), and before the interfaces, which take
// net.*.conf.default and the buffer sizes as they are when they come up.
void sysctls(Planner& p) {
    for (const auto& [key, value] : p.config.system.sysctl)
        p.require(WriteFile{sysctl_path(key), concat({value, "\n"})}, concat({"[system] sysctl \"", key, "\""}));
}

void loopback(Planner& p) {
    // The kernel gives it its addresses. Nothing to wait for: it is there from the start or never.
    p.prefer(LinkUp{{"lo", "", ""}, 0, {}}, "without it: 127.0.0.1 and ::1 do not answer");
}

void interface_steps(Planner& p, const conf::Interface& interface) {
    const std::string reason = interface_text(interface);
    const bool required = !interface.optional;
    if (interface.dhcp)
        p.problem(
            "%: dhcp is for illumos only: give addresses and gateway, boot with ip=dhcp if the kernel has "
            "CONFIG_IP_PNP_DHCP, or run a DHCP client as [[setup]]",
            {reason});
    else
        check_gateways(p, interface);
    if (interface.accept_ra)
        p.note(
            "%: accept_ra: the kernel listens to router advertisements by itself while net.ipv6.conf.*.accept_ra is "
            "1; where it forwards, set that to 2 in [system] sysctl",
            {reason});
    p.add(LinkUp{nic_of(interface), interface.mtu, interface.carrier_timeout}, reason, required).deadline =
        interface.timeout;
    for (const auto& address : interface.addresses) p.add(Address{nic_of(interface), address}, reason, required);
    for (const auto& gateway : interface.gateways)
        p.add(Route{nic_of(interface), "default", gateway}, reason, required);
}

bool is_x86(std::string_view machine) {
    static constexpr std::array<std::string_view, 5> names{"x86_64", "i386", "i486", "i586", "i686"};
    return std::find(names.begin(), names.end(), machine) != names.end();
}

// Late: it costs the application nothing then. Only ACPI announces the button so, and a machine that cannot power
// itself off has no ACPI worth the name.
void power_button(Planner& p) {
    const Facts& facts = p.facts;
    if (!p.config.system.power_button || !facts.owns_kernel || !facts.can_power_off || !is_x86(facts.architecture))
        return;
    p.prefer(LoadModule{"button", ""}, "without it: the power button does nothing").phase = Phase::late;
}

void machine_steps(Planner& p) {
    root_writable(p);
    for (const auto& base : boot_mounts) plan_base_mount(p, base);
    device_links(p);
    plan_hostname(p);
    modules(p);
    sysctls(p);
    loopback(p);
    for (const auto& interface : p.config.interfaces) interface_steps(p, interface);
    plan_mounts(p);
    plan_dns(p);
    plan_setup(p);
    root_read_only(p);
    power_button(p);
}

}  // namespace

Plan plan_early(const Facts& facts) {
    if (facts.platform != conf::Platform::linux_os) return plan_illumos_early(facts);
    const conf::Config defaults;
    Planner planner{defaults, facts};
    early_steps(planner);
    return std::move(planner.plan);
}

Plan plan_linux(const conf::Config& config, const Facts& facts) {
    Planner planner{config, facts};
    planner.plan = plan_early(facts);
    plan_notes(planner);
    if (facts.role == conf::Role::machine) {
        machine_steps(planner);
    } else {
        plan_container(planner);
    }
    return std::move(planner.plan);
}

}  // namespace plumb
