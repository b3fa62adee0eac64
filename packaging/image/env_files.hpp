// The variables that [app] env_files bring, read as init/program.cpp does: what PID 1 is made of is not linked with.
#pragma once

#include <string>
#include <string_view>

#include "conf/config.hpp"
#include "packaging/image/roots.hpp"

namespace image {

// NAME=value lines, "#" comments and blank lines; value may stand in single or double quotes. Lays them over env.
// Returns the number of the first line that is none of these, behind which nothing is read; 0: there is none.
unsigned add_variables(conf::Environment& env, std::string_view text);

// Those of the files that tree has, below app.env, which wins over them as the later file does over the earlier.
void add_env_files(conf::App& app, const Roots& tree);

}  // namespace image
