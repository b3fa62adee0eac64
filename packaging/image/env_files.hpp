// The variables that [app] env_files bring.
#pragma once

#include "conf/config.hpp"
#include "packaging/image/roots.hpp"

namespace image {

// Those of the files that tree has, below app.env, which wins over them as the later file does over the earlier.
void add_env_files(conf::App& app, const Roots& tree);

}  // namespace image
