#include <algorithm>
#include <doctest/doctest.h>

#include "plumb/plan.hpp"

using namespace plumb;
using conf::EndAction;
using conf::Platform;
using conf::Role;

namespace {

// What has happened by the time the whole plan is made: the early phase has run.
Facts linux_machine() {
    Facts f;
    f.architecture = "x86_64";
    f.root_type = "rootfs";
    f.mounted = {"/", "/proc", "/sys", "/dev"};
    f.directories = {"/tmp", "/sys/fs/cgroup"};
    return f;
}

Facts illumos_machine() {
    Facts f;
    f.platform = Platform::illumos;
    f.root_type = "ufs";
    f.root_source = "/devices/ramdisk:a";
    f.root_writable = false;
    f.mounted = {"/etc/svc/volatile"};
    f.nics = {{"e1000g0", "e1000g", "52:54:00:12:34:56"}};
    return f;
}

std::vector<std::string> commands(const Plan& plan, Platform platform = Platform::linux_os) {
    std::vector<std::string> lines;
    for (const auto& step : plan.steps) lines.push_back(command_text(step.action, platform));
    return lines;
}

std::size_t index_of(const Plan& plan, std::string_view part, Platform platform = Platform::linux_os) {
    const auto lines = commands(plan, platform);
    for (std::size_t n = 0; n < lines.size(); ++n)
        if (lines[n].find(part) != std::string::npos) return n;
    return lines.size();
}

bool has(const Plan& plan, std::string_view part, Platform platform = Platform::linux_os) {
    return index_of(plan, part, platform) < plan.steps.size();
}

bool says(const std::vector<std::string>& list, std::string_view part) {
    return std::any_of(list.begin(), list.end(), [&](const auto& t) { return t.find(part) != std::string::npos; });
}

conf::Interface static_interface() {
    conf::Interface i;
    i.driver = "e1000";
    i.addresses = {"10.0.2.15/24"};
    i.gateways = {"10.0.2.2"};
    return i;
}

}  // namespace

TEST_CASE("linux early: ctrl-alt-del and three file systems, all optional") {
    const Plan plan = plan_early({});
    CHECK(commands(plan) ==
          std::vector<std::string>{"sysctl -w kernel.ctrl-alt-del=0",
                                   "mkdir -p /proc && mount -t proc -o nosuid,nodev,noexec proc /proc",
                                   "mkdir -p /sys && mount -t sysfs -o nosuid,nodev,noexec sysfs /sys",
                                   "mkdir -p /dev && mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev"});
    for (const auto& step : plan.steps) {
        CHECK(step.phase == Phase::early);
        CHECK_FALSE(step.required);
        CHECK_FALSE(step.reason.empty());
    }
}

TEST_CASE("linux early: what is not ours or there already is left out") {
    Facts facts;
    facts.owns_kernel = false;
    facts.mounted = {"/proc", "/dev"};
    CHECK(commands(plan_early(facts)) ==
          std::vector<std::string>{"mkdir -p /sys && mount -t sysfs -o nosuid,nodev,noexec sysfs /sys"});
    facts.role = Role::container;
    CHECK(plan_early(facts).steps.empty());
    CHECK(plan_early(illumos_machine()).steps.empty());
}

TEST_CASE("plan_linux begins with the steps of plan_early") {
    const Facts facts;
    const Plan early = plan_early(facts);
    const Plan whole = plan_linux({}, facts);
    REQUIRE(whole.steps.size() > early.steps.size());
    CHECK(std::equal(early.steps.begin(), early.steps.end(), whole.steps.begin()));
    CHECK(whole.steps[early.steps.size()].phase != Phase::early);
}

TEST_CASE("linux: base mounts are optional, and only where the image has a place for them") {
    Facts facts = linux_machine();
    facts.directories.clear();
    const Plan bare = plan_linux({}, facts);
    CHECK(has(bare, " /dev/pts"));
    CHECK(has(bare, " /dev/shm"));
    CHECK(has(bare, " /run"));
    CHECK_FALSE(has(bare, " /tmp"));
    CHECK_FALSE(has(bare, "cgroup2"));
    const Plan full = plan_linux({}, linux_machine());
    CHECK(has(full, "mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /tmp"));
    CHECK(has(full, "cgroup2 /sys/fs/cgroup"));
    for (const auto& step : full.steps) CHECK_FALSE(step.required);
    facts = linux_machine();
    facts.mounted.insert(facts.mounted.end(), {"/dev/pts", "/dev/shm", "/run", "/tmp", "/sys/fs/cgroup"});
    CHECK_FALSE(has(plan_linux({}, facts), "mount"));
}

