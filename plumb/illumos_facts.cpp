#include "plumb/illumos_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "plumb/concat.hpp"

namespace plumb {

namespace {

constexpr std::uint64_t smf_cookie = 1;
constexpr std::size_t address_size = 16;  // in6_addr

// Drivers of network cards in illumos-gate (usr/src/uts/common/io, intel/io), and vnic's own.
constexpr std::string_view nic_drivers[] = {
    "afe",      "arn",   "atge",     "ath",  "bfe", "bge", "bnx",  "bnxe", "cxgbe", "dmfe",  "e1000g",
    "elxl",     "ena",   "hxge",     "i40e", "ice", "igb", "iprb", "iwn",  "ixgbe", "mlxcx", "mxfe",
    "myri10ge", "nge",   "ntxn",     "nxge", "oce", "pcn", "qede", "qlge", "rge",   "rtls",  "sfe",
    "sfxge",    "vioif", "vmxnet3s", "vnic", "vr",  "xge", "xnf",  "yge",
};

std::string_view without_instance(std::string_view name) {
    const std::size_t last = name.find_last_not_of("0123456789");
    return last == std::string_view::npos ? std::string_view() : name.substr(0, last + 1);
}

bool is_nic_driver(std::string_view driver) {
    return std::find(std::begin(nic_drivers), std::end(nic_drivers), driver) != std::end(nic_drivers);
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::string hexadecimal(unsigned number) {
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    return {digits.data(), end};
}

std::string ipv4_text(std::string_view bytes) {
    std::string out;
    for (std::size_t at = 0; at < 4; ++at) out += (at == 0 ? "" : ".") + std::to_string(byte_at(bytes, at));
    return out;
}

// RFC 5952: the longest run of zero groups, the first of equals, becomes "::".
std::string ipv6_text(std::string_view bytes) {
    constexpr std::size_t groups = 8;
    const auto group = [&](std::size_t n) { return byte_at(bytes, 2 * n) << 8 | byte_at(bytes, 2 * n + 1); };
    std::size_t start = groups;
    std::size_t length = 1;  // a single zero group is written out
    for (std::size_t first = 0; first < groups; ++first) {
        std::size_t end = first;
        while (end < groups && group(end) == 0) ++end;
        if (end - first > length) {
            start = first;
            length = end - first;
        }
    }
    std::string out;
    for (std::size_t n = 0; n < groups; ++n) {
        if (n == start) {
            out += "::";
            n += length - 1;
        } else {
            if (!out.empty() && out.back() != ':') out += ':';
            out += hexadecimal(group(n));
        }
    }
    return out;
}

bool is_mapped(std::string_view address) {
    return address.substr(0, 12) == std::string_view("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
}

}  // namespace

Start start_of(const Origin& origin) {
    if (origin.global && origin.pid == 1) return Start::kernel;
    if (origin.init_pid == 0) return Start::program;
    if (origin.pid == origin.init_pid) return Start::zone_init;
    if (origin.parent == origin.init_pid && origin.contract_cookie == smf_cookie) return Start::shim;
    return Start::program;
}

std::vector<MountEntry> parse_mnttab(std::string_view text) {
    std::vector<MountEntry> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        MountEntry entry;
        entry.source = next_field(line, '\t');
        entry.point = next_field(line, '\t');
        entry.type = next_field(line, '\t');
        entry.options = next_field(line, '\t');
        if (entry.point.starts_with('/') && !entry.type.empty()) out.push_back(std::move(entry));
    }
    return out;
}

std::vector<std::string> zone_addresses(std::string_view bytes) {
    std::vector<std::string> out;
    bytes = bytes.substr(0, bytes.find('\0'));
    while (!bytes.empty()) {
        const std::size_t comma = std::min(bytes.find(','), bytes.size());
        if (comma > 0) out.emplace_back(bytes.substr(0, comma));
        bytes.remove_prefix(std::min(comma + 1, bytes.size()));
    }
    return out;
}

std::string zone_router(std::string_view bytes) {
    if (bytes.size() < address_size) return {};
    const std::string_view first = bytes.substr(0, address_size);
    if (first.find_first_not_of('\0') == std::string_view::npos) return {};
    return is_mapped(first) ? ipv4_text(first.substr(12)) : ipv6_text(first);
}

bool gives_orphans_to_zone_init(std::string_view version) {
    return version.starts_with("joyent_") || version.starts_with("omnios-");
}

Nic nic_of(std::string_view name) {
    Nic nic;
    nic.name = name;
    const std::string_view driver = without_instance(name);
    if (is_nic_driver(driver)) nic.driver = driver;
    return nic;
}

bool is_nic_node(std::string_view name) {
    const std::string_view driver = without_instance(name);
    return driver.size() < name.size() && is_nic_driver(driver);
}

std::int32_t contract_number(std::string_view entry) {
    std::int32_t number = 0;
    const char* const end = entry.data() + entry.size();
    const auto [rest, error] = std::from_chars(entry.data(), end, number);
    return error == std::errc{} && rest == end && number > 0 ? number : 0;
}

}  // namespace plumb
