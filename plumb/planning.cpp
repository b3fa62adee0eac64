#include "plumb/planning.hpp"

#include <algorithm>

#include "conf/text.hpp"

namespace plumb {

Step& Planner::add(Action&& action, std::string_view reason, bool required) {
    return plan.steps.emplace_back(Step{std::move(action), std::string(reason), required});
}

Step& Planner::run(Command&& command, std::string_view reason, bool required, std::chrono::milliseconds deadline) {
    Step& step = add(std::move(command), reason, required);
    step.deadline = deadline;
    return step;
}

void Planner::note(const char* text, Words words) {
    plan.notes.push_back(fill(text, words));
}

void Planner::problem(const char* text, Words words) {
    plan.problems.push_back(fill(text, words));
}

bool leave_alone(const Planner& planner, std::string_view target) {
    const auto& mounts = planner.config.mounts;
    const bool configured =
        std::any_of(mounts.begin(), mounts.end(), [&](const conf::Mount& m) { return m.target == target; });
    return configured || is_mounted(planner.facts, target);
}

void plan_base_mount(Planner& p, const BaseMount& base, bool required) {
    if (leave_alone(p, base.target) || !(base.mkdir || has_directory(p.facts, base.target))) return;
    p.add(Mount{base.source, base.target, base.type, base.options, base.mkdir}, base.reason, required);
}

namespace {

const char* role_reason(const Facts& facts) {
    const bool machine = facts.role == conf::Role::machine;
    if (machine && facts.start == Start::zone_init) return "the zone's own init process";
    if (machine && facts.start == Start::shim) return "the smf entry of the zone's /etc/inittab";
    if (!facts.pid1) return machine ? "as told, although this is not the init process" : "not the init process";
    if (machine == facts.owns_kernel)
        return machine ? "the kernel's own init process" : "the init process of a namespace or zone";
    return machine ? "as told, for the init process of a namespace or zone"
                   : "as told, although this is the kernel's own init process";
}

void power_note(Planner& p) {
    const bool by_reboot = power_off_by_reboot(p.config, p.facts);
    std::string_view why = p.facts.power_off_why;
    if (p.config.end.poweroff_by != conf::PowerOffBy::automatic) {
        why = "[end] poweroff_by says so";
    } else if (why.empty()) {
        why = by_reboot ? "the machine cannot switch itself off" : "nothing speaks against it";
    }
    p.note(by_reboot ? "power-off is done by reboot: %" : "power-off is done by the kernel's power-off: %", {why});
}

void end_note(Planner& p, const char* key, conf::EndAction wanted) {
    const auto action = resolve_end(wanted, p.facts);
    if (wanted == conf::EndAction::automatic || wanted == action) return;
    p.note(action == conf::EndAction::poweroff
               ? "[end] % = \"exit\" becomes \"poweroff\": the machine does not survive the exit of its init process"
               : "[end] % becomes \"exit\": only the init process may end the machine",
           {key});
}

// Two that run one inittab would start everything twice; a container has no run level, and Linux no such init.
void inittab_note(Planner& p) {
    if (!p.config.inittab.honour) return;
    const bool is_init = p.facts.role == conf::Role::machine && p.facts.pid1 && p.facts.start != Start::shim;
    if (is_init && p.facts.platform == conf::Platform::illumos)
        return p.note("/etc/inittab: read at boot, its entries run beside the application");
    p.problem(
        p.facts.platform == conf::Platform::illumos
            ? "[inittab] honour is for the init of a machine or zone: here init runs /etc/inittab itself, or nobody "
              "does: take it out"
            : "[inittab] honour is for illumos only: take it out, or write it as [platform.illumos.inittab]");
}

bool changes_existing(const conf::Mount& mount) {
    return concat({",", mount.options, ","}).find(",remount,") != std::string::npos;
}

// illumos: mount(2) mounts these with nothing but an option string; the others need what their helpers know.
bool needs_helper(const Facts& facts, const conf::Mount& mount) {
    return facts.platform == conf::Platform::illumos &&
           std::string_view(",tmpfs,lofs,fd,proc,mntfs,ctfs,objfs,zfs,").find(concat({",", mount.type, ","})) ==
               std::string_view::npos;
}

void helper_mount(Planner& p, const conf::Mount& mount, const std::string& reason) {
    if (mount.mkdir) p.add(MakeDir{mount.target, 0755}, reason, !mount.optional);
    const std::string helper = fill("/usr/lib/fs/%/mount", {mount.type});
    Command command;
    const Words words{helper, mount.options.empty() ? "" : "-o", mount.options, mount.source, mount.target};
    for (const Word& word : words)
        if (!word.empty()) command.argv.emplace_back(word);
    p.run(std::move(command), reason, !mount.optional, std::chrono::seconds{30});
}

}  // namespace

void plan_notes(Planner& p) {
    p.note(p.facts.role == conf::Role::machine ? "role machine: %" : "role container: %", {role_reason(p.facts)});
    if (p.facts.pid1 && p.facts.owns_kernel) power_note(p);
    end_note(p, "success", p.config.end.success);
    end_note(p, "failure", p.config.end.failure);
    end_note(p, "boot_failure", p.config.end.boot_failure);
    inittab_note(p);
}

void plan_hostname(Planner& p) {
    if (!p.config.system.hostname.empty()) p.require(Hostname{p.config.system.hostname}, "[system] hostname");
}

void plan_mounts(Planner& p) {
    for (const auto& mount : p.config.mounts) {
        if (is_mounted(p.facts, mount.target) && !changes_existing(mount)) {
            p.note("[[mount]] %: already mounted, left as it is", {mount.target});
            continue;
        }
        const std::string reason = concat({"[[mount]] ", mount.target});
        if (needs_helper(p.facts, mount))
            helper_mount(p, mount, reason);
        else
            p.add(Mount{mount.source, mount.target, mount.type, mount.options, mount.mkdir}, reason, !mount.optional);
    }
}

void plan_setup(Planner& p) {
    for (const auto& setup : p.config.setup) {
        const std::string_view name = setup.command.empty() ? std::string_view() : setup.command.front();
        p.run(Command{setup.command, setup.env}, concat({"[[setup]] ", name}), !setup.optional, setup.timeout)
            .parallel = setup.parallel;
    }
}

void plan_container(Planner& p) {
    plan_mounts(p);
    plan_setup(p);
    const auto& system = p.config.system;
    std::string left;
    const auto add = [&](bool configured, std::string_view what) {
        if (!configured) return;
        if (!left.empty()) left += ", ";
        left += what;
    };
    add(!system.hostname.empty(), "[system] hostname");
    add(system.root != conf::RootMode::keep, "[system] root");
    add(!system.modules.empty(), "[system] modules");
    add(!system.sysctl.empty(), "[system] sysctl");
    for (const auto& interface : p.config.interfaces) add(true, interface_text(interface));
    add(!p.config.dns.servers.empty() || !p.config.dns.search.empty(), "[dns]");
    p.note("left to the container's runtime: the system's file systems, devices, loopback, power button");
    if (!left.empty()) p.note("configured, but left to the container's runtime: %", {left});
}

bool plan_dns(Planner& p) {
    const conf::Dns& dns = p.config.dns;
    std::string text;
    if (!dns.search.empty()) append(text, {"search ", conf::join(dns.search, " "), "\n"});
    for (const auto& server : dns.servers) append(text, {"nameserver ", server, "\n"});
    if (text.empty()) return false;
    p.require(WriteFile{"/etc/resolv.conf", std::move(text)}, "[dns]");
    if (!p.facts.root_writable && p.config.system.root != conf::RootMode::rw)
        p.note("[dns]: the root is read-only: %let the image's /etc/resolv.conf be a link to a writable place",
               {in_zone(p.facts) ? "" : "set [system] root = \"rw\", or "});
    return true;
}

NicMatch nic_of(const conf::Interface& interface) {
    return {interface.name, interface.driver, interface.mac};
}

std::string interface_text(const conf::Interface& interface) {
    return concat({"[[interface]] ", nic_text(nic_of(interface))});
}

bool is_ipv6(std::string_view address) {
    return address.find(':') != std::string_view::npos;
}

bool has_address(const conf::Interface& interface, bool ipv6) {
    const auto& list = interface.addresses;
    return std::any_of(list.begin(), list.end(), [&](const std::string& a) { return is_ipv6(a) == ipv6; });
}

void check_gateways(Planner& p, const conf::Interface& interface) {
    for (const auto& gateway : interface.gateways) {
        const bool ipv6 = is_ipv6(gateway);
        if (has_address(interface, ipv6) || gateway.starts_with("fe80:") || (ipv6 && interface.accept_ra)) continue;
        p.problem("%: gateway % cannot be reached without an IPv% address on the interface: add one to addresses",
                  {interface_text(interface), gateway, ipv6 ? "6" : "4"});
    }
}

}  // namespace plumb
