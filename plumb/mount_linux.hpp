// The mount step.
#pragma once

#include "plumb/error.hpp"
#include "plumb/plan.hpp"

namespace plumb {

// Mounts, with the mount point made when step.mkdir. The same type being mounted at the target already is success.
Result<void> mount_step(const Mount& step);

}  // namespace plumb
