#include "init/runner.hpp"

#include <cerrno>
#include <fcntl.h>
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

constexpr std::size_t most_output = 4096;

// Ends what the helper started: its contract, its group. It may have been reaped by now, so never its pid.
void end_leftovers(const Child& child) {
    if (child.contract != 0) plumb::signal_contract(child.contract, sig_kill);
    kill(-child.pid, SIGKILL);
}

// What the pipe holds; a daemon that has its other end yet does not keep us.
plumb::Result<std::string> read_output(int pipe, const std::string& name) {
    fcntl(pipe, F_SETFL, O_NONBLOCK);
    std::string text(most_output + 1, '\0');
    std::size_t got = 0;
    while (got < text.size()) {
        const ssize_t part = read(pipe, text.data() + got, text.size() - got);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) break;
        got += static_cast<std::size_t>(part);
    }
    if (got > most_output) return plumb::Error{"read output of", name, EFBIG, "", "4096 bytes at the most are taken"};
    text.resize(got);
    return {boost::system::in_place_value, std::move(text)};  // an Error takes a string, too
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

bool Runner::attend(ServicesRunner& services) {
    while (true) {
        Ended ended;
        while (reap(ended) == Reaped::one) services.child_ended(ended);
        services.proceed();
        if (services.all_begun()) return !stop_wanted();
        const auto got = plumb::wait_signal(awaited_, -1);
        if (got.number == 0 || got.number == sig_chld) continue;
        if (got.number == sig_pwr && services.power_failed()) continue;
        stop_signal_ = got.number;
        return false;
    }
}

plumb::Result<void> Runner::run(const plumb::Command& command, plumb::Deadline deadline) {
    return run_program(prepare_helper(command.argv, command.env, inputs_, false), deadline);
}

plumb::Result<std::string> Runner::output(const plumb::Command& command, plumb::Deadline deadline) {
    const std::string name = conf::shell_quote(command.argv);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return plumb::Error{"make a pipe for", name, errno, "", ""};
    Program program = prepare_helper(command.argv, command.env, inputs_, false);
    program.given[1] = ends[1];
    const auto done = run_program(program, deadline);
    close(ends[1]);
    auto text = done ? read_output(ends[0], name) : plumb::Result<std::string>{done.error()};
    close(ends[0]);
    return text;
}

plumb::Result<void> Runner::run_on_console(const conf::Argv& argv) {
    stop_signal_ = 0;
    return run_program(prepare_helper(argv, {}, inputs_, true), {});
}

plumb::Result<void> Runner::run_program(const Program& program, plumb::Deadline deadline) {
    const std::string name = conf::shell_quote(program.argv);
    const Child child = spawn(program);
    if (child.pid < 0 || child.stage != nullptr) return not_started(child, program.argv.front());
    auto result = wait_for(child, name, deadline);
    if (child.pending < 0) return result;
    const Child late = late_failure(child.pending);
    if (late.stage != nullptr) return not_started(late, program.argv.front());
    return result;
}

plumb::Result<void> Runner::wait_for(const Child& child, const std::string& name, plumb::Deadline deadline) {
    std::uint64_t end = deadline.count() > 0 ? now_ms() + static_cast<std::uint64_t>(deadline.count()) : 0;
    std::optional<plumb::Error> cut;
    // SIGKILL, and a little time for it: a process in uninterruptible sleep must not keep the boot waiting.
    const auto cut_off = [&](plumb::Error why) {
        if (!cut) end = now_ms() + kill_grace_ms;
        cut = std::move(why);
        end_leftovers(child);
        kill(child.pid, SIGKILL);
    };
    while (true) {
        Ended ended;
        Reaped state = Reaped::one;
        while ((state = reap(ended)) == Reaped::one) {
            if (ended.pid != child.pid) continue;
            const bool well = ended.code == 0 && !cut;
            // A daemon of the plan (ipmgmtd, dlmgmtd) is ready when its parent has ended well, and is to stay.
            if (!(well && inputs_.leaves_daemons)) end_leftovers(child);
            if (cut) return *cut;
            if (well) return {};
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
