// The picture of mvinit analyze --svg: a bar for every step on an axis of time. Pure; integers only.
#pragma once

#include <string>

#include "init/stamps.hpp"

namespace init {

// A whole SVG file that needs nothing from outside: the kernel, mvinit, each step, the application, each in a row of
// its own, in the order of their beginnings. Time counts from mvinit's first instruction; a kernel that took more than
// a third of all is drawn shorter than it was, with a cut through its bar, so that the steps can be told apart.
std::string analyze_svg(const Stamps& stamps);

}  // namespace init
