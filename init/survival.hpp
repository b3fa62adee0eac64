// What PID 1 does so that its own fault is not the application's end: see plumb/survival.hpp, whose last resort is told
// here what it may have to do, and record.hpp.
#pragma once

#include <string_view>

#include "init/ending.hpp"
#include "init/policy.hpp"
#include "init/record.hpp"

namespace init {

// From now on a fault executes mvinit again. file has inherited; argv: as we were started; again: by another image of
// us.
void survive(StateFile& file, char* const* argv, bool again);

// What it may have to do when all else fails.
void prepare_for_the_worst(const EndPlan& plan);
void prepare_for_the_worst(const Policy& policy);
void keep_for_the_worst(const Record& record, const Policy& policy);

// Where the application, as a reload has changed it, needs privileges that were given up: another image of us has them.
// Comes back where they are there, or no other image is to be had, which is said.
void regain_privileges(const Program& program);

// The minimal loop, for the application of record.
[[noreturn]] void only_keep(const Record& record, const Policy& policy, const EndPlan& plan);

// The step that a fault's message names: static text, or name and object, which are copied.
void at_step(const char* step);
void at_step(std::string_view name, std::string_view object);

// Says, in an image of us that goes on in the same process, why and with what.
void tell_image(const Record& record);

// Where mvinit was executed from at the machine's start; "" where that is not known.
const char* own_path();

}  // namespace init
