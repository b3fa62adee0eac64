// TOML text -> Config. The only door to toml++.
#pragma once

#include <string_view>

#include "conf/config.hpp"
#include "conf/diagnostic.hpp"

namespace conf {

enum class Platform : std::uint8_t { linux_os, illumos };

struct Parsed {
    Config config;  // complete only when has_errors(diagnostics) is false
    Diagnostics diagnostics;
};

// Reads text (named file in messages) for platform, into a Parsed that is as it was made: [platform.<name>] is laid
// over the rest, key by key; lists such as [[interface]] are replaced whole. Both platforms' tables are always checked.
// command_required: [app] command must be there (false where the command comes from elsewhere).
void parse(std::string_view text, std::string_view file, Platform platform, bool command_required, Parsed& parsed);
inline Parsed parse(std::string_view text, std::string_view file, Platform platform, bool command_required) {
    Parsed parsed;
    parse(text, file, platform, command_required, parsed);
    return parsed;
}

}  // namespace conf
