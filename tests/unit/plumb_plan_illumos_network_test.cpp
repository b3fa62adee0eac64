// Links, daemons, leases, router advertisements, missing files.
#include <algorithm>
#include <doctest/doctest.h>

#include "plan_bench.hpp"

using namespace plumb;
using namespace tests;
using conf::Platform;

TEST_CASE("illumos: early, line editing of the console: the kernel's init in the global zone alone") {
    Facts facts = illumos_machine();
    CHECK(commands(plan_early(facts), Platform::illumos) == std::vector<std::string>{"/sbin/autopush -f /etc/iu.ap"});
    const Plan whole = plan_illumos({}, facts);
    REQUIRE_FALSE(whole.steps.empty());
    CHECK(whole.steps.front() == plan_early(facts).steps.front());
    facts.files = {"/sbin/autopush"};
    CHECK(plan_early(facts).steps.empty());
    CHECK(says(plan_illumos({}, facts).notes, "/etc/iu.ap is not in the image"));
    facts.files.clear();
    facts.start = Start::program;
    CHECK(plan_early(facts).steps.empty());
    facts.start = Start::kernel;
    facts.role = conf::Role::container;
    CHECK(plan_early(facts).steps.empty());
}

TEST_CASE("illumos: where the image lacks the link's node, it is made before the daemons") {
    struct Row {
        std::string name;
        std::vector<std::string> files;
        bool devfsadm, dlmgmtd;
    };
    const std::string ours = "/usr/sbin/devfsadm", theirs = "/sbin/dlmgmtd";
    const std::vector<Row> rows{{"e1000g0", {}, false, false},
                                {"vioif0", {}, true, true},
                                {"vioif0", {ours, theirs}, true, true},
                                {"vioif0", {ours, theirs, "/dev/vioif0"}, false, true},
                                {"vioif0", {ours, "/dev/vioif0"}, false, false},
                                {"e1000g0", {ours, theirs}, true, true}};
    for (const auto& row : rows) {
        conf::Interface interface;
        interface.name = row.name;
        interface.addresses = {"10.0.2.15/24"};
        Facts facts = illumos_machine();
        facts.files = row.files;
        const Plan plan = plan_illumos(one_interface(interface), facts);
        CHECK(has(plan, "devfsadm", Platform::illumos) == row.devfsadm);
        CHECK(has(plan, "dlmgmtd", Platform::illumos) == row.dlmgmtd);
        const auto ipmgmtd = index_of(plan, "ipmgmtd", Platform::illumos);
        if (row.dlmgmtd) CHECK(index_of(plan, "dlmgmtd", Platform::illumos) < ipmgmtd);
        if (row.devfsadm)
            CHECK(index_of(plan, "devfsadm", Platform::illumos) < index_of(plan, "dlmgmtd", Platform::illumos));
        if (row.dlmgmtd)
            CHECK(has(plan, "SMF_FMRI=svc:/network/datalink-management:default /sbin/dlmgmtd", Platform::illumos));
    }
}

TEST_CASE("illumos: one lease is the primary one, and the first gives name servers and host name") {
    conf::Config config;
    for (const char* name : {"net0", "net1"}) {
        conf::Interface interface;
        interface.name = name;
        interface.dhcp = true;
        config.interfaces.push_back(interface);
    }
    const Facts facts = exclusive_zone();
    struct Row {
        std::string server, hostname;
        std::vector<DhcpLease> leases;
    };
    const std::vector<Row> rows{{"", "", {{"net0", true, true}}},
                                {"10.0.0.53", "", {{"net0", false, true}}},
                                {"", "web", {{"net0", true, false}}},
                                {"10.0.0.53", "web", {}}};
    for (const auto& row : rows) {
        config.dns.servers.clear();
        if (!row.server.empty()) config.dns.servers = {row.server};
        config.system.hostname = row.hostname;
        const Plan plan = plan_illumos(config, facts);
        CHECK(has(plan, "ifconfig net0 auto-dhcp primary wait 30", Platform::illumos));
        CHECK(has(plan, "ifconfig net1 auto-dhcp wait 30", Platform::illumos));
        std::vector<DhcpLease> leases;
        for (const auto& step : plan.steps)
            if (const auto* lease = std::get_if<DhcpLease>(&step.action)) {
                leases.push_back(*lease);
                CHECK_FALSE(step.required);
                CHECK(step.deadline.count() > 0);
            }
        CHECK(leases == row.leases);
        CHECK(says(plan.notes, "the lease's name servers are left aside") == !row.server.empty());
        const auto lo0 = index_of(plan, "lo0 plumb", Platform::illumos);
        REQUIRE(lo0 < plan.steps.size());
        CHECK(plan.steps[lo0].required);  // dhcpagent's socket
    }
}

