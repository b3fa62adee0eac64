// The facts as the illumos kernel tells them: by which calls, and what becomes of the answers.
#include <cerrno>
#include <doctest/doctest.h>

#include "plumb/illumos_facts.hpp"
#include "plumb/platform.hpp"
#include "tests/illumos/recorder.hpp"

namespace {

using conf::Role;
using plumb::Facts;
using plumb::Network;
using plumb::Start;
using recorder::kernel;

constexpr unsigned short exclusive = 0x8;

Facts all_facts() {
    Facts facts = plumb::gather_early_facts(Role::automatic);
    plumb::gather_facts(facts);
    return facts;
}

void be_in_zone(pid_t pid, pid_t parent, pid_t init) {
    recorder::reset();
    kernel().zone = 7;
    kernel().zone_name = "web";
    kernel().brand = "sparse";
    kernel().zone_flags = exclusive;
    kernel().pid = pid;
    kernel().parent = parent;
    kernel().init_pid = init;
}

TEST_CASE("PID 1 of the global zone owns the machine") {
    recorder::reset();
    kernel().pid = 1;
    kernel().root_flags = 1;
    recorder::put("/etc/mnttab", "/devices/ramdisk:a\t/\tufs\tro,intr\t1\nproc\t/proc\tproc\tdev=2\t1\n");
    recorder::put("/dev/e1000g0", "");
    recorder::put("/dev/null0", "");
    recorder::put("/sbin/ifconfig", "");
    recorder::put("/etc/svc/volatile/x", "");
    const Facts facts = all_facts();
    CHECK(facts.platform == conf::Platform::illumos);
    CHECK(facts.start == Start::kernel);
    CHECK(facts.pid1);
    CHECK(facts.owns_kernel);
    CHECK(facts.adopts_orphans);
    CHECK(facts.role == Role::machine);
    CHECK(facts.zone == "global");
    CHECK(facts.brand.empty());
    CHECK(facts.network == Network::exclusive);
    CHECK(facts.allowed.empty());
    CHECK(facts.root_source == "/devices/ramdisk:a");
    CHECK(facts.root_type == "ufs");
    CHECK_FALSE(facts.root_writable);
    CHECK(facts.mounted == std::vector<std::string>{"/", "/proc"});
    CHECK(facts.nics == std::vector<plumb::Nic>{{"e1000g0", "e1000g", ""}});
    CHECK(facts.files == std::vector<std::string>{"/sbin/ifconfig", "/dev/e1000g0"});
    CHECK(plumb::has_directory(facts, "/etc/svc/volatile"));
    CHECK(facts.kernel_release == "5.11");
    CHECK(facts.architecture == "i86pc");
    CHECK(facts.kernel_command_line.empty());
    CHECK(facts.can_power_off);
}

TEST_CASE("a zone's init is told by ZONE_ATTR_INITPID, whatever its pid") {
    be_in_zone(977, 950, 977);
    const Facts facts = all_facts();
    CHECK(facts.start == Start::zone_init);
    CHECK(facts.pid1);
    CHECK_FALSE(facts.owns_kernel);
    CHECK(facts.role == Role::machine);
    CHECK(facts.zone == "web");
    CHECK(facts.brand == "sparse");
    CHECK(facts.network == Network::exclusive);
    CHECK(facts.power_off_why == "uadmin(2) halts the zone");
    CHECK(recorder::calls_of("zone_getattr").front() == "zone_getattr(7, 7)");
}

TEST_CASE("orphans come to a zone's init only where the kernel has LX zones") {
    for (const auto& [version, adopts] : {std::pair{"joyent_20210713T000000Z", true},
                                          {"omnios-r151046-5ff3a5b", true},
                                          {"illumos-5ff3a5b", false},
                                          {"tribblix-m30", false}}) {
        CAPTURE(version);
        be_in_zone(977, 950, 977);
        kernel().version = version;
        CHECK(all_facts().adopts_orphans == adopts);
        be_in_zone(1000, 977, 977);  // never to others
        kernel().version = version;
        CHECK_FALSE(all_facts().adopts_orphans);
    }
}

TEST_CASE("the shim is a child of init in the contract with cookie 1; another child of init is a program") {
    for (const auto& [cookie, start] : {std::pair{1, Start::shim}, {0, Start::program}, {2, Start::program}}) {
        be_in_zone(1000, 977, 977);
        kernel().own_contract = 30;
        kernel().cookies[30] = static_cast<std::uint64_t>(cookie);
        recorder::publish();
        const Facts facts = all_facts();
        CHECK(facts.start == start);
        CHECK_FALSE(facts.pid1);
        CHECK_FALSE(facts.owns_kernel);
        CHECK(facts.role == (start == Start::shim ? Role::machine : Role::container));
    }
    be_in_zone(1000, 999, 977);  // started by the shim's own shell, in its contract
    kernel().own_contract = 30;
    kernel().cookies[30] = 1;
    recorder::publish();
    CHECK(all_facts().start == Start::program);
}

TEST_CASE("without /proc or contracts nothing is taken for a shim") {
    be_in_zone(1000, 977, 977);
    CHECK(all_facts().start == Start::program);
    be_in_zone(1000, 977, 977);
    recorder::put("/proc/self/psinfo", "short");
    CHECK(all_facts().start == Start::program);
}

TEST_CASE("a role that was asked for stays") {
    be_in_zone(1000, 999, 977);
    CHECK(plumb::gather_early_facts(Role::machine).role == Role::machine);
    be_in_zone(977, 950, 977);
    CHECK(plumb::gather_early_facts(Role::container).role == Role::container);
}

TEST_CASE("a shared IP stack is the global zone's: nobody is asked about addresses") {
    be_in_zone(977, 950, 977);
    kernel().zone_flags = 0;
    kernel().links = {{4, "10.0.0.5/24", ""}};
    const Facts facts = all_facts();
    CHECK(facts.network == Network::shared);
    CHECK(facts.allowed.empty());
    CHECK(recorder::calls_of("zone_list_datalink").empty());
}

TEST_CASE("allowed addresses and the router, as zoneadmd gave them to the kernel") {
    be_in_zone(977, 950, 977);
    const std::string router("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01", 16);
    kernel().links = {{4, std::string("10.0.0.5/24,fd00::5/64\0junk", 26), router}};
    recorder::put("/dev/net/net0", "");
    Facts facts = all_facts();
    REQUIRE(facts.allowed.size() == 2);
    CHECK(facts.allowed[0] == plumb::AllowedAddress{"net0", "10.0.0.5/24", "10.0.0.1"});
    CHECK(facts.allowed[1] == plumb::AllowedAddress{"net0", "fd00::5/64", "10.0.0.1"});
    // Two links: which is which only dlmgmtd knows.
    kernel().links.push_back({5, "10.1.0.5/24", ""});
    recorder::put("/dev/net/net1", "");
    facts = all_facts();
    REQUIRE(facts.allowed.size() == 3);
    CHECK(facts.allowed[0].nic.empty());
    CHECK(facts.allowed[2] == plumb::AllowedAddress{"", "10.1.0.5/24", ""});
    for (const char* const name : {"zone_list_datalink", "zone_getattr"}) {
        kernel().failures[name] = ENXIO;
        CHECK(all_facts().allowed.empty());
    }
}

TEST_CASE("links of the zone go before the drivers' own nodes") {
    be_in_zone(977, 950, 977);
    recorder::put("/dev/vioif0", "");
    recorder::put("/dev/vioif", "");
    recorder::put("/dev/zconsole", "");
    CHECK(all_facts().nics == std::vector<plumb::Nic>{{"vioif0", "vioif", ""}});
    recorder::put("/dev/net/net1", "");
    recorder::put("/dev/net/net0", "");
    CHECK(all_facts().nics == std::vector<plumb::Nic>{{"net0", "", ""}, {"net1", "", ""}});
}

TEST_CASE("each answer that the kernel refuses leaves a value that is safe") {
    be_in_zone(977, 950, 977);
    kernel().failures["zone_getattr"] = EFAULT;
    kernel().failures["getzonenamebyid"] = EINVAL;
    kernel().failures["statvfs"] = EIO;
    kernel().failures["uname"] = EFAULT;
    const Facts facts = all_facts();
    CHECK(facts.start == Start::program);
    CHECK(facts.zone == "unnamed");
    CHECK(facts.network == Network::shared);
    CHECK(facts.kernel_release.empty());
    CHECK(facts.root_type.empty());
}

}  // namespace
