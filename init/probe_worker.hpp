// What the child does that asks by TCP or HTTP.
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "init/readiness.hpp"

namespace init {

struct ProbeWork {
    const Question& question;  // tcp or http
    std::uint32_t timeout_ms;  // of one question
    std::uint32_t retry_ms;    // 0: one question
    int reasons;               // where a Reason is written each time that it is another one
    pid_t parent;              // whose end is ours
};

// Returns when the answer is yes; ends the process with 1 where it is no.
void ask_as_worker(const ProbeWork& work);

}  // namespace init
