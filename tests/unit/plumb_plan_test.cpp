#include <algorithm>
#include <doctest/doctest.h>

#include "plan_bench.hpp"

using namespace plumb;
using namespace tests;
using conf::EndAction;
using conf::Platform;
using conf::Role;

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

TEST_CASE("only the init of an illumos machine or zone honours an inittab") {
    struct Row {
        conf::Platform platform;
        plumb::Start start;
        bool pid1;
        conf::Role role;
        bool honoured;
    };
    constexpr auto illumos = conf::Platform::illumos;
    constexpr auto machine = conf::Role::machine;
    using plumb::Start;
    const std::vector<Row> rows = {
        {illumos, Start::kernel, true, machine, true},
        {illumos, Start::zone_init, true, machine, true},
        {illumos, Start::shim, false, machine, false},
        {illumos, Start::program, false, machine, false},
        {illumos, Start::zone_init, true, conf::Role::container, false},
        {conf::Platform::linux_os, Start::kernel, true, machine, false},
        {conf::Platform::linux_os, Start::program, true, conf::Role::container, false},
    };
    for (const Row& row : rows) {
        CAPTURE(static_cast<int>(row.start));
        conf::Config config;
        plumb::Facts facts;
        facts.platform = row.platform;
        facts.start = row.start;
        facts.pid1 = row.pid1;
        facts.role = row.role;
        const Plan without = make_plan(config, facts);
        CHECK(without.problems.empty());
        CHECK_FALSE(says(without.notes, "read at boot"));
        config.inittab.honour = true;
        const Plan plan = make_plan(config, facts);
        const bool on_illumos = row.platform == illumos;
        CHECK(says(plan.problems, on_illumos ? "honour is for the init of a machine or zone"
                                             : "honour is for illumos only") == !row.honoured);
        CHECK(says(plan.notes, "/etc/inittab: read at boot") == row.honoured);
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
    Facts shim = zone;  // its exit is to stay, and the ends of the zone are its own
    shim.start = Start::shim;
    shim.pid1 = false;
    for (const auto action : {EndAction::exit, EndAction::poweroff, EndAction::reboot, EndAction::halt})
        CHECK(resolve_end(action, shim) == action);
    CHECK(resolve_end(EndAction::automatic, shim) == EndAction::poweroff);
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
