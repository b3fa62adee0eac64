#include <doctest/doctest.h>
#include <fstream>
#include <iterator>

#include "plumb/facts_fields.hpp"

using namespace plumb;

namespace {

Facts unusual() {
    Facts f;
    f.platform = conf::Platform::illumos;
    f.role = conf::Role::container;
    f.pid1 = f.owns_kernel = f.can_power_off = f.root_writable = false;
    f.power_off_why = "no S5 # in the tables = none";
    f.kernel_release = "5.11";
    f.kernel_version = "joyent_20210714T003752Z";
    f.start = Start::shim;
    f.zone = "web 1";
    f.brand = "sparse";
    f.network = Network::shared;
    f.adopts_orphans = false;
    f.nsswitch_hosts = "files dns";
    f.allowed = {{"net0", "10.0.0.5/24", "10.0.0.1"}, {"", "fd00::5/64", ""}};
    f.architecture = "i86pc";
    f.kernel_command_line = "/platform/i86pc/kernel/amd64/unix -B console=ttya";
    f.root_source = "/devices/ramdisk:a";
    f.root_type = "ufs";
    f.mounted = {"/proc", "/a b"};
    f.directories = {"/tmp"};
    f.files = {"/sbin/ifconfig", "/sbin/route"};
    f.nics = {{"e1000g0", "e1000g", "52:54:00:12:34:56"}, {"vioif0", "", ""}, {"x0", "", "2:8:20:0:0:1"}};
    return f;
}

std::string first_error(std::string_view text) {
    const auto parsed = parse_facts(text, "f");
    REQUIRE_FALSE(parsed.diagnostics.empty());
    return conf::to_text(parsed.diagnostics.front());
}

}  // namespace

TEST_CASE("facts go to text and back") {
    for (const Facts& facts : {Facts{}, unusual()}) {
        const auto parsed = parse_facts(to_text(facts), "f");
        CHECK(parsed.diagnostics.empty());
        CHECK(parsed.facts == facts);
    }
}

TEST_CASE("facts: blanks, comments, empty lines and a missing last newline") {
    const auto parsed =
        parse_facts("# a machine\n\n  mounted =  /proc\t\r\nmounted=/sys\n nic = eth0  mac=1 driver=e1000", "f");
    CHECK(parsed.diagnostics.empty());
    CHECK(parsed.facts.mounted == std::vector<std::string>{"/proc", "/sys"});
    CHECK(parsed.facts.nics == std::vector<Nic>{{"eth0", "e1000", "1"}});
}

TEST_CASE("facts: nothing said is the default") {
    CHECK(parse_facts("", "f").facts == Facts{});
}

TEST_CASE("facts: start decides pid1 and owns_kernel, unless they are given") {
    struct Row {
        std::string_view text;
        Start start;
        bool pid1, owns_kernel;
    };
    const std::vector<Row> rows{{"start = kernel", Start::kernel, true, true},
                                {"start = zone-init", Start::zone_init, true, false},
                                {"start = shim", Start::shim, false, false},
                                {"start = program", Start::program, false, false},
                                {"owns_kernel = true\nstart = shim\npid1 = true", Start::shim, true, true},
                                {"zone = web", Start::kernel, true, true}};
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto parsed = parse_facts(row.text, "f");
        CHECK(parsed.diagnostics.empty());
        CHECK(parsed.facts.start == row.start);
        CHECK(parsed.facts.pid1 == row.pid1);
        CHECK(parsed.facts.owns_kernel == row.owns_kernel);
    }
}

TEST_CASE("facts: whether the platform was given") {
    CHECK_FALSE(parse_facts("role = machine", "f").platform_given);
    CHECK_FALSE(parse_facts("platform = solaris", "f").platform_given);
    CHECK(parse_facts("platform = linux", "f").platform_given);
}

