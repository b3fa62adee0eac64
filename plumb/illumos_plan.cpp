// The plan for illumos: what an administrator would type where no SMF runs. Pure: compiled on every host.
// Commands and their order follow the SMF methods that they stand in for (usr/src/cmd/svc/milestone of illumos-gate).
#include <algorithm>

#include "conf/text.hpp"
#include "plumb/illumos_planning.hpp"

namespace plumb {

namespace {

void writable_root(Planner& p) {
    const Facts& facts = p.facts;
    if (facts.root_writable) {
        p.note("[system] root = \"rw\": the root is writable already");
    } else if (in_zone(facts)) {
        p.problem("[system] root = \"rw\": a zone cannot remount its root: make it writable from the global zone");
    } else if (facts.root_type == "zfs") {
        p.problem("[system] root = \"rw\": this root is a read-only zfs dataset: zfs set readonly=off %",
                  {facts.root_source});
    } else if (facts.root_type != "ufs") {
        p.problem("[system] root = \"rw\": only a ufs root can be remounted, this one is %",
                  {facts.root_type.empty() ? Word("unknown") : facts.root_type});
    } else {
        // mount(2) cannot do this without the helper's knowledge of the superblock (largefiles); the root of a ramdisk
        // must be named by its /devices path (ufs_vfsops.c: any other device is EINVAL).
        // Until it is remounted mnttab names it as the boot loader did, without /devices (vfs_mountroot(): bo_name).
        std::string device = facts.root_source.empty() ? "/ramdisk:a" : facts.root_source;
        if (device.starts_with('/') && !device.starts_with("/dev")) device.insert(0, "/devices");
        run_step(p, "/etc/fs/ufs/mount -o remount,rw % /", {device}, "[system] root = \"rw\"", true);
    }
}

void root(Planner& p) {
    const auto wanted = p.config.system.root;
    const bool writable = p.facts.root_writable;
    if (wanted == conf::RootMode::rw) {
        writable_root(p);
    } else if (wanted == conf::RootMode::ro && writable) {
        p.problem("[system] root = \"ro\": illumos cannot make a writable root read-only: boot it read-only");
    } else if (wanted == conf::RootMode::keep && !writable) {
        p.note(in_zone(p.facts)
                   ? "the root stays read-only, as the zone has it"
                   : "the root stays read-only, as the kernel mounted it: [system] root = \"rw\" changes that");
    }
}

// The kernel mounts it in the global zone where its directory is there, zoneadmd in the others. Both daemons of the
// network refuse to start without it.
constexpr BaseMount volatile_directory = {
    "swap", "tmpfs", "/etc/svc/volatile",
    "",     true,    "without it: no place for the doors of ipmgmtd and dlmgmtd, so no addresses"};

// By mount(2), so that the image needs no mount helper. The new root directory has the mode of the mount point
// (tmp_vfsops.c), so /tmp is not made: it would not be everybody's.
constexpr BaseMount other_mounts[] = {
    {"swap", "tmpfs", "/var/run", "", true, "without it: pid files and doors under /var/run need a writable root"},
    {"swap", "tmpfs", "/tmp", "", false, "without it: temporary files need a writable root"},
    {"fd", "fd", "/dev/fd", "", false, "without it: shells and scripts that name /dev/fd fail"},
};

void file_systems(Planner& p) {
    const auto& list = p.config.interfaces;
    const bool needed = p.facts.network == Network::exclusive &&
                        std::any_of(list.begin(), list.end(), [](const auto& one) { return !one.optional; });
    plan_base_mount(p, volatile_directory, needed);
    for (const auto& base : other_mounts) plan_base_mount(p, base);
}

bool asks_lease_for_servers(const Planner& p) {
    return std::any_of(p.plan.steps.begin(), p.plan.steps.end(), [](const Step& step) {
        const auto* lease = std::get_if<DhcpLease>(&step.action);
        return lease != nullptr && lease->resolver;
    });
}

// Without the file the library asks NIS, and DNS never.
void name_service(Planner& p) {
    const std::string& hosts = p.facts.nsswitch_hosts;
    if (image_lacks(p.facts, "/etc/nsswitch.conf")) {
        p.prefer(WriteFile{"/etc/nsswitch.conf", "hosts: files dns\nipnodes: files dns\n"},
                 "without it: names are not looked up in DNS");
    } else if (hosts.empty()) {
        p.note("names are looked up in DNS only if /etc/nsswitch.conf says \"hosts: files dns\"");
    } else if (concat({" ", hosts, " "}).find(" dns ") == std::string::npos) {
        p.note(
            "names are not looked up in DNS: /etc/nsswitch.conf says \"hosts: %\", it should be \"hosts: files dns\"",
            {hosts});
    }
}

void resolver(Planner& p) {
    const bool lease = asks_lease_for_servers(p);
    if (lease && !p.facts.root_writable && p.config.system.root != conf::RootMode::rw)
        p.note(
            "the root is read-only: the lease's name servers can be kept only where the image's /etc/resolv.conf "
            "is a link to a writable place, or with [system] root = \"rw\"");
    if (plan_dns(p) || lease) name_service(p);
}

void left_out(Planner& p) {
    if (!p.config.system.modules.empty())
        p.note("[system] modules: left out, illumos loads its drivers as devices and file systems need them");
    if (!p.config.system.sysctl.empty())
        p.note("[system] sysctl: left out, illumos has none: see ipadm set-prop and /etc/system");
    if (in_zone(p.facts) && !p.facts.adopts_orphans)
        p.note(
            p.facts.start == Start::zone_init
                ? "this kernel gives the zone's orphans to the global zone's init: mvinit sees the end of daemons by "
                  "their contract"
                : "the zone's orphans are another init's: mvinit sees the end of daemons by their contract");
}

void machine_steps(Planner& p) {
    root(p);
    file_systems(p);
    plan_hostname(p);
    plan_illumos_network(p);
    plan_mounts(p);
    resolver(p);
    plan_setup(p);
    left_out(p);
}

// Line editing: the streams modules of the console are pushed as it is opened, so before anybody opens it (the first
// sysinit entry of /etc/inittab). A zone's console has them from the global zone.
void console(Planner& p) {
    if (p.facts.role != conf::Role::machine || p.facts.start != Start::kernel || in_zone(p.facts)) return;
    if (!check_file(p, "/etc/iu.ap", false)) return;
    Step* step = run_step(p, "/sbin/autopush -f /etc/iu.ap", {},
                          "without it: the console does no line editing, erase and interrupt keys do nothing", false);
    if (step != nullptr) step->phase = Phase::early;
}

}  // namespace

Plan plan_illumos_early(const Facts& facts) {
    const conf::Config defaults;
    Planner planner{defaults, facts};
    console(planner);
    return std::move(planner.plan);
}

Plan plan_illumos(const conf::Config& config, const Facts& facts) {
    Planner planner{config, facts};
    // Its daemons and commands count on one another.
    planner.plan.in_order = true;
    plan_notes(planner);
    if (facts.role == conf::Role::machine) {
        console(planner);
        machine_steps(planner);
    } else {
        plan_container(planner);
    }
    return std::move(planner.plan);
}

}  // namespace plumb
