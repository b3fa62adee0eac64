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

// Runs the steps of phase in order, until the observer wants to stop. An optional step's failure is told and passed
// over; a required one's ends it.
Outcome execute(const Plan& plan, Phase phase, System& system, Observer& observer);

Result<void> execute_step(const Step& step, System& system);

}  // namespace plumb
