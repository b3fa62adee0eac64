// mvinit analyze: what booting took, asked of the mvinit that runs.
#pragma once

#include <string>

#include "conf/arguments.hpp"
#include "init/stamps.hpp"

namespace init {

// 0: shown. 1: that mvinit did not tell (it keeps no stamps, refused), or the picture cannot be written. 2: none could
// be asked.
int analyze(const conf::Arguments& arguments);

// The summary, then the steps, the dearest first, with their share of mvinit's own part and what they waited for.
std::string analyze_text(Stamps stamps);

// The same as one object; all times in microseconds, those of steps from mvinit's first instruction on; null: not known
// (yet), or the kernel has no part in it.
std::string analyze_json(Stamps stamps);

// "21.034 ms", from ten seconds on "12.345 s"
std::string cost_text(std::uint64_t us);

// From mvinit's first instruction to the application's; where it was not executed yet, to the last step's end.
std::uint64_t own_part(const Stamps& stamps);

}  // namespace init
