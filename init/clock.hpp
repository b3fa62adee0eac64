// The only clock: monotonic. The wall clock may be years off, or step, and nothing of ours may care.
#pragma once

#include <cstdint>

namespace init {

// Milliseconds of CLOCK_MONOTONIC, which begins at boot.
std::uint64_t now_ms();

std::uint64_t now_us();  // the same in microseconds

}  // namespace init
