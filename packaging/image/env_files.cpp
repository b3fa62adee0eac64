#include "packaging/image/env_files.hpp"

#include "conf/env_lines.hpp"

namespace image {

void add_env_files(conf::App& app, const Roots& tree) {
    conf::Environment all;
    for (const std::string& each : app.env_files) conf::add_variables(all, tree.read(each).value_or(""));
    app.env.merge(all);
}

}  // namespace image
