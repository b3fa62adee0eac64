// What `mvinit inittab check` says: whether init would boot with this inittab, and what it would run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

struct InittabReport {
    std::vector<std::string> problems;  // init would not boot with it; each with the remedy
    std::vector<std::string> warnings;
};
InittabReport judge_inittab(const Inittab& inittab, const InittabRoot& root);

// bytes: what inittab was parsed from. The errors and warnings are not on the page, but in the JSON. There bytes above
// 127 are the characters of that number, since an inittab need not be UTF-8.
std::string inittab_page(const Inittab& inittab, std::string_view bytes);
std::string inittab_json(const Inittab& inittab, const InittabReport& report);

}  // namespace conf
