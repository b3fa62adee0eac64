// Every key of mvinit.toml in one table: the man page, the parser and the tests are held against it.
#pragma once

#include <span>
#include <string_view>

namespace conf {

// path: "app.stop_timeout"; lists of tables with "[]": "interface[].mtu".
// type: one of string, argv, strings, boolean, integer, integers, duration, size, table, enum, signal, octal.
// default_text: as it would be written in TOML; "" where there is none.
// platforms: "all", "linux" or "illumos".
struct Key {
    std::string_view path;
    std::string_view type;
    std::string_view default_text;
    std::string_view platforms;
    std::string_view summary;  // one line: meaning, unit, range
};

std::span<const Key> schema();

}  // namespace conf
