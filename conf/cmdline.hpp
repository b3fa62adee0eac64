// The kernel command line: which words are ours, and the application after "--".
#pragma once

#include <string>
#include <string_view>

#include "conf/config.hpp"
#include "conf/diagnostic.hpp"

namespace conf {

struct KernelCommandLine {
    std::string config_file;      // mvinit.config=FILE
    Role role = Role::automatic;  // mvinit.role=machine|container
    bool debug = false;           // mvinit.debug
    bool rescue = false;          // mvinit.rescue
    bool plan = false;            // mvinit.plan
    Argv command;                 // all after "--"
    Diagnostics diagnostics;      // unknown mvinit.* words: warnings
    bool operator==(const KernelCommandLine&) const = default;
};

// text: /proc/cmdline, a trailing newline allowed. Words that do not begin with "mvinit." are ignored.
KernelCommandLine parse_kernel_command_line(std::string_view text);

}  // namespace conf
