// What `mvinit inittab check` says: whether init would boot with this inittab, and what it would run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conf/diagnostic.hpp"
#include "conf/inittab.hpp"

namespace conf {

// What a look into the root found out about a program.
enum class Found : std::uint8_t {
    executable,
    missing,
    not_executable,  // or no regular file
    untold,          // its directory is empty: mounted only while the zone runs; or the command needs a shell to tell
};

// The root that the inittab is in, as far as it can be told from outside.
struct InittabRoot {
    Found shell = Found::untold;    // /sbin/sh
    Found program = Found::untold;  // what the smf entry names, on PATH where it has no slash
    bool contracts = true;          // /system/contract is there
};

// Errors: what keeps init from booting. file: the name in them.
Diagnostics judge_inittab(const Inittab& inittab, const InittabRoot& root, const std::string& file);

// bytes: what inittab was parsed from. The diagnostics are not on the page, but in the JSON. In both, bytes above 127
// are the characters of that number, since an inittab need not be UTF-8.
std::string inittab_page(const Inittab& inittab, std::string_view bytes);
std::string inittab_json(const Inittab& inittab, const Diagnostics& diagnostics);

}  // namespace conf
