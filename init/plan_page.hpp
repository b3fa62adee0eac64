// The plan with all that init adds to it: application, signals, ends.
#pragma once

#include <string>

#include "init/configuration.hpp"
#include "plumb/plan.hpp"

namespace init {

// Text, or JSON.
std::string plan_page(const Configuration& configuration, const plumb::Facts& facts, const plumb::Plan& plan,
                      bool json);

}  // namespace init
