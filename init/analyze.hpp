// The pages of mvinit analyze: what booting took (the verb itself is in verbs.hpp). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "init/stamps.hpp"

namespace init {

// The summary, then the steps, the dearest first, with their share of mvinit's own part and what they waited for.
std::string analyze_text(Stamps stamps);

// The same as one object, which begins as those of all verbs; all times in microseconds, those of steps from mvinit's
// first instruction on; null: not known (yet), or the kernel has no part in it.
std::string analyze_json(Stamps stamps);

// "21.034 ms", from ten seconds on "12.345 s"
std::string cost_text(std::uint64_t us);

// From mvinit's first instruction to the application's; where it was not executed yet, to the last step's end.
std::uint64_t own_part(const Stamps& stamps);

}  // namespace init
