// The only clock: monotonic. The wall clock may be years off, or step, and nothing of ours may care.
#pragma once

#include <cstdint>
#include <time.h>

namespace init {

// Milliseconds of CLOCK_MONOTONIC, which begins at boot.
inline std::uint64_t now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace init
