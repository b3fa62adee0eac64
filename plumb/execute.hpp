// The executor: a loop over the plan against a System.
#pragma once

#include <cstddef>
#include <optional>

#include "plumb/plan.hpp"
#include "plumb/system.hpp"

namespace plumb {

struct Outcome {
    std::size_t done = 0;               // steps that succeeded
    std::size_t skipped = 0;            // optional ones that failed
    std::optional<std::size_t> failed;  // index of the required step that ended it
    Error error;                        // its error
};

// Told after every step. error is null on success. Never throws, may log.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void started(const Step& step) = 0;
    virtual void finished(const Step& step, const Error* error) = 0;
    // Asked before every step: true leaves out the rest of the plan.
    virtual bool stop_wanted() { return false; }
};

// Runs steps in processes of their own; init owns fork, waitpid and the signals, so it lends them.
class Workers {
public:
    virtual ~Workers() = default;
    // Begins the step; false: there is no process to be had. step and system outlive it.
    virtual bool begin(const Step& step, System& system) = 0;
    // Waits until one of them has ended. error is filled where that failed, with a text at least in what. Null: an end
    // was asked for, they all go on.
    virtual const Step* wait(Error& error) = 0;
    // Ends them all; what they would have said is lost.
    virtual void end_all() = 0;
};

// Runs the steps of phase in order, until the observer wants to stop. An optional step's failure is told and passed
// over; a required one's ends it. Given workers, a step that takes time goes on in one while others do that need not
// wait for it (see order.hpp); such are told of in the order in which they end. What runs yet when a required step has
// failed, or when the observer or the workers want to stop, is ended without a word.
Outcome execute(const Plan& plan, Phase phase, System& system, Observer& observer, Workers* workers = nullptr);

Result<void> execute_step(const Step& step, System& system);

}  // namespace plumb
