// conf/address.hpp.
#include <doctest/doctest.h>

#include "conf/address.hpp"

using conf::Address;
using conf::parse_address;

TEST_CASE("addresses that are right") {
    const std::pair<const char*, Address> table[] = {
        {"10.0.2.15", {false, {10, 0, 2, 15}, -1}},
        {"10.0.2.15/24", {false, {10, 0, 2, 15}, 24}},
        {"0.0.0.0/0", {false, {}, 0}},
        {"255.255.255.255/32", {false, {255, 255, 255, 255}, 32}},
        {"::", {true, {}, -1}},
        {"::1/128", {true, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128}},
        {"fec0::15/64", {true, {0xfe, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x15}, 64}},
        {"1:2:3:4:5:6:7:8", {true, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}, -1}},
        {"1::", {true, {0, 1}, -1}},
        {"1:2:3:4:5:6:7::", {true, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7}, -1}},
        {"::ffff:10.0.0.1", {true, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}, -1}},
        {"1:2:3:4:5:6:1.2.3.4", {true, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1, 2, 3, 4}, -1}},
        {"FE80::AbCd", {true, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd}, -1}},
    };
    for (const auto& [text, address] : table) {
        CAPTURE(text);
        CHECK(parse_address(text) == address);
    }
}

TEST_CASE("addresses that are wrong") {
    for (const char* text : {"",
                             "/",
                             "/24",
                             "10.0.2",
                             "10.0.2.15.1",
                             "10.0.2.256",
                             "10.0.02.1",
                             "10.0.2.-1",
                             "10.0.2.",
                             ".10.0.2",
                             "1 .2.3.4",
                             "10.0.2.15/",
                             "10.0.2.15/33",
                             "10.0.2.15/-1",
                             "10.0.2.15/24/1",
                             "10.0.2.15/a",
                             "10.0.2.15 ",
                             "a",
                             ":",
                             ":::",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             "1:2:3:4:5:6:7:8::",
                             "::1:2:3:4:5:6:7:8",
                             "12345::",
                             "g::",
                             "1:::2",
                             "::1/129",
                             "fe80::1%eth0",
                             "1.2.3.4::",
                             "::1.2.3",
                             "1:2:3:4:5:6:7:1.2.3.4",
                             "1:",
                             ":1",
                             "::-1",
                             "::0x1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_address(text).has_value());
    }
}

TEST_CASE("MAC addresses are written one way") {
    CHECK(conf::normal_mac("52:54:00:12:34:56") == "52:54:00:12:34:56");
    CHECK(conf::normal_mac("AA-BB-CC-DD-EE-FF") == "aa:bb:cc:dd:ee:ff");
    CHECK(conf::normal_mac("8:0:20:1:2:3") == "08:00:20:01:02:03");
    for (const char* text : {"", "52:54:00:12:34", "52:54:00:12:34:56:78", "52:54:00:12:34:5g", "525400123456",
                             "52:54-00:12:34:56", "52:54:00:12:34:", "152:54:00:12:34:56"}) {
        CAPTURE(text);
        CHECK_FALSE(conf::normal_mac(text).has_value());
    }
}

TEST_CASE("addresses as text, in the shortest form") {
    for (const char* text : {"0.0.0.0", "10.0.2.15", "255.255.255.255", "::", "::1", "fe80::1", "2001:db8::1:0:0:1",
                             "2001:db8:0:1:1:1:1:1", "1::", "1:2:3:4:5:6:7:8", "0:1:2:3:4:5:6:7", "ff02::fb"}) {
        const auto address = conf::parse_address(text);
        REQUIRE(address);
        const auto* bytes = reinterpret_cast<const char*>(address->bytes.data());
        CHECK(conf::address_text({bytes, address->v6 ? std::size_t{16} : std::size_t{4}}) == text);
    }
    CHECK(conf::address_text("").empty());
    CHECK(conf::address_text("abcde").empty());
}
