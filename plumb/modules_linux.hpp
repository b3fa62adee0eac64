// The load-module step.
#pragma once

#include "plumb/error.hpp"
#include "plumb/plan.hpp"

namespace plumb {

// Loads the module and what it depends on from /lib/modules/RELEASE. Loaded already or built in: success.
Result<void> load_module_step(const LoadModule& step);

}  // namespace plumb
