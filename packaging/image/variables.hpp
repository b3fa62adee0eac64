// Lines of variables, read as init/program.cpp does: what PID 1 is made of is not linked with. A unit test holds one
// against the other.
#pragma once

#include <string_view>

#include "conf/config.hpp"

namespace image {

// NAME=value lines, "#" comments and blank lines; value may stand in single or double quotes. Lays them over env.
// Returns the number of the first line that is none of these, behind which nothing is read; 0: there is none.
unsigned add_variables(conf::Environment& env, std::string_view text);

}  // namespace image
