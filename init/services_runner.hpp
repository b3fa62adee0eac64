// Runs the entries of /etc/inittab: reads the file, starts what the state machine says (services.hpp), tells of it.
#pragma once

#include <memory>

#include "conf/config.hpp"
#include "init/program.hpp"
#include "init/reap.hpp"
#include "init/services.hpp"
#include "plumb/contracts.hpp"
#include "plumb/facts.hpp"

namespace init {

class ServicesRunner {
public:
    // Reads /etc/inittab and /etc/default/init; what is wrong in them is told on the console. nullptr: no inittab.
    static std::unique_ptr<ServicesRunner> make(const conf::HonourInittab& wanted, const plumb::Facts& facts,
                                                const ProgramInputs& inputs);

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
    void retry() { services_.retry(); }

    void stop() { services_.stop(); }

    // False while the application is to wait.
    bool all_begun() const { return services_.all_begun(); }
    std::optional<std::uint64_t> deadline() const { return services_.deadline(); }

private:
    ServicesRunner(std::vector<conf::InittabEntry> entries, int level, const conf::Environment& env,
                   const ProgramInputs& inputs, bool as_on_illumos);
    void start(std::size_t number);

    Services services_;
    Program program_;                      // all but the process
    std::string* sysinit_path_ = nullptr;  // in program_.env, while it is that of sysinit entries
};

// Adds to the plan what would be run. read: the file of this machine counts; else that it is read at boot.
void note_inittab(std::vector<std::string>& notes, const conf::HonourInittab& wanted, bool read);

}  // namespace init
