#include "plumb/planning.hpp"

#include <algorithm>

#include "conf/text.hpp"

namespace plumb {

Step& Planner::add(Action action, std::string reason, bool required) {
    return plan.steps.emplace_back(Step{std::move(action), std::move(reason), required, {}, Phase::boot});
}

bool leave_alone(const Planner& planner, std::string_view target) {
    const auto& mounts = planner.config.mounts;
    const bool configured =
        std::any_of(mounts.begin(), mounts.end(), [&](const conf::Mount& m) { return m.target == target; });
    return configured || is_mounted(planner.facts, target);
}

namespace {

std::string role_note(const Facts& facts) {
    const bool machine = facts.role == conf::Role::machine;
    std::string text = machine ? "role machine: " : "role container: ";
    if (!facts.pid1)
        return text + (machine ? "as told, although this is not the init process" : "not the init process");
    if (machine == facts.owns_kernel)
        return text + (machine ? "the kernel's own init process" : "the init process of a namespace or zone");
    return text + (machine ? "as told, for the init process of a namespace or zone"
                           : "as told, although this is the kernel's own init process");
}

void power_note(Planner& p) {
    const bool by_reboot = power_off_by_reboot(p.config, p.facts);
    std::string text = by_reboot ? "power-off is done by reboot: " : "power-off is done by the kernel's power-off: ";
    if (p.config.end.poweroff_by != conf::PowerOffBy::automatic) {
        text += "[end] poweroff_by says so";
    } else if (!p.facts.power_off_why.empty()) {
        text += p.facts.power_off_why;
    } else {
        text += by_reboot ? "the machine cannot switch itself off" : "nothing speaks against it";
    }
    p.note(std::move(text));
}

void end_note(Planner& p, std::string_view key, conf::EndAction wanted) {
    const auto action = resolve_end(wanted, p.facts);
    if (wanted == conf::EndAction::automatic || wanted == action) return;
    std::string text = "[end] ";
    text += key;
    text += action == conf::EndAction::poweroff
                ? " = \"exit\" becomes \"poweroff\": the machine does not survive the exit of its init process"
                : " becomes \"exit\": only the init process may end the machine";
    p.note(std::move(text));
}

bool changes_existing(const conf::Mount& mount) {
    return ("," + mount.options + ",").find(",remount,") != std::string::npos;
}

}  // namespace

void plan_notes(Planner& p) {
    p.note(role_note(p.facts));
    if (p.facts.pid1 && p.facts.owns_kernel) power_note(p);
    end_note(p, "success", p.config.end.success);
    end_note(p, "failure", p.config.end.failure);
    end_note(p, "boot_failure", p.config.end.boot_failure);
}

void plan_mounts(Planner& p) {
    for (const auto& mount : p.config.mounts) {
        if (is_mounted(p.facts, mount.target) && !changes_existing(mount)) {
            p.note("[[mount]] " + mount.target + ": already mounted, left as it is");
            continue;
        }
        p.add(Mount{mount.source, mount.target, mount.type, mount.options, mount.mkdir}, "[[mount]] " + mount.target,
              !mount.optional);
    }
}

void plan_setup(Planner& p) {
    for (const auto& setup : p.config.setup) {
        const std::string name = setup.command.empty() ? std::string() : setup.command.front();
        p.add(Command{setup.command, setup.env}, "[[setup]] " + name, !setup.optional).deadline = setup.timeout;
    }
}

void plan_container(Planner& p) {
    plan_mounts(p);
    plan_setup(p);
    const auto& system = p.config.system;
    std::vector<std::string> left;
    if (!system.hostname.empty()) left.emplace_back("[system] hostname");
    if (system.root != conf::RootMode::keep) left.emplace_back("[system] root");
    if (!system.modules.empty()) left.emplace_back("[system] modules");
    if (!system.sysctl.empty()) left.emplace_back("[system] sysctl");
    for (const auto& i : p.config.interfaces) left.push_back(interface_text({i.name, i.driver, i.mac}));
    if (!p.config.dns.servers.empty() || !p.config.dns.search.empty()) left.emplace_back("[dns]");
    p.note("left to the container's runtime: file systems of the system, devices, loopback, power button");
    if (!left.empty()) p.note("configured, but left to the container's runtime: " + conf::join(left, ", "));
}

std::string resolv_conf_text(const conf::Dns& dns) {
    std::string text;
    if (!dns.search.empty()) text += "search " + conf::join(dns.search, " ") + "\n";
    for (const auto& server : dns.servers) text += "nameserver " + server + "\n";
    return text;
}

std::string interface_text(const NicMatch& nic) {
    return "[[interface]] " + nic_text(nic);
}

bool is_ipv6(std::string_view address) {
    return address.find(':') != std::string_view::npos;
}

bool has_address(const conf::Interface& interface, bool ipv6) {
    const auto& list = interface.addresses;
    return std::any_of(list.begin(), list.end(), [&](const std::string& a) { return is_ipv6(a) == ipv6; });
}

void check_gateways(Planner& p, const conf::Interface& interface, const NicMatch& nic) {
    for (const auto& gateway : interface.gateways) {
        const bool ipv6 = is_ipv6(gateway);
        if (has_address(interface, ipv6) || gateway.starts_with("fe80:")) continue;
        p.problem(interface_text(nic) + ": gateway " + gateway + " cannot be reached without an IPv" +
                  (ipv6 ? "6" : "4") + " address on the interface: add one to addresses");
    }
}

}  // namespace plumb
