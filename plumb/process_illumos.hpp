// What the parts of processes on illumos share.
#pragma once

namespace plumb {

// Signals that the handler has noted and nobody has taken yet are pending again, all being blocked: memory does not
// outlive an exec, and pending signals do.
void raise_noted_signals();

}  // namespace plumb
