// The end of everything: the rescue shell, the file systems, the machine.
#pragma once

#include <string>

#include "conf/config.hpp"
#include "init/program.hpp"
#include "init/state_file.hpp"
#include "init/supervisor.hpp"
#include "plumb/facts.hpp"

namespace init {

// What the end needs to know, kept from boot to then.
struct EndPlan {
    bool owns_kernel = true;
    bool machine = true;
    bool pid1 = true;
    bool never_exits = false;     // illumos: an init that exits is executed again, a shim that exits is started again
    bool stays = false;           // the shim: to exit is to stay, and to wait for SIGHUP
    char* const* argv = nullptr;  // as we were started, to be executed afresh with
    StateFile* state_file = nullptr;
    bool power_off_by_reboot = false;
    std::string why_by_reboot;  // empty where it is not
    conf::Argv rescue_command;
    std::array<Meaning, signal_count> meaning{};  // while the rescue shell runs, and while it stays
};

EndPlan make_end_plan(const conf::Config& config, const plumb::Facts& facts);

// Carries it out: a rescue shell first where action says so (and what its user then asked for, or power-off, after it);
// then whatever is left is killed, file systems are left clean, and the machine or the process ends.
[[noreturn]] void carry_out(End end, const EndPlan& plan);

// Reaps until no process of ours is left, for so long at the most; false: some are.
bool all_gone_within(std::uint64_t patience_ms);

}  // namespace init
