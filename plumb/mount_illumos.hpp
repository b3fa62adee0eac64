// The mount step on illumos: mount(2) with an option string, no helper program.
#pragma once

#include "plumb/error.hpp"
#include "plumb/plan.hpp"

namespace plumb {

// A mount point that has that type mounted already is success. Errors say what the errno stood for.
Result<void> mount_step(const Mount& step);

}  // namespace plumb
