#include "packaging/image/paths.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <span>

namespace image {
namespace {

using Parts = std::span<const std::string>;

bool parts_match(Parts pattern, Parts path) {
    if (pattern.empty()) return path.empty();
    if (pattern[0] == "**") {
        for (std::size_t skipped = 0; skipped <= path.size(); ++skipped)
            if (parts_match(pattern.subspan(1), path.subspan(skipped))) return true;
        return false;
    }
    return !path.empty() && fnmatch(pattern[0].c_str(), path[0].c_str(), FNM_PERIOD) == 0 &&
           parts_match(pattern.subspan(1), path.subspan(1));
}

// How many bytes the character at the beginning has; 0: it is none.
std::size_t character_size(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
    for (const char each : text.substr(1, size - 1))
        if ((static_cast<unsigned char>(each) & 0xc0) != 0x80) return 0;
    // Longer than need be, half of a pair of UTF-16, or beyond Unicode.
    const auto second = static_cast<unsigned char>(text[1]);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
    return size;
}

}  // namespace

std::string as_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        out.append(size == 0 ? "\ufffd" : text.substr(0, size));
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

std::string join(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (path.empty() || path.back() != '/') path += '/';
    return path.append(name);
}

std::string parent_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

std::string base_of(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

Strings split(std::string_view text, char separator) {
    Strings parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end > 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

bool matches(std::string_view pattern, std::string_view path) {
    return parts_match(split(pattern, '/'), split(path, '/'));
}

bool covers(std::string_view pattern, std::string_view path) {
    const Strings wanted = split(pattern, '/');
    const Strings parts = split(path, '/');
    for (std::size_t length = 1; length <= parts.size(); ++length)
        if (parts_match(wanted, Parts(parts).first(length))) return true;
    return false;
}

}  // namespace image
