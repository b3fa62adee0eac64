// The standard descriptors of a program about to be executed.
#pragma once

#include "init/program.hpp"

namespace init {

// Opens or duplicates what program has for 0, 1 or 2. Between fork and exec: async-signal-safe, 0 or errno.
int make_standard(const Program& program, int standard);

// Whether that may take as long as it likes (a FIFO, a serial line).
bool opens_files(const Program& program);

}  // namespace init
