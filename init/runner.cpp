#include "init/runner.hpp"

#include <cerrno>
#include <signal.h>
#include <unistd.h>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

plumb::Error verdict(const Ended& ended, const std::string& name) {
    const std::string how = ended.signal != 0 ? "killed by " + conf::signal_name(ended.signal)
                                              : "exited with code " + std::to_string(ended.code);
    return {"run", name, 0, how, "its own messages stand above; run it by hand in the image to see more"};
}

plumb::Error not_started(const Child& child, const std::string& name) {
    return {std::string("run (") + child.stage + ")", name, child.error, "",
            "is it in the image with its interpreter, and executable for root?"};
}

// Ends what is left of the helper: its group, then itself.
void finish_off(pid_t pid) {
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
}

}  // namespace

Runner::Runner(const std::array<Meaning, signal_count>& meaning, const ProgramInputs& inputs)
    : meaning_(meaning), inputs_(inputs) {
    awaited_.push_back(sig_chld);
    for (int number = 1; number < signal_count; ++number)
        if (is_stop(number)) awaited_.push_back(number);
}

bool Runner::is_stop(int number) const {
    return end_asked(meaning_[static_cast<std::size_t>(number)]).has_value();
}

bool Runner::stop_wanted() {
    while (stop_signal_ == 0) {
        const auto got = plumb::wait_signal(awaited_, 0);
        if (got.number == 0) return false;
        // Children that end here are reaped by the next wait or by the loop: both look before they wait.
        if (got.number != sig_chld) stop_signal_ = got.number;
    }
    return true;
}

plumb::Result<void> Runner::run(const plumb::Command& command, plumb::Deadline deadline) {
    return run_program(prepare_helper(command.argv, command.env, inputs_, false), deadline);
}

plumb::Result<std::string> Runner::output(const plumb::Command& command, plumb::Deadline /*deadline*/) {
    return plumb::Error{"run", conf::shell_quote(command.argv), ENOSYS, "", ""};
}

plumb::Result<void> Runner::run_on_console(const conf::Argv& argv) {
    stop_signal_ = 0;
    return run_program(prepare_helper(argv, {}, inputs_, true), {});
}

plumb::Result<void> Runner::run_program(const Program& program, plumb::Deadline deadline) {
    const std::string name = conf::shell_quote(program.argv);
    const Child child = spawn(program);
    if (child.pid < 0 || child.stage != nullptr) return not_started(child, program.argv.front());
    auto result = wait_for(child.pid, name, deadline);
    if (child.pending < 0) return result;
    const Child late = late_failure(child.pending);
    if (late.stage != nullptr) return not_started(late, program.argv.front());
    return result;
}

plumb::Result<void> Runner::wait_for(pid_t pid, const std::string& name, plumb::Deadline deadline) {
    std::uint64_t end = deadline.count() > 0 ? now_ms() + static_cast<std::uint64_t>(deadline.count()) : 0;
    std::optional<plumb::Error> cut;
    // SIGKILL, and a little time for it: a process in uninterruptible sleep must not keep the boot waiting.
    const auto cut_off = [&](plumb::Error why) {
        if (!cut) end = now_ms() + kill_grace_ms;
        cut = std::move(why);
        finish_off(pid);
    };
    while (true) {
        Ended ended;
        Reaped state = Reaped::one;
        while ((state = reap(ended)) == Reaped::one) {
            if (ended.pid != pid) continue;
            kill(-pid, SIGKILL);
            if (cut) return *cut;
            if (ended.code == 0) return {};
            return verdict(ended, name);
        }
        if (state == Reaped::nobody) return plumb::Error{"wait for", name, ECHILD, "", "somebody else reaped it"};
        const std::uint64_t now = now_ms();
        if (end != 0 && now >= end) {
            if (cut) return *cut;
            cut_off({"run", name, ETIMEDOUT, "did not end within " + conf::duration_text(deadline),
                     "mend it, or give it more time (timeout = in its [[setup]])"});
        }
        const auto got = plumb::wait_signal(awaited_, end != 0 ? static_cast<std::int64_t>(end - now) : -1);
        if (got.number == 0 || got.number == sig_chld) continue;
        if (stop_signal_ == 0) stop_signal_ = got.number;
        cut_off({"run", name, EINTR, "ended because of " + conf::signal_name(got.number), ""});
    }
}

}  // namespace init