TEST_CASE("linux: a [[mount]] takes the place of a base mount") {
    conf::Config config;
    config.mounts.push_back({"tmpfs", "/tmp", "tmpfs", "size=1m", false, false});
    const Plan plan = plan_linux(config, linux_machine());
    CHECK_FALSE(has(plan, "mode=1777 tmpfs /tmp"));
    CHECK(has(plan, "mount -t tmpfs -o size=1m tmpfs /tmp"));
}

TEST_CASE("linux: a [[mount]] on what is mounted is left out, unless it remounts") {
    conf::Config config;
    config.mounts.push_back({"x", "/proc", "proc", "", false, false});
    config.mounts.push_back({"", "/dev", "", "ro,remount", true, false});
    const Plan plan = plan_linux(config, linux_machine());
    CHECK_FALSE(has(plan, "x /proc"));
    CHECK(says(plan.notes, "[[mount]] /proc: already mounted"));
    const std::size_t remount = index_of(plan, "mount -o ro,remount /dev");
    REQUIRE(remount < plan.steps.size());
    CHECK_FALSE(plan.steps[remount].required);
}

TEST_CASE("linux: the root is remounted only where that changes something") {
    struct Row {
        conf::RootMode mode;
        bool writable;
        std::string_view step, note;
    };
    const std::vector<Row> rows{{conf::RootMode::keep, true, "", ""},
                                {conf::RootMode::keep, false, "", ""},
                                {conf::RootMode::rw, false, "mount -o remount,rw /", ""},
                                {conf::RootMode::rw, true, "", "writable already"},
                                {conf::RootMode::ro, true, "mount -o remount,ro /", ""},
                                {conf::RootMode::ro, false, "", "read-only already"}};
    for (const auto& row : rows) {
        conf::Config config;
        config.system.root = row.mode;
        Facts facts = linux_machine();
        facts.root_writable = row.writable;
        const Plan plan = plan_linux(config, facts);
        CHECK(has(plan, "remount") == !row.step.empty());
        if (!row.step.empty()) CHECK(has(plan, row.step));
        CHECK(says(plan.notes, "the root is") == !row.note.empty());
        if (!row.note.empty()) CHECK(says(plan.notes, row.note));
    }
}

TEST_CASE("linux: the order in which steps depend on each other") {
    conf::Config config;
    config.system.root = conf::RootMode::rw;
    config.system.modules = {"e1000 debug=1"};
    config.system.sysctl = {{"net.core.somaxconn", "1024"}};
    config.interfaces = {static_interface()};
    config.dns.servers = {"10.0.2.3"};
    config.mounts.push_back({"/dev/vda", "/data", "ext4", "", false, true});
    config.setup.push_back({{"/bin/setup"}, {}, std::chrono::seconds{7}, false});
    Facts facts = linux_machine();
    facts.root_writable = false;
    const Plan plan = plan_linux(config, facts);
    std::size_t last = 0;
    for (const char* part : {"remount,rw", " /run", "modprobe e1000 debug=1", "somaxconn", "dev lo up",
                             "dev driver=e1000 up", "ip addr add 10.0.2.15/24", "ip route add default via 10.0.2.2",
                             "/data", "/etc/resolv.conf", "/bin/setup", "modprobe button"}) {
        CAPTURE(part);
        const std::size_t index = index_of(plan, part);
        REQUIRE(index < plan.steps.size());
        CHECK(index >= last);
        last = index;
    }
    CHECK(plan.steps[index_of(plan, "/bin/setup")].deadline == std::chrono::seconds{7});
    CHECK(plan.steps[index_of(plan, "dev driver=e1000 up")].deadline == std::chrono::seconds{5});
    config.system.root = conf::RootMode::ro;
    facts.root_writable = true;
    const Plan read_only = plan_linux(config, facts);
    CHECK(index_of(read_only, "remount,ro") == index_of(read_only, "/bin/setup") + 1);
}

TEST_CASE("linux: sysctl keys with dots and with slashes") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"net.core.somaxconn", "/proc/sys/net/core/somaxconn"},
        {"net/core/somaxconn", "/proc/sys/net/core/somaxconn"},
        {"net.ipv4.conf.eth0/100.forwarding", "/proc/sys/net/ipv4/conf/eth0.100/forwarding"},
        {"net/ipv4/conf/eth0.100/forwarding", "/proc/sys/net/ipv4/conf/eth0.100/forwarding"},
        {"single", "/proc/sys/single"}};
    for (const auto& [key, path] : rows) {
        conf::Config config;
        config.system.sysctl = {{key, "1"}};
        const Plan plan = plan_linux(config, linux_machine());
        const Action expected = WriteFile{path, "1\n"};
        CHECK(std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& s) { return s.action == expected; }));
    }
}

