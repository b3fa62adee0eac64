// mvinit log: what is in the ring, and with -f what comes.
#pragma once

#include "conf/arguments.hpp"

namespace init {

// Exit code: exit_ok, also when mvinit ended while it was followed; exit_bad: no mvinit, no ring.
int log_verb(const conf::Arguments& arguments);

}  // namespace init
