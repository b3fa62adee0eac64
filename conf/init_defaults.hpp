// /etc/default/init of illumos: the environment and umask of what init starts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

struct InitDefaults {
    std::vector<std::string> words;  // "NAME=value", in the file's order, each name once: the first counts
    std::uint32_t umask = 022;       // CMASK, octal, 0 to 077
    bool operator==(const InitDefaults&) const = default;
};

// As usr/src/common/definit/definit.c of illumos-gate reads it: words between blanks and unquoted semicolons, quotes
// dropped wherever they stand (a blank within them still ends the word), comments only as whole lines, what has no name
// before a '=' left out. PATH is init's own and left out, too. No input is an error.
InitDefaults parse_init_defaults(std::string_view text);

}  // namespace conf