TEST_CASE("facts: errors say where, what, and what is near") {
    CHECK(first_error("platform = linux\n  mountd = /proc\n") ==
          "f:2:3: unknown fact 'mountd' (did you mean 'mounted'?)");
    CHECK(first_error("platform = ilumos\n") ==
          "f:1:12: 'ilumos' is neither linux nor illumos (did you mean 'illumos'?)");
    CHECK(first_error("pid1 = 7") == "f:1:8: '7' is neither false nor true");
    CHECK(first_error("role = automatic").starts_with("f:1:8: 'automatic' is neither machine nor container"));
    CHECK(first_error("mounted") == "f:1:1: expected 'key = value'");
    CHECK(first_error("mounted =  ") == "f:1:1: 'mounted' has no value");
    CHECK(first_error("= x").starts_with("f:1:"));
    CHECK(first_error("pid1 = true\npid1 = true") == "f:2:1: 'pid1' is given twice");
    CHECK(first_error("nic = eth0 speed=10") ==
          "f:1:12: expected 'nic = NAME driver=DRIVER mac=ADDRESS', found 'speed=10'");
    CHECK(first_error("start = zone_init") ==
          "f:1:9: 'zone_init' is none of kernel, zone-init, shim and program (did you mean 'zone-init'?)");
    CHECK(first_error("network = share") == "f:1:11: 'share' is neither exclusive nor shared (did you mean 'shared'?)");
    CHECK(first_error("alowed_address = net0 10.0.0.5/24").find("did you mean 'allowed_address'?") !=
          std::string::npos);
    for (const char* wrong : {"net0", "net0 10.0.0.5", "net0 10.0.0.5/33", "net0 10.0.0.5/24 10.0.0.1",
                              "net0 10.0.0.5/24 gateway=x", "net0 10.0.0.5/24 gateway=10.0.0.1 more"})
        CHECK(first_error("allowed_address = " + std::string(wrong)) ==
              "f:1:19: expected 'allowed_address = NIC ADDRESS/PREFIX [gateway=ADDRESS]'");
    CHECK(first_error("nic = eth0 eth1").starts_with("f:1:12: expected 'nic = NAME"));
}

TEST_CASE("facts: all errors are told, and what is right is kept") {
    const auto parsed = parse_facts("x = 1\nroot_type = ufs\ny = 2\n", "f");
    CHECK(parsed.diagnostics.size() == 2);
    CHECK(parsed.facts.root_type == "ufs");
}

TEST_CASE("is_mounted and has_directory ask for the exact path") {
    Facts facts;
    facts.mounted = {"/proc"};
    facts.directories = {"/tmp"};
    CHECK(is_mounted(facts, "/proc"));
    CHECK_FALSE(is_mounted(facts, "/proc/"));
    CHECK_FALSE(is_mounted(facts, "/tmp"));
    facts.files = {"/sbin/route"};
    CHECK(has_file(facts, "/sbin/route"));
    CHECK_FALSE(has_file(facts, "/sbin"));
    CHECK(has_directory(facts, "/tmp"));
    CHECK_FALSE(has_directory(facts, "/proc"));
}

TEST_CASE("facts: mvinit(8) has every key, and marks those that may be repeated") {
    std::ifstream file(std::string(MVINIT_SOURCE_DIR) + "/packaging/man/mvinit.8");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    const auto begin = page.find(".SH THE FACTS FILE");
    REQUIRE(begin != std::string::npos);
    const std::string section = page.substr(begin, page.find(".SH EXIT STATUS") - begin);
    std::size_t keys = 0;
    for (const auto& field : facts_file::fields) {
        using facts_file::Kind;
        const bool repeated = field.kind == Kind::list || field.kind == Kind::nic || field.kind == Kind::allowed;
        CAPTURE(field.key);
        CHECK(section.find("\n" + std::string(field.key) + (repeated ? " *|T{" : "|T{")) != std::string::npos);
        ++keys;
    }
    std::size_t rows = 0;
    for (auto at = section.find("|T{"); at != std::string::npos; at = section.find("|T{", at + 1)) ++rows;
    CHECK(rows == keys);
}
