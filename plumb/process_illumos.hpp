// What the parts of processes on illumos share.
#pragma once

#include <signal.h>

namespace plumb {

// In the handler of a fault of our own. Comes back where it is not the supervising process: then it has the default
// action.
void take_fault(int number, const siginfo_t& info);

// Signals that the handler has noted and nobody has taken yet are pending again, all being blocked: memory does not
// outlive an exec, and pending signals do.
void raise_noted_signals();

}  // namespace plumb
