#include "conf/init_defaults.hpp"

#include <algorithm>

namespace conf {
namespace {

// As strtol(3) does: digits up to the first that is none, none at all is 0. What is out of range leaves umask as it is.
void read_umask(std::string_view digits, std::uint32_t& umask) {
    std::uint32_t value = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '7') break;
        value = value * 8 + static_cast<std::uint32_t>(digit - '0');
        if (value > 077) return;
    }
    umask = value;
}

void take(InitDefaults& found, std::string& word) {
    const auto equals = word.find('=');
    if (equals != 0 && equals != std::string::npos) {
        const std::string_view name = std::string_view(word).substr(0, equals + 1);
        const auto same = [&](const std::string& other) { return other.starts_with(name); };
        if (name == "CMASK=") {
            read_umask(std::string_view(word).substr(equals + 1), found.umask);
        } else if (name != "PATH=" && std::none_of(found.words.begin(), found.words.end(), same)) {
            found.words.push_back(word);
        }
    }
    word.clear();
}

void read_line(InitDefaults& found, std::string_view line) {
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') return;
    std::string word;
    bool quoted = false;
    for (const char c : line) {
        if (c == '"' || c == '\'') {
            quoted = !quoted;
        } else if (c == ' ' || c == '\t' || (c == ';' && !quoted)) {
            take(found, word);
        } else if (c != '\0') {
            word += c;
        }
    }
    take(found, word);
}

}  // namespace

InitDefaults parse_init_defaults(std::string_view text) {
    InitDefaults found;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        read_line(found, text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

}  // namespace conf
