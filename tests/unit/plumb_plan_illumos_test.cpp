#include <doctest/doctest.h>

#include "plan_bench.hpp"

using namespace plumb;
using namespace tests;
using conf::Platform;

TEST_CASE("illumos: ipmgmtd before every address, the root before everything") {
    conf::Config config;
    config.system.root = conf::RootMode::rw;
    config.interfaces = {static_interface()};
    const Plan plan = plan_illumos(config, illumos_machine());
    const auto lines = commands(plan, Platform::illumos);
    REQUIRE_FALSE(lines.empty());
    CHECK(lines.front() == "/sbin/autopush -f /etc/iu.ap");
    CHECK(plan.steps.front().phase == Phase::early);
    CHECK(lines[1] == "/etc/fs/ufs/mount -o remount,rw /devices/ramdisk:a /");
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
                                {"", "", "00:00:00:00:00:01", "", "", "no network card with that address"},
                                {"", "igb", "00:00:00:00:00:01", "", "", "no network card with that address"},
                                {"net7", "", "00:00:00:00:00:01", "ifconfig net7 plumb", "", ""}};
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

TEST_CASE("illumos: a zone's link is never guessed at") {
    conf::Config config;
    config.interfaces.emplace_back().driver = "e1000";
    plumb::Facts facts = illumos_machine();
    facts.zone = "web";
    facts.start = plumb::Start::zone_init;
    facts.nics = {{"net0", "", ""}};
    const Plan plan = plan_illumos(config, facts);
    CHECK(says(plan.problems, "no link of driver e1000g is known in this zone: give the name that zonecfg has"));
    CHECK_FALSE(has(plan, "ifconfig e1000g0 plumb", Platform::illumos));
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

TEST_CASE("illumos: the root is remounted by a path that is there") {
    const std::pair<std::string, std::string> rows[] = {{"", "/devices/ramdisk:a"},
                                                        {"/ramdisk:a", "/devices/ramdisk:a"},
                                                        {"/devices/ramdisk:a", "/devices/ramdisk:a"},
                                                        {"/pci@0,0/blkdev@w1,0:a", "/devices/pci@0,0/blkdev@w1,0:a"},
                                                        {"/dev/dsk/c0t0d0s0", "/dev/dsk/c0t0d0s0"}};
    for (const auto& [source, device] : rows) {
        conf::Config config;
        config.system.root = conf::RootMode::rw;
        Facts facts = illumos_machine();
        facts.root_source = source;
        facts.root_writable = false;
        CAPTURE(source);
        CHECK(has(plan_illumos(config, facts), "/etc/fs/ufs/mount -o remount,rw " + device + " /", Platform::illumos));
    }
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
    facts.files = {"/sbin/soconfig", "/lib/inet/ipmgmtd", "/sbin/route", "/dev/e1000g0"};
    const Plan plan = plan_illumos(config, facts);
    REQUIRE(plan.problems.size() == 1);
    CHECK(says(plan.problems, "/sbin/ifconfig is not in the image"));
}
