// The event loop: turns signals, the timer and the power button into events for the supervision. The only door to Asio.
#pragma once

#include "init/supervision.hpp"

namespace init {

// Runs until supervision.end() is set. signals: from plumb::open_signals(); power_button: from
// plumb::open_power_button(), or -1. Both stay the caller's.
void run_loop(Supervision& supervision, int signals, int power_button);

}  // namespace init