TEST_CASE("dns: resolv.conf, and a word where the root cannot take it") {
    conf::Config config;
    CHECK_FALSE(has(plan_linux(config, linux_machine()), "resolv.conf"));
    config.dns = {{"10.0.2.3", "fec0::3"}, {"a.example", "b.example"}};
    const Action expected =
        WriteFile{"/etc/resolv.conf", "search a.example b.example\nnameserver 10.0.2.3\nnameserver fec0::3\n"};
    for (Facts facts : {linux_machine(), illumos_machine()}) {
        for (const bool writable : {false, true}) {
            facts.root_writable = writable;
            const Plan plan = make_plan(config, facts);
            const auto step =
                std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& s) { return s.action == expected; });
            REQUIRE(step != plan.steps.end());
            CHECK(step->required);
            CHECK(says(plan.notes, "[dns]: the root is read-only") == !writable);
        }
    }
}

TEST_CASE("an optional interface has optional steps only") {
    conf::Config config;
    config.interfaces = {static_interface()};
    for (const bool optional : {false, true}) {
        config.interfaces.front().optional = optional;
        for (const Facts& facts : {linux_machine(), illumos_machine()}) {
            int steps = 0;
            for (const auto& step : make_plan(config, facts).steps)
                if (step.reason == "[[interface]] driver=e1000") {
                    CHECK(step.required == !optional);
                    ++steps;
                }
            CHECK(steps == 3);
        }
    }
}

TEST_CASE("problems of interfaces") {
    conf::Config config;
    config.interfaces = {static_interface()};
    CHECK(plan_linux(config, linux_machine()).problems.empty());
    config.interfaces.front().gateways = {"10.0.2.2", "fec0::2"};
    CHECK(says(plan_linux(config, linux_machine()).problems, "gateway fec0::2 cannot be reached without an IPv6"));
    CHECK(says(plan_illumos(config, illumos_machine()).problems, "gateway fec0::2"));
    config.interfaces.front().gateways = {"fe80::2"};  // every link has a link-local address
    CHECK(plan_linux(config, linux_machine()).problems.empty());
    config.interfaces.front().dhcp = true;
    const auto problems = plan_linux(config, linux_machine()).problems;
    CHECK(problems.size() == 1);
    CHECK(says(problems, "dhcp is for illumos only"));
    CHECK(plan_illumos(config, illumos_machine()).problems.empty());
}

TEST_CASE("linux: the power button is looked for only where there can be one") {
    const auto button = [](const conf::Config& config, const Facts& facts) {
        return has(plan_linux(config, facts), "modprobe button");
    };
    conf::Config config;
    Facts facts = linux_machine();
    CHECK(button(config, facts));
    CHECK(plan_linux(config, facts).steps.back().phase == Phase::late);
    facts.architecture = "aarch64";
    CHECK_FALSE(button(config, facts));
    facts = linux_machine();
    facts.owns_kernel = false;
    CHECK_FALSE(button(config, facts));
    facts = linux_machine();
    facts.can_power_off = false;
    CHECK_FALSE(button(config, facts));
    facts = linux_machine();
    facts.role = Role::container;
    CHECK_FALSE(button(config, facts));
    config.system.power_button = false;
    CHECK_FALSE(button(config, linux_machine()));
}

TEST_CASE("a container gets mounts and set-up; the rest is said to be the runtime's") {
    conf::Config config;
    config.system.hostname = "web";
    config.system.modules = {"e1000"};
    config.system.sysctl = {{"a.b", "1"}};
    config.system.root = conf::RootMode::rw;
    config.interfaces = {static_interface()};
    config.dns.servers = {"10.0.2.3"};
    config.mounts.push_back({"tmpfs", "/cache", "tmpfs", "", true, true});
    config.setup.push_back({{"/bin/setup"}, {}, std::chrono::seconds{7}, true});
    for (Facts facts : {linux_machine(), illumos_machine()}) {
        facts.role = Role::container;
        facts.owns_kernel = false;
        const Plan plan = make_plan(config, facts);
        CHECK(plan.steps.size() == 2);
        CHECK(has(plan, "/cache"));
        CHECK(has(plan, "/bin/setup"));
        CHECK(says(plan.notes,
                   "configured, but left to the container's runtime: [system] hostname, [system] root, "
                   "[system] modules, [system] sysctl, [[interface]] driver=e1000, [dns]"));
    }
}

