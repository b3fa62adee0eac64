#include "conf/address.hpp"

#include <charconv>
#include <vector>

namespace conf {
namespace {

// All of text as a number of at most digits digits, at most high; -1 where it is not one.
int number(std::string_view text, int base, std::size_t digits, int high) {
    int value = 0;
    const char* end = text.data() + text.size();
    if (text.empty() || text.size() > digits || text[0] == '-') return -1;
    const auto [rest, error] = std::from_chars(text.data(), end, value, base);
    return error == std::errc{} && rest == end && value <= high ? value : -1;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

bool parse_v4(std::string_view text, std::uint8_t* out) {
    const auto parts = split(text, '.');
    if (parts.size() != 4) return false;
    for (std::string_view part : parts) {
        const int value = number(part, 10, 3, 255);
        if (value < 0 || (part.size() > 1 && part[0] == '0')) return false;
        *out++ = static_cast<std::uint8_t>(value);
    }
    return true;
}

// Groups of 16 bits with colons between, and perhaps an IPv4 address at the end. Appends to out.
bool parse_groups(std::string_view text, bool v4_allowed, std::vector<std::uint8_t>& out) {
    if (text.empty()) return true;
    const auto parts = split(text, ':');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (v4_allowed && i + 1 == parts.size() && parts[i].find('.') != std::string_view::npos) {
            out.resize(out.size() + 4);
            return parse_v4(parts[i], out.data() + out.size() - 4);
        }
        const int value = number(parts[i], 16, 4, 0xffff);
        if (value < 0) return false;
        out.push_back(static_cast<std::uint8_t>(value >> 8));
        out.push_back(static_cast<std::uint8_t>(value & 255));
    }
    return true;
}

bool parse_v6(std::string_view text, std::array<std::uint8_t, 16>& out) {
    const std::size_t gap = text.find("::");
    std::vector<std::uint8_t> head;
    std::vector<std::uint8_t> tail;
    if (gap == std::string_view::npos) {
        if (text.empty() || !parse_groups(text, true, head) || head.size() != out.size()) return false;
    } else {
        if (!parse_groups(text.substr(0, gap), false, head)) return false;
        if (!parse_groups(text.substr(gap + 2), true, tail)) return false;
        if (head.size() + tail.size() > out.size() - 2) return false;  // "::" stands for one group at least
    }
    std::size_t at = 0;
    for (std::uint8_t byte : head) out[at++] = byte;
    at = out.size() - tail.size();
    for (std::uint8_t byte : tail) out[at++] = byte;
    return true;
}

unsigned group_of(std::string_view bytes, std::size_t index) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[2 * index]) << 8 |
                                 static_cast<unsigned char>(bytes[2 * index + 1]));
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    Address address;
    const std::size_t slash = text.find('/');
    const std::string_view host = text.substr(0, slash);
    address.v6 = host.find(':') != std::string_view::npos;
    if (address.v6 ? !parse_v6(host, address.bytes) : !parse_v4(host, address.bytes.data())) return std::nullopt;
    if (slash == std::string_view::npos) return address;
    address.prefix = number(text.substr(slash + 1), 10, 3, address.v6 ? 128 : 32);
    if (address.prefix < 0) return std::nullopt;
    return address;
}

std::optional<std::string> normal_mac(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    const auto parts = split(text, text.find('-') == std::string_view::npos ? ':' : '-');
    if (parts.size() != 6) return std::nullopt;
    std::string mac;
    for (std::string_view part : parts) {
        const int value = number(part, 16, 2, 255);
        if (value < 0) return std::nullopt;
        if (!mac.empty()) mac += ':';
        mac += digits[static_cast<std::size_t>(value) >> 4];
        mac += digits[static_cast<std::size_t>(value) & 15];
    }
    return mac;
}

std::string address_text(std::string_view bytes) {
    std::string text;
    if (bytes.size() == 4) {
        for (const char each : bytes) {
            if (!text.empty()) text += '.';
            text += std::to_string(static_cast<unsigned char>(each));
        }
    }
    if (bytes.size() != 16) return text;
    // The longest run of at least two zero groups, the first of equals, is "::".
    std::size_t run = 0;
    std::size_t run_length = 1;
    for (std::size_t at = 0; at < 8; ++at) {
        std::size_t length = 0;
        while (at + length < 8 && group_of(bytes, at + length) == 0) ++length;
        if (length > run_length) run = at, run_length = length;
    }
    for (std::size_t at = 0; at < 8; ++at) {
        if (run_length > 1 && at == run) {
            text += "::";
            at += run_length - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        const unsigned group = group_of(bytes, at);
        bool begun = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            const unsigned digit = group >> shift & 15;
            begun = begun || digit != 0 || shift == 0;
            if (begun) text += "0123456789abcdef"[digit];
        }
    }
    return text;
}

}  // namespace conf
