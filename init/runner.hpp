// Runs helpers to their end while booting (setup commands, the plan's commands, the rescue shell), before there is an
// event loop: waits for signals by hand, reaps whatever ends, and notices a request to stop.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "init/job.hpp"
#include "init/program.hpp"
#include "init/services_runner.hpp"
#include "init/supervisor.hpp"
#include "plumb/execute.hpp"
#include "plumb/platform.hpp"

namespace init {

class Runner final : public plumb::CommandRunner, public plumb::Workers {
public:
    // meaning: which signals ask for an end. inputs outlives the runner.
    Runner(const std::array<Meaning, signal_count>& meaning, const ProgramInputs& inputs);

    // Error: could not be started, non-zero exit, killed by a signal, deadline passed (it is killed then), or a request
    // to stop came (EINTR, it is killed too). All of its process group is gone afterwards; only where daemons are left
    // on purpose (see ProgramInputs) they go on after a helper that ended well.
    plumb::Result<void> run(const plumb::Command& command, plumb::Deadline deadline) override;

    // The same, with standard output taken: by a pipe, which must hold it all until the helper has ended.
    plumb::Result<std::string> output(const plumb::Command& command, plumb::Deadline deadline) override;

    // The same with the console as controlling terminal and no deadline; a request to stop ends it.
    plumb::Result<void> run_on_console(const conf::Argv& argv);

    // Waits while the first pass of inittab's entries goes on, telling it of every child that ends. False: a request to
    // stop came (they all are left to the end of the machine then).
    bool attend(ServicesRunner& services);

    // Takes a request to stop that came while no helper ran; true once there was one.
    bool stop_wanted() override;

    // Steps beside others (see plumb::Workers): commands as run() does it, the others in a worker.
    bool begin(const plumb::Step& step, plumb::System& system) override;
    const plumb::Step* wait(plumb::Error& error) override;
    void end_all() override;

    // What an earlier image of us had taken before it was cut off: an end that was asked for, a child that had ended.
    // done: see plumb::signal_left().
    void go_on(int stop_signal, std::uint64_t done);

    // The first signal that asked for an end since we began, 0: none.
    int stop_signal() const { return stop_signal_; }

private:
    plumb::Result<void> run_program(const Program& program, plumb::Deadline deadline);
    bool take_signal(std::uint64_t until);
    void take_children(Job* own);
    void take_child(Job* own, const Ended& ended);
    void note_stop(int number);
    bool is_stop(int number) const;

    std::array<Meaning, signal_count> meaning_;
    std::vector<int> awaited_;
    const ProgramInputs& inputs_;
    std::unique_ptr<Job> jobs_;  // steps that go on, a list
    int stop_signal_ = 0;
    std::optional<Ended> left_;  // a child that an earlier image of us has reaped
};

}  // namespace init
