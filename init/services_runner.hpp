// Runs the entries of /etc/inittab: reads the file, starts what the state machine says (services.hpp), tells of it.
// Only illumos has such an init, see services_runner_illumos.cpp. On Linux there never are any, and what is reached
// from here alone is no part of the program.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/config.hpp"
#include "init/program.hpp"
#include "init/reap.hpp"
#include "plumb/contracts.hpp"

namespace init {

class ServicesRunner {
public:
    // Reads /etc/inittab and /etc/default/init; what is wrong in them is told on the console. False: no inittab.
    bool read(const conf::HonourInittab& wanted, const ProgramInputs& inputs);

    // Whether it was read. All that follow are for that case alone.
    explicit operator bool() const;

    // Starts whatever is to be started now. Call after each of the others, and when deadline() has come.
    void proceed();

    // Where an earlier image of this program started them: nothing but what is to respawn is started any more, and that
    // only when its contract, one of held, is empty.
    void resume(const std::vector<plumb::HeldContract>& held);
    void contract_empty(plumb::ContractId contract) { child_ended({.pid = -contract}); }

    // True: it was a process of ours.
    bool child_ended(const Ended& ended);

    // SIGPWR: true when there are entries for it, which are then run instead of its other meaning.
    bool power_failed();

    // SIGHUP: what was inhibited is tried again.
    void retry();

    void stop();

    // False while the application is to wait.
    bool all_begun() const;
    std::optional<std::uint64_t> deadline() const;

private:
    struct Running;
    struct Delete {
        void operator()(Running* running) const;
    };

    void start(std::size_t number);

    std::unique_ptr<Running, Delete> running_;
};

// Adds to the plan what of this machine's inittab would be run.
void note_inittab(std::vector<std::string>& notes, const conf::HonourInittab& wanted);

}  // namespace init
