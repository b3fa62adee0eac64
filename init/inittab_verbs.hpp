// mvinit inittab check, install and remove: the inittab of a zone, seen from inside or from the global zone.
#pragma once

#include "conf/arguments.hpp"

namespace init {

// 0, exit_bad (check: init would not boot with it; install, remove: refused) or exit_unusable (not read, not written).
int inittab(const conf::Arguments& arguments);

}  // namespace init