TEST_CASE("illumos: a missing file costs an optional interface no more than itself") {
    conf::Config config = one_interface(static_interface());
    Facts facts = illumos_machine();
    facts.files = {"/sbin/soconfig"};
    CHECK(says(plan_illumos(config, facts).problems,
               "/lib/inet/ipmgmtd is not in the image (to be had from SUNWcs): no address can be set"));
    config.interfaces.front().optional = true;
    const Plan plan = plan_illumos(config, facts);
    CHECK(plan.problems.empty());
    CHECK(says(plan.notes, "/lib/inet/ipmgmtd is not in the image"));
    CHECK_FALSE(has(plan, "ipmgmtd", Platform::illumos));
    CHECK_FALSE(has(plan, "ifconfig", Platform::illumos));
    CHECK(has(plan, "soconfig", Platform::illumos));
}

TEST_CASE("illumos: who looks names up in DNS") {
    struct Row {
        std::vector<std::string> files;
        std::string hosts;
        bool written;
        std::string_view note;
    };
    const std::vector<Row> rows{{{}, "", false, "only if /etc/nsswitch.conf says"},
                                {{}, "files dns", false, ""},
                                {{}, "dns", false, ""},
                                {{}, "files mdns", false, "says \"hosts: files mdns\", it should be"},
                                {{"/etc/nsswitch.conf"}, "files", false, "names are not looked up in DNS"},
                                {{"/x"}, "", true, ""}};
    conf::Config config;
    CHECK_FALSE(says(plan_illumos(config, exclusive_zone()).notes, "nsswitch"));
    config.dns.servers = {"10.0.0.53"};
    for (const auto& row : rows) {
        CAPTURE(row.hosts);
        Facts facts = exclusive_zone();
        facts.files = row.files;
        facts.nsswitch_hosts = row.hosts;
        const Plan plan = plan_illumos(config, facts);
        CHECK(has(plan, "'hosts: files dns\\nipnodes: files dns\\n' > /etc/nsswitch.conf", Platform::illumos) ==
              row.written);
        if (row.note.empty()) CHECK_FALSE(says(plan.notes, "DNS"));
        if (!row.note.empty()) CHECK(says(plan.notes, row.note));
    }
}

TEST_CASE("illumos: router advertisements are in.ndpd's, started once, after the links") {
    conf::Config config;
    for (const char* name : {"net0", "net1"}) {
        conf::Interface interface;
        interface.name = name;
        interface.accept_ra = true;
        config.interfaces.push_back(interface);
    }
    Plan plan = plan_illumos(config, exclusive_zone());
    const auto lines = commands(plan, Platform::illumos);
    CHECK(std::count(lines.begin(), lines.end(), "/usr/lib/inet/in.ndpd") == 1);
    CHECK(lines.back() == "/usr/lib/inet/in.ndpd");
    CHECK(has(plan, "ifconfig net0 inet6 plumb up", Platform::illumos));
    CHECK_FALSE(has(plan, "ifconfig net0 plumb", Platform::illumos));
    CHECK(plan.steps.back().required);
    for (auto& interface : config.interfaces) interface.optional = true;
    CHECK_FALSE(plan_illumos(config, exclusive_zone()).steps.back().required);
    for (auto& interface : config.interfaces) interface.accept_ra = false;
    CHECK_FALSE(has(plan_illumos(config, exclusive_zone()), "in.ndpd", Platform::illumos));
    // Linux: the kernel's own affair.
    config.interfaces.front().accept_ra = true;
    config.interfaces.front().gateways = {"2001:db8::1"};
    const Plan on_linux = plan_linux(config, linux_machine());
    CHECK(says(on_linux.notes, "accept_ra: the kernel listens to router advertisements by itself"));
    CHECK(on_linux.problems.empty());
}

TEST_CASE("illumos: /etc/svc/volatile is required where addresses are") {
    conf::Config config;
    Facts facts = illumos_machine();
    facts.mounted.clear();
    for (const bool with : {false, true}) {
        if (with) config.interfaces = {static_interface()};
        const Plan plan = plan_illumos(config, facts);
        const auto index = index_of(plan, "swap /etc/svc/volatile", Platform::illumos);
        REQUIRE(index < plan.steps.size());
        CHECK(plan.steps[index].required == with);
    }
}

TEST_CASE("illumos: mounts that need what their helper knows are its commands") {
    conf::Config config;
    config.mounts = {{"tmpfs", "/a", "tmpfs", "size=1m", false, true},
                     {"/dev/dsk/c0d0s0", "/b", "ufs", "", true, true}};
    const Plan plan = plan_illumos(config, exclusive_zone());
    const auto lines = commands(plan, Platform::illumos);
    const auto at = index_of(plan, " /a", Platform::illumos);
    REQUIRE(at + 2 < lines.size());
    CHECK(lines[at] == "mkdir -p /a && mount -F tmpfs -o size=1m tmpfs /a");
    CHECK(lines[at + 1] == "mkdir -p -m 0755 /b");
    CHECK(lines[at + 2] == "/usr/lib/fs/ufs/mount /dev/dsk/c0d0s0 /b");
    CHECK_FALSE(plan.steps[at + 1].required);
    CHECK_FALSE(plan.steps[at + 2].required);
    CHECK(plan.steps[at + 2].deadline.count() > 0);
}
