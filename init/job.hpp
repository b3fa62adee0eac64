// A child that is waited for while booting: a helper, or a step of the plan in a process of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "init/program.hpp"
#include "init/reap.hpp"
#include "init/spawn.hpp"
#include "plumb/execute.hpp"

namespace init {

struct Job {
    enum class State : std::uint8_t { runs, cut, well, failed };  // cut: it was killed, and is to be reaped yet

    Child child;
    State state = State::runs;
    plumb::Error error;                 // of cut and failed
    std::string program;                // what is executed
    std::string name;                   // the whole command
    plumb::Deadline limit{};            // 0: none
    std::uint64_t end = 0;              // when it is to be over, CLOCK_MONOTONIC in ms; 0: no matter when
    const plumb::Step* step = nullptr;  // of the plan; null: of one that goes on alone
    int told = -1;                      // what the step's own process says at its end, owned; -1: it is a command
    std::unique_ptr<Job> next;

    bool is_over() const { return state >= State::well; }
};

// Starts the command. It is over at once where it cannot be executed.
void start_command(Job& job, const Program& program, plumb::Deadline limit);

// Begins job.step in a process of its own; false: there is none to be had.
bool start_step(Job& job, plumb::System& system);

// Kills it, and gives it a little time for that: a process in uninterruptible sleep must not keep the boot waiting.
void cut_off(Job& job, plumb::Error why);

// The same because of a request to end the machine.
void cut_off_by(Job& job, int signal);

// Kills it where its time is up; over where that was done before and has not helped in time.
void look_at_time(Job& job);

// Its child has been reaped. keep_daemons: what a helper that ended well has left running is to stay.
void conclude(Job& job, const Ended& ended, bool keep_daemons);

// Its child cannot be reaped: somebody else did.
void lose(Job& job);

}  // namespace init
