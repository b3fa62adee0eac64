// IPv4 and IPv6 addresses as text, checked without the C library (inet_pton(3) differs between platforms).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conf {

struct Address {
    bool v6 = false;
    std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 in the first four
    int prefix = -1;                       // -1: none was given
    bool operator==(const Address&) const = default;
};

// "10.0.2.15", "10.0.2.15/24", "fec0::15/64", "::ffff:10.0.0.1". No zone ("%eth0"), no leading zeros in IPv4.
std::optional<Address> parse_address(std::string_view text);

// As text, in the shortest form (RFC 5952); bytes: 4 or 16, network order; else "".
std::string address_text(std::string_view bytes);

// "8:0:20:1:2:3", "08-00-20-01-02-03" -> "08:00:20:01:02:03"; anything else is nullopt.
std::optional<std::string> normal_mac(std::string_view text);

}  // namespace conf
