// What is said about the entries of /etc/inittab: on the console while they run, and in the plan.
#pragma once

#include <string>
#include <vector>

#include "init/reap.hpp"
#include "init/services.hpp"

namespace init {

// "/etc/inittab:7: co (respawn)"
std::string entry_name(const conf::InittabEntry& entry);

// "/etc/inittab:7: co (respawn) ended: exit code 1"; neither code nor signal: it is known by its
// contract alone.
std::string ended_text(const conf::InittabEntry& entry, const Ended& ended);

// With init's own words, the process, and what to do.
std::string inhibited_text(const conf::InittabEntry& entry);

// Why it could not be started (errno), and when that is tried again.
std::string not_started_text(const conf::InittabEntry& entry, const char* stage, int error);

// "/etc/inittab:9: dropped without a word: ..."
std::string line_text(const conf::InittabLine& line);

// "/etc/inittab: run level 3 (its initdefault, else 3)". wanted: [inittab] level, -1: left out.
std::string level_text(const conf::Inittab& inittab, int wanted);

// For the plan: the run level, the entries in the order in which they are run, then those that are not, and why.
void note_inittab(std::vector<std::string>& notes, const conf::Inittab& inittab, int wanted);

}  // namespace init
