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

// Starts the command. It is over at once where it cannot be executed. One that an earlier image of us has begun, and
// not seen the end of, is not begun again: the job goes on with that.
void start_command(Job& job, const Program& program, plumb::Deadline limit);

// Begins job.step in a process of its own; false: there is none to be had.
bool start_step(Job& job, plumb::System& system);

// Jobs on record: whether a predecessor has begun what mark stands for, which job goes on with then, or is over by;
// that it is about to be begun, has been, has ended; and that whoever waited for it knows, which is written with what
// comes of that.
bool take_up(Job& job, std::uint32_t mark);
void note_beginning(std::uint32_t mark);
void note_begun(std::uint32_t mark, const Job& job);
void note_ended(const Ended& ended);
void note_over(const Job& job);

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
