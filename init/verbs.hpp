// The verbs of the program that are not being an init.
#pragma once

#include <string>

#include "conf/arguments.hpp"

namespace init {

inline constexpr int exit_ok = 0;
inline constexpr int exit_bad = 1;       // the configuration has errors, the plan has problems; failed, or refused
inline constexpr int exit_unusable = 2;  // wrong usage, or a file that cannot be read
// Of the verbs that ask the mvinit that runs; mvinit(8) lists them.
inline constexpr int exit_nobody = 3;   // no mvinit to be asked
inline constexpr int exit_denied = 4;   // not allowed to ask
inline constexpr int exit_late = 5;     // timed out
inline constexpr int exit_absent = 6;   // nothing of that kind is there: no ring, no stamps
inline constexpr int exit_down = 7;     // status: the application does not run
inline constexpr int exit_unready = 8;  // status: it runs, but is not ready
inline constexpr int exit_own = 125;    // exec, and as an init: mvinit itself failed, not the command

int check(const conf::Arguments& arguments);
int plan(const conf::Arguments& arguments);
int version();
int help();

// Those that ask the mvinit that runs; see client.hpp.
// start, stop, restart, kill, reload, poweroff, reboot, halt. The last four by a signal where there is no socket; on
// illumos, where no mvinit runs, the end comes by uadmin(2) at once.
int steer(const conf::Arguments& arguments);
int status(const conf::Arguments& arguments);
int wait_verb(const conf::Arguments& arguments);
int exec_verb(const conf::Arguments& arguments);
int log_verb(const conf::Arguments& arguments);
int analyze(const conf::Arguments& arguments);
int upgrade(const conf::Arguments& arguments);

// Says that a command which is not to be found may be meant as a verb; meant: " (did you mean ...?)".
void hint(const conf::Arguments& arguments, const std::string& meant);

// Says it and gives the exit code: 125 where mvinit was to be an init, as container users tell its own failures by, or
// exec, as users of env(1) and chroot(8) do.
int usage_error(const std::string& error, bool as_init);
int usage_error(const conf::Arguments& arguments);

}  // namespace init
