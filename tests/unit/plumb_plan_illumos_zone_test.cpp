// What mvinit leaves alone in a zone.
#include <doctest/doctest.h>

#include "plan_bench.hpp"

using namespace plumb;
using namespace tests;
using conf::Platform;

TEST_CASE("illumos: in a zone nothing that is the global zone's alone") {
    conf::Config config = one_interface(static_interface());
    for (const Start start : {Start::zone_init, Start::shim, Start::program}) {
        Facts facts = exclusive_zone();
        facts.start = start;
        facts.files = {"/sbin/dlmgmtd", "/usr/sbin/devfsadm", "/sbin/soconfig",    "/sbin/autopush",
                       "/etc/iu.ap",    "/sbin/ifconfig",     "/lib/inet/ipmgmtd", "/sbin/route"};
        const Plan plan = plan_illumos(config, facts);
        CHECK(plan.problems.empty());
        for (const char* word : {"soconfig", "devfsadm", "dlmgmtd", "autopush", "remount"})
            CHECK_FALSE(has(plan, word, Platform::illumos));
        CHECK(has(plan, "ipmgmtd", Platform::illumos));
        CHECK(has(plan, "ifconfig lo0 plumb 127.0.0.1 up", Platform::illumos));
        CHECK(plan_early(facts).steps.empty());
    }
}

TEST_CASE("illumos: a zone cannot remount its root") {
    conf::Config config;
    config.system.root = conf::RootMode::rw;
    Facts facts = exclusive_zone();
    CHECK(plan_illumos(config, facts).problems.empty());
    facts.root_writable = false;
    CHECK(says(plan_illumos(config, facts).problems, "a zone cannot remount its root"));
}

TEST_CASE("illumos: what zonecfg allows") {
    struct Row {
        std::string brand, address, gateway, allowed, router, problem;
        bool ours;
    };
    const std::vector<Row> rows{
        {"sparse", "10.0.0.5/24", "", "10.0.0.5/24", "", "", false},
        {"sparse", "10.0.0.5/24", "10.0.0.1", "10.0.0.5/24", "10.0.0.1", "", false},
        {"sparse", "fd00::5/64", "", "fd00:0::5/64", "", "", false},  // the same, written otherwise
        {"sparse", "10.0.0.6/24", "", "10.0.0.5/24", "", "refused by ip-nospoof", false},
        {"sparse", "10.0.0.5/16", "", "10.0.0.5/24", "", "refused by ip-nospoof", false},
        {"sparse", "10.0.0.5/24", "10.0.0.2", "10.0.0.5/24", "10.0.0.1", "is not the defrouter", false},
        {"native", "10.0.0.5/24", "10.0.0.1", "10.0.0.5/24", "", "", true},
        {"native", "10.0.0.6/24", "", "10.0.0.5/24", "", "refused by ip-nospoof", false}};
    for (const auto& row : rows) {
        CAPTURE(row.brand + " " + row.address + " " + row.gateway);
        conf::Interface interface;
        interface.name = "net0";
        interface.addresses = {row.address};
        if (!row.gateway.empty()) interface.gateways = {row.gateway};
        Facts facts = exclusive_zone();
        facts.brand = row.brand;
        facts.allowed = {{"net0", row.allowed, row.router}, {"net1", "10.9.9.9/24", ""}};
        Plan plan = plan_illumos(one_interface(interface), facts);
        CHECK(has(plan, "ifconfig net0 inet " + row.address, Platform::illumos) == row.ours);
        CHECK(has(plan, "route", Platform::illumos) == (row.ours && !row.gateway.empty()));
        CHECK(plan.problems.empty() == row.problem.empty());
        if (!row.problem.empty()) CHECK(says(plan.problems, row.problem));
        interface.optional = true;  // the same, said only
        plan = plan_illumos(one_interface(interface), facts);
        CHECK(plan.problems.empty());
        if (!row.problem.empty()) CHECK(says(plan.notes, row.problem));
    }
}

TEST_CASE("illumos: a gateway that zonecfg does not give is ours to set") {
    conf::Interface interface;
    interface.name = "net0";
    interface.addresses = {"10.0.0.5/24"};
    interface.gateways = {"10.0.0.1"};
    interface.mtu = 1400;
    Facts facts = exclusive_zone();
    facts.allowed = {{"net0", "10.0.0.5/24", ""}};
    const Plan plan = plan_illumos(one_interface(interface), facts);
    CHECK(plan.problems.empty());
    CHECK(has(plan, "/sbin/route -n add default -gateway 10.0.0.1", Platform::illumos));
    CHECK(has(plan, "/sbin/ifconfig net0 mtu 1400", Platform::illumos));
    CHECK_FALSE(has(plan, "ifconfig net0 plumb", Platform::illumos));
}

TEST_CASE("illumos: a shared-IP zone has no network step") {
    conf::Config config = one_interface(static_interface());
    Facts facts = exclusive_zone();
    facts.network = Network::shared;
    for (const bool optional : {false, true}) {
        config.interfaces.front().optional = optional;
        const Plan plan = plan_illumos(config, facts);
        for (const char* word : {"ifconfig", "ipmgmtd", "route", "soconfig"})
            CHECK_FALSE(has(plan, word, Platform::illumos));
        CHECK(says(plan.notes, "shared-IP zone: no network step"));
        CHECK(plan.problems.size() == (optional ? 0u : 1u));
        CHECK(says(optional ? plan.notes : plan.problems, "a shared-IP zone cannot configure it"));
    }
}

TEST_CASE("illumos: allowed addresses of links whose names are not known") {
    struct Row {
        std::string address;
        bool ours;
    };
    // One that is among them is ipmgmtd's; one that is not belongs to a link that zonecfg leaves alone.
    for (const Row& row : {Row{"10.0.0.5/24", false}, Row{"10.9.0.5/24", true}}) {
        conf::Interface interface;
        interface.name = "net0";
        interface.addresses = {row.address};
        Facts facts = exclusive_zone();
        facts.allowed = {{"", "10.0.0.5/24", "10.0.0.1"}, {"", "10.1.0.5/24", ""}};
        const Plan plan = plan_illumos(one_interface(interface), facts);
        CHECK(plan.problems.empty());
        CHECK(has(plan, "ifconfig net0 inet " + row.address, Platform::illumos) == row.ours);
        CHECK(says(plan.notes, "allowed-address 10.0.0.5/24 of one of the links: ipmgmtd sets it"));
    }
}
