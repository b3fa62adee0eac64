// Files of variables, as [app] env_files names them and /etc/default/init is one.
#pragma once

#include <string_view>

#include "conf/config.hpp"

namespace conf {

// NAME=value lines, "#" comments and blank lines; value may stand in single or double quotes. Lays them over env.
// Returns the number of the first line that is none of these, behind which nothing is read; 0: there is none.
unsigned add_variables(Environment& env, std::string_view text);

}  // namespace conf