TEST_CASE("resolve_end: what the facts leave of what was wanted") {
    struct Row {
        Role role;
        bool pid1, owns_kernel;
        EndAction wanted, expected;
    };
    constexpr auto machine = Role::machine;
    constexpr auto container = Role::container;
    const std::vector<Row> rows{
        {machine, true, true, EndAction::automatic, EndAction::poweroff},
        {machine, true, true, EndAction::exit, EndAction::poweroff},
        {machine, true, true, EndAction::reboot, EndAction::reboot},
        {machine, true, true, EndAction::halt, EndAction::halt},
        {machine, true, true, EndAction::rescue, EndAction::rescue},
        {machine, true, false, EndAction::automatic, EndAction::poweroff},
        {machine, true, false, EndAction::exit, EndAction::exit},
        {machine, false, true, EndAction::automatic, EndAction::exit},
        {machine, false, true, EndAction::reboot, EndAction::exit},
        {container, true, false, EndAction::automatic, EndAction::exit},
        {container, true, false, EndAction::reboot, EndAction::reboot},
        {container, true, true, EndAction::automatic, EndAction::poweroff},
        {container, false, true, EndAction::automatic, EndAction::exit},
        {container, false, true, EndAction::poweroff, EndAction::exit},
        {container, false, false, EndAction::halt, EndAction::exit},
        {container, false, false, EndAction::rescue, EndAction::rescue},
    };
    for (const auto& row : rows) {
        Facts facts;
        facts.role = row.role;
        facts.pid1 = row.pid1;
        facts.owns_kernel = row.owns_kernel;
        CAPTURE(&row - rows.data());
        CHECK(resolve_end(row.wanted, facts) == row.expected);
    }
    Facts zone;  // its init is executed again when it exits
    zone.platform = Platform::illumos;
    zone.owns_kernel = false;
    CHECK(resolve_end(EndAction::exit, zone) == EndAction::poweroff);
}

TEST_CASE("power_off_by_reboot: the facts decide unless the configuration does") {
    conf::Config config;
    Facts facts;
    CHECK_FALSE(power_off_by_reboot(config, facts));
    facts.can_power_off = false;
    CHECK(power_off_by_reboot(config, facts));
    config.end.poweroff_by = conf::PowerOffBy::poweroff;
    CHECK_FALSE(power_off_by_reboot(config, facts));
    config.end.poweroff_by = conf::PowerOffBy::reboot;
    facts.can_power_off = true;
    CHECK(power_off_by_reboot(config, facts));
}

TEST_CASE("notes say role, power-off and what became of [end]") {
    conf::Config config;
    config.end.success = EndAction::exit;
    Facts facts = linux_machine();
    facts.power_off_why = "ACPI with S5";
    auto notes = plan_linux(config, facts).notes;
    CHECK(says(notes, "role machine: the kernel's own init process"));
    CHECK(says(notes, "power-off is done by the kernel's power-off: ACPI with S5"));
    CHECK(says(notes, "[end] success = \"exit\" becomes \"poweroff\""));
    facts.can_power_off = false;
    facts.power_off_why = "ACPI without S5";
    CHECK(says(plan_linux({}, facts).notes, "power-off is done by reboot: ACPI without S5"));
    facts.owns_kernel = false;
    CHECK(says(plan_linux({}, facts).notes, "role machine: as told, for the init process of a namespace or zone"));
    facts.pid1 = false;
    facts.role = Role::container;
    config.end.success = EndAction::reboot;
    notes = plan_linux(config, facts).notes;
    CHECK(says(notes, "role container: not the init process"));
    CHECK(says(notes, "[end] success becomes \"exit\""));
    CHECK_FALSE(says(notes, "power-off is done"));
}

TEST_CASE("illumos: ipmgmtd before every address, the root before everything") {
    conf::Config config;
    config.system.root = conf::RootMode::rw;
    config.interfaces = {static_interface()};
    const Plan plan = plan_illumos(config, illumos_machine());
    const auto lines = commands(plan, Platform::illumos);
    REQUIRE_FALSE(lines.empty());
    CHECK(lines.front() == "/etc/fs/ufs/mount -o remount,rw /devices/ramdisk:a /");
    const auto ipmgmtd = index_of(plan, "/lib/inet/ipmgmtd", Platform::illumos);
    CHECK(lines[ipmgmtd] == "SMF_FMRI=svc:/network/ip-interface-management:default /lib/inet/ipmgmtd");
    CHECK(index_of(plan, "soconfig", Platform::illumos) < ipmgmtd);
    for (std::size_t n = 0; n < lines.size(); ++n)
        if (lines[n].find("ifconfig") != std::string::npos) CHECK(n > ipmgmtd);
    CHECK(lines[lines.size() - 2] == "/sbin/ifconfig e1000g0 inet 10.0.2.15/24 up");
    CHECK(lines.back() == "/sbin/route -n add default -gateway 10.0.2.2");
    CHECK(plan.problems.empty());
    for (const auto& step : plan.steps)
        if (std::holds_alternative<Command>(step.action)) CHECK(step.deadline.count() > 0);
}

