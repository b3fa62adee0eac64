// The event loop: turns signals, the timer, the power button and contracts into events for the supervision, and waits
// for its companions. The only door to Asio.
#pragma once

#include <span>

#include "init/companion.hpp"
#include "init/supervision.hpp"

namespace init {

// What the loop waits for beside the timer; they stay the caller's.
struct Descriptors {
    int signals = -1;          // plumb::open_signals()
    int power_button = -1;     // plumb::open_power_button(), or -1
    int contract_events = -1;  // plumb::open_contract_events(), or -1
};

// Runs until supervision.end() is set; then every companion has left.
void run_loop(Supervision& supervision, const Descriptors& descriptors, std::span<Companion* const> companions);

}  // namespace init
