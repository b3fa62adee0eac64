// What is said about the entries of /etc/inittab: on the console while they run, and in the plan.
#pragma once

#include <string>
#include <vector>

#include "init/reap.hpp"
#include "init/services.hpp"

namespace init {

// "/etc/inittab:7: co (respawn)"
std::string service_name(const Service& service);

// "/etc/inittab:7: co (respawn) exited with code 1: starting it again"
std::string ended_text(const Service& service, const Ended& ended);

// With init's own words, the process, and what to do.
std::string inhibited_text(const Service& service);

// Why it could not be started (errno), and when that is tried again.
std::string not_started_text(const Service& service, const char* stage, int error);

// For the plan: the run level, the entries in the order in which they are run, then those that are not, and why.
// wanted: [inittab] level, -1: left out.
std::vector<std::string> inittab_notes(const conf::Inittab& inittab, int wanted);

}  // namespace init
