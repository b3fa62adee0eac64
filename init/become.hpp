// What a child does of itself between fork and exec, and mvinit exec in its own place: all but the exec itself.
#pragma once

#include <array>

#include "conf/arguments.hpp"
#include "init/program.hpp"

namespace init {

// What the child may fail at, in order; sent through the pipe as an index with errno.
inline constexpr std::array<const char*, 16> stages{
    "setsid",    "limits", "stdin",        "stdout", "stderr",       "terminal", "chdir", "nice",
    "setgroups", "setgid", "capabilities", "setuid", "no_new_privs", "exec",     "fork",  "ready"};
enum Stage : int {
    at_session,
    at_limits,
    at_stdin,  // and stdout, stderr
    at_terminal = at_stdin + 3,
    at_chdir,
    at_nice,
    at_setgroups,
    at_setgid,
    at_capabilities,
    at_setuid,
    at_no_new_privs,
    at_exec,
    at_fork,
    at_ready,
};

struct Failure {
    int stage;
    int error;
};

// Where a child that shares our memory tells what it failed at; its pipe is shares_memory then. in_place: not a child,
// but mvinit exec itself.
inline constexpr int shares_memory = -1;
inline constexpr int in_place = -2;
extern Failure* told;

// Of in_place: the command, and who asked for it.
struct InPlace {
    const Program& program;
    const conf::Arguments& arguments;
};
extern const InPlace* replaced;

// Async-signal-safe calls only from here on, nothing is logged but by in_place. The child may share our memory, of
// which it writes to nothing but *told and errno.

// Tells the stage and ends.
[[noreturn]] void fail(int pipe, int stage, int error);

// Limits, standard descriptors, terminal, umask, nice, directory, identity, privileges, signals.
void take_on(const Program& program, int pipe);

// The same with the descriptor of readiness and a session of its own. Returns the way back to the parent, which may
// have had to make room.
int become(const Program& program, int pipe);

}  // namespace init
