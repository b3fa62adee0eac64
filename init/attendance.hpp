// Whether the application is ready, and whether it is well: readiness by notification, probe or time, health probes,
// its watchdog. Tells the supervision when it is to be restarted, and whoever asked when it is ready.
#pragma once

#include <cstdint>

#include "init/companion.hpp"
#include "init/program.hpp"
#include "init/reap.hpp"

namespace init {

class Supervision;

class Attendance final : public Companion {
public:
    // Whom to tell; outlives this.
    void attend(Supervision& supervision) { supervision_ = &supervision; }

    // Before each start of the application: what program is to be given for it to tell that it is ready.
    void prepare(Program& program);
    void started(std::int32_t pid);
    void gone();

    // True: it was a probe of ours.
    bool child_ended(const Ended& ended);

    // Since when the application that runs now is ready, CLOCK_MONOTONIC in ms; 0: it is not (yet).
    std::uint64_t ready_ms() const { return ready_ms_; }

    void join(Reactor& reactor) override;
    void readable(int descriptor) override;

private:
    Supervision* supervision_ = nullptr;
    std::uint64_t ready_ms_ = 0;
};

}  // namespace init
