// The verbs of the program that are not being an init: check, plan, version, help; what is told to one that runs is in
// tell_running.cpp.
#pragma once

#include <string>

#include "conf/arguments.hpp"

namespace init {

inline constexpr int exit_ok = 0;
inline constexpr int exit_bad = 1;       // the configuration has errors, the plan has problems
inline constexpr int exit_unusable = 2;  // wrong usage, or a file that cannot be read

int check(const conf::Arguments& arguments);
int plan(const conf::Arguments& arguments);
// poweroff, reboot, halt, reload: sends the mvinit that is init or shim here the signal for it. On illumos, where none
// runs, the end comes by uadmin(2) at once.
int tell_running(conf::Verb verb);

int version();
int help();

// Says it and gives the exit code: 125 where mvinit was to be an init, as container users tell its own failures by.
int usage_error(const std::string& error, bool as_init);

}  // namespace init
