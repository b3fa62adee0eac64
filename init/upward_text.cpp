// Where a machine's monitor puts its credentials, as text.
#include <algorithm>

#include "init/upward.hpp"

namespace init {
namespace {

constexpr std::string_view name = "vmm.notify_socket";

// The value after prefix, name and separator; binary: decoded. "" where text is something else.
std::string value_of(std::string_view text, std::string_view prefix, char separator, bool binary) {
    if (!text.starts_with(prefix)) return {};
    text.remove_prefix(prefix.size());
    if (!text.starts_with(name) || text.size() <= name.size() || text[name.size()] != separator) return {};
    text.remove_prefix(name.size() + 1);
    return binary ? from_base64(text) : std::string(text);
}

std::string either(std::string_view text, std::string_view plain, std::string_view binary, char separator) {
    std::string value = value_of(text, plain, separator, false);
    return value.empty() ? value_of(text, binary, separator, true) : value;
}

int digit_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::string from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return {};
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    std::string out;
    std::uint32_t bits = 0;
    int have = 0;
    for (const char each : text) {
        const int digit = digit_of(each);
        if (digit < 0) return {};
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out += static_cast<char>(bits >> have & 255);
    }
    return out;
}

// A structure: type, length of its formatted part, handle (2 bytes); then its strings, each with a zero, and one more
// zero (two where it has none). DMTF DSP0134, 6.1.
std::string credential_in_smbios(std::string_view table) {
    constexpr unsigned char oem_strings = 11;
    while (table.size() >= 4) {
        const auto type = static_cast<unsigned char>(table[0]);
        const std::size_t length = static_cast<unsigned char>(table[1]);
        if (length < 4 || length > table.size()) return {};
        table.remove_prefix(length);
        const std::size_t end = std::min(table.find(std::string_view("\0\0", 2)), table.size());
        std::string_view strings = table.substr(0, type == oem_strings ? end : 0);
        table.remove_prefix(std::min(end + 2, table.size()));
        while (!strings.empty()) {
            const std::string_view text = strings.substr(0, strings.find('\0'));
            std::string value = either(text, "io.systemd.credential:", "io.systemd.credential.binary:", '=');
            if (!value.empty()) return value;
            strings.remove_prefix(std::min(text.size() + 1, strings.size()));
        }
    }
    return {};
}

std::string credential_in_command_line(std::string_view words) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find_first_of(" \n"), words.size());
        std::string value =
            either(words.substr(0, end), "systemd.set_credential=", "systemd.set_credential_binary=", ':');
        if (!value.empty()) return value;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return {};
}

}  // namespace init
