// waitpid, the only place of it: looping until nothing is left, looking at every pid.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace init {

struct Ended {
    pid_t pid = 0;
    std::int32_t code = -1;   // exit code; -1 when by signal
    std::int32_t signal = 0;  // Linux's number; 0 when by exit
    bool core = false;
};

enum class Reaped : std::uint8_t {
    one,     // ended was filled
    none,    // children are there, none has ended
    nobody,  // there is no child at all, hence no descendant that could become one
};

// What an earlier image of us reaped last, and may not have taken account of; false: nothing. Before the first reap().
bool take_left(Ended& ended);

// What was reaped last is taken account of: the record shows it (see record.hpp), or it matters to nobody.
void reaped_is_told();

// Reaps one child that has ended. Call until it is not Reaped::one: signals coalesce, children do not.
Reaped reap(Ended& ended);

// "exited with code 3", "killed by SIGKILL".
std::string end_text(const Ended& ended);

// Whether pid is a child of ours, ended or not: as long as it is, its number is nobody else's.
bool is_child(pid_t pid);

// Whether an earlier image of us has reaped this child without coming to note it. Never on Linux, whose kernel notes
// whom it reaps, see take_left().
bool was_reaped(pid_t pid);

// Whether reap() would not say nobody. Without a child there is no descendant either.
bool has_children();

// Reaps this child of fork_unseen(), which reap() does not see; false: it has not ended yet.
bool reap_unseen(pid_t pid);

}  // namespace init
