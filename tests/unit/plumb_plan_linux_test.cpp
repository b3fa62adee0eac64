#include <algorithm>
#include <doctest/doctest.h>

#include "plan_bench.hpp"

using namespace plumb;
using namespace tests;
using conf::Role;

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
