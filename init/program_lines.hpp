// The lines by which a Program goes over the control socket, read back; program_lines() of control_answer.hpp writes
// them.
#pragma once

#include <string_view>

#include "init/program.hpp"

namespace init {

// Fills what the lines say: env, cwd, identity, umask, limits, nice, no_new_privs, capabilities. False: a number that
// is none. Names that are not known say nothing.
bool read_program(std::string_view lines, Program& program);

}  // namespace init
