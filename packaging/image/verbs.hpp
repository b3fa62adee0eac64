// What mvimage is asked to do. Each writes to standard output and returns the exit code.
#pragma once

#include "packaging/image/options.hpp"

namespace image {

int run_build(const Options& options);
int run_why(const Options& options);
int run_list(const Options& options);
int run_report(const Options& options);
int run_check(const Options& options);

}  // namespace image
