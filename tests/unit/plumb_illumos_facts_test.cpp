// What the illumos facts are decided from, as plain values.
#include <algorithm>
#include <doctest/doctest.h>

#include "plumb/illumos_facts.hpp"
#include "plumb/illumos_files.hpp"

namespace {

using plumb::Origin;
using plumb::Start;

TEST_CASE("how mvinit came to run") {
    struct Row {
        Origin origin;
        Start start;
    };
    constexpr std::nullopt_t none = std::nullopt;
    for (const Row& row :
         {Row{{true, 1, 0, 1, none}, Start::kernel}, Row{{true, 1, 0, 0, none}, Start::kernel},  // zone_getattr failed
          Row{{true, 500, 1, 1, 1}, Start::shim},  // the smf entry of a global zone
          Row{{true, 500, 1, 1, 0}, Start::program},
          Row{{false, 1, 0, 977, none}, Start::program},  // pid 1 means nothing in a zone
          Row{{false, 977, 950, 977, none}, Start::zone_init}, Row{{false, 977, 950, 977, 0}, Start::zone_init},
          Row{{false, 1000, 977, 977, 1}, Start::shim}, Row{{false, 1000, 977, 977, 0}, Start::program},
          Row{{false, 1000, 977, 977, none}, Start::program}, Row{{false, 1000, 999, 977, 1}, Start::program},
          Row{{false, 1000, 0, 0, 1}, Start::program}, Row{{false, 0, 0, 0, 1}, Start::program}}) {
        CAPTURE(row.origin.pid);
        CHECK(plumb::start_of(row.origin) == row.start);
    }
}

TEST_CASE("mnttab") {
    const auto mounts = plumb::parse_mnttab(
        "/devices/ramdisk:a\t/\tufs\trw,intr,largefiles\t1600000000\n"
        "\n"
        "too few\n"
        "no\tpath\tufs\trw\t1\n"
        "swap\t/a dir\ttmpfs\txattr\t1600000001\n"
        "fd\t/dev/fd\tfd");
    REQUIRE(mounts.size() == 3);
    CHECK(mounts[0] == plumb::MountEntry{"/", "rw,intr,largefiles", "ufs", "/devices/ramdisk:a", ""});
    CHECK(mounts[1] == plumb::MountEntry{"/a dir", "xattr", "tmpfs", "swap", ""});
    CHECK(mounts[2] == plumb::MountEntry{"/dev/fd", "", "fd", "fd", ""});
    CHECK(plumb::parse_mnttab("").empty());
}

TEST_CASE("addresses that zoneadmd allows") {
    using List = std::vector<std::string>;
    CHECK(plumb::zone_addresses("10.0.0.5/24") == List{"10.0.0.5/24"});
    CHECK(plumb::zone_addresses(std::string("10.0.0.5/24,fd00::5/64\0x,y", 26)) == List{"10.0.0.5/24", "fd00::5/64"});
    CHECK(plumb::zone_addresses(",,a,,b,") == List{"a", "b"});
    CHECK(plumb::zone_addresses("").empty());
    CHECK(plumb::zone_addresses(std::string(40, '\0')).empty());
}

std::string bytes(std::initializer_list<int> list) {
    std::string out;
    for (const int byte : list) out += static_cast<char>(byte);
    return out;
}

TEST_CASE("the router of a zone") {
    const std::string v4 = bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 168, 1, 254});
    CHECK(plumb::zone_router(v4) == "192.168.1.254");
    CHECK(plumb::zone_router(v4 + std::string(16, '\0')) == "192.168.1.254");
    CHECK(plumb::zone_router(std::string(16, '\0')).empty());
    CHECK(plumb::zone_router(v4.substr(0, 15)).empty());
    CHECK(plumb::zone_router("").empty());
    CHECK(plumb::zone_router(bytes({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})) == "fe80::1");
    CHECK(plumb::zone_router(bytes({0xfd, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xc})) == "fd00:0:1::ab0c");
    CHECK(plumb::zone_router(bytes({0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0})) ==
          "2001:db8:0:1:2:3:4:0");
    CHECK(plumb::zone_router(bytes({0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})) == "1:0:0:1::");
    CHECK(plumb::zone_router(bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})) == "::1");
}

TEST_CASE("network cards by their nodes") {
    for (const auto& [name, is, driver] : {std::tuple{"e1000g0", true, "e1000g"},
                                           {"vioif12", true, "vioif"},
                                           {"vnic3", true, "vnic"},
                                           {"i40e0", true, "i40e"},
                                           {"e1000g", false, ""},
                                           {"net0", false, ""},
                                           {"tty0", false, ""},
                                           {"0", false, ""},
                                           {"", false, ""},
                                           {"console", false, ""}}) {
        CAPTURE(name);
        CHECK(plumb::is_nic_node(name) == is);
        if (is) CHECK(plumb::nic_of(name) == plumb::Nic{name, driver, ""});
    }
    CHECK(plumb::nic_of("net0") == plumb::Nic{"net0", "", ""});
}

TEST_CASE("entries of /proc/self/contracts") {
    CHECK(plumb::contract_number("41") == 41);
    CHECK(plumb::contract_number("2147483647") == 2147483647);
    for (const char* const text : {".", "..", "", "0", "-1", "4x", " 4", "2147483648", "template"})
        CHECK(plumb::contract_number(text) == 0);
}

TEST_CASE("what is looked for is a list without repetition of absolute paths") {
    std::vector<std::string> all;
    for (const plumb::IllumosFile& file : plumb::illumos_files()) all.emplace_back(file.path);
    all.insert(all.end(), plumb::illumos_directories.begin(), plumb::illumos_directories.end());
    for (const std::string& path : all) CHECK(path.starts_with('/'));
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

}  // namespace