TEST_CASE("illumos: which card an interface means") {
    struct Row {
        std::string name, driver, mac;
        std::string_view expected, note, problem;
    };
    const std::vector<Row> rows{{"", "e1000", "", "ifconfig e1000g0 plumb", "", ""},
                                {"", "e1000g", "", "ifconfig e1000g0 plumb", "", ""},
                                {"net0", "", "", "ifconfig net0 plumb", "", ""},
                                {"", "", "52:54:00:12:34:56", "ifconfig e1000g0 plumb", "", ""},
                                {"", "virtio_net", "", "ifconfig vioif0 plumb", "vioif0 is a guess", ""},
                                {"", "igb", "", "ifconfig igb0 plumb", "igb0 is a guess", ""},
                                {"", "", "00:00:00:00:00:01", "", "", "no network card with that address"}};
    for (const auto& row : rows) {
        conf::Config config;
        config.interfaces.emplace_back();
        auto& interface = config.interfaces.back();
        interface.name = row.name;
        interface.driver = row.driver;
        interface.mac = row.mac;
        const Plan plan = plan_illumos(config, illumos_machine());
        if (!row.expected.empty()) CHECK(has(plan, row.expected, Platform::illumos));
        CHECK(says(plan.notes, "guess") == !row.note.empty());
        if (!row.note.empty()) CHECK(says(plan.notes, row.note));
        CHECK(plan.problems.empty() == row.problem.empty());
        if (!row.problem.empty()) CHECK(says(plan.problems, row.problem));
    }
}

TEST_CASE("illumos: DHCP waits for a bounded time") {
    conf::Config config;
    config.interfaces = {static_interface()};
    auto& interface = config.interfaces.front();
    interface.dhcp = true;
    interface.timeout = std::chrono::milliseconds{60'500};
    const Plan plan = plan_illumos(config, illumos_machine());
    const auto index = index_of(plan, "ifconfig e1000g0 auto-dhcp primary wait 61", Platform::illumos);
    REQUIRE(index < plan.steps.size());
    CHECK(plan.steps[index].deadline == std::chrono::seconds{76});
    CHECK(has(plan, "ifconfig e1000g0 addif 10.0.2.15/24 up", Platform::illumos));
}

TEST_CASE("illumos: the root") {
    struct Row {
        conf::RootMode mode;
        std::string type;
        bool writable;
        std::string_view note, problem;
    };
    const std::vector<Row> rows{{conf::RootMode::keep, "ufs", false, "the root stays read-only", ""},
                                {conf::RootMode::keep, "zfs", true, "", ""},
                                {conf::RootMode::rw, "zfs", true, "writable already", ""},
                                {conf::RootMode::rw, "hsfs", false, "", "only a ufs root can be remounted"},
                                {conf::RootMode::ro, "ufs", true, "", "cannot make a writable root read-only"},
                                {conf::RootMode::ro, "ufs", false, "", ""}};
    for (const auto& row : rows) {
        conf::Config config;
        config.system.root = row.mode;
        Facts facts = illumos_machine();
        facts.root_type = row.type;
        facts.root_writable = row.writable;
        const Plan plan = plan_illumos(config, facts);
        CHECK_FALSE(has(plan, "remount", Platform::illumos));
        CHECK(says(plan.notes, "the root") == !row.note.empty());
        if (!row.note.empty()) CHECK(says(plan.notes, row.note));
        CHECK(plan.problems.empty() == row.problem.empty());
        if (!row.problem.empty()) CHECK(says(plan.problems, row.problem));
    }
}

TEST_CASE("illumos: a program that the image lacks is a problem, said once") {
    conf::Config config;
    config.interfaces = {static_interface()};
    Facts facts = illumos_machine();
    facts.files = {"/sbin/soconfig", "/lib/inet/ipmgmtd", "/sbin/route"};
    const Plan plan = plan_illumos(config, facts);
    REQUIRE(plan.problems.size() == 1);
    CHECK(says(plan.problems, "/sbin/ifconfig is not in the image"));
}
