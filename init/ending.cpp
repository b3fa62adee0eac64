#include "init/ending.hpp"

#include <cerrno>
#include <signal.h>
#include <unistd.h>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/configuration.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/runner.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

// Reaps until there is no child, or until this one has ended, or the time is over: false then.
bool gone_within(std::uint64_t patience_ms, pid_t this_one = 0) {
    const std::uint64_t give_up = now_ms() + patience_ms;
    Ended ended;
    while (true) {
        const Reaped state = reap(ended);
        if (state == Reaped::nobody) return true;
        if (state == Reaped::one && ended.pid == this_one) return true;
        if (state == Reaped::one) continue;
        const std::uint64_t now = now_ms();
        if (now >= give_up) return false;
        plumb::wait_signal({sig_chld}, static_cast<std::int64_t>(give_up - now));
    }
}

void kill_rest() {
    if (gone_within(0)) return;
    plumb::signal_everyone(sig_term);
    plumb::signal_everyone(sig_cont);
    if (gone_within(1000)) return;
    plumb::signal_everyone(sig_kill);
    if (!gone_within(kill_grace_ms))
        log::warning("some processes cannot be killed (uninterruptible sleep): going on without them");
}

// The shell's user decides how it goes on: by a signal to PID 1, or by leaving the shell.
conf::EndAction rescue(const EndPlan& plan) {
    const conf::Role role = plan.machine ? conf::Role::machine : conf::Role::container;
    const auto meaning = meanings(role, false);
    ProgramInputs inputs;
    inputs.role = role;
    inputs.pid1 = getpid() == 1;
    inputs.inherited = {"TERM=linux"};
    Runner runner(meaning, inputs);
    log::info("rescue shell: " + conf::shell_quote(plan.rescue_command) + " (leave it to end the machine)");
    const auto done = runner.run_on_console(plan.rescue_command);
    if (!done) log::error(plumb::to_text(done.error()));
    if (runner.stop_signal() == 0) return conf::EndAction::poweroff;
    return end_asked(meaning[static_cast<std::size_t>(runner.stop_signal())]).value_or(conf::EndAction::poweroff);
}

std::string farewell(conf::EndAction action, const EndPlan& plan) {
    switch (action) {
        case conf::EndAction::reboot:
            return "rebooting";
        case conf::EndAction::halt:
            return "halting";
        default:
            return plan.power_off_by_reboot ? "powering off, by reboot: " + plan.why_by_reboot : "powering off";
    }
}

// In a child: a server that does not answer or a broken disk would keep PID 1 in umount(2) or sync(2) for ever.
void leave_file_systems() {
    constexpr std::uint64_t patience_ms = 60'000;
    auto leave = [](void*) {
        for (const plumb::Error& error : plumb::leave_file_systems()) log::warning(plumb::to_text(error));
    };
    const pid_t worker = fork_worker(leave, nullptr);
    if (worker < 0) return leave(nullptr);
    if (!gone_within(patience_ms, worker))
        log::warning(
            "leave file systems: not done within 1m (a server or disk that does not answer?): ending all "
            "the same");
}

// Started from a shell, the application had its terminal, and its process group is gone now: the shell wants it back.
void take_terminal_back() {
    const pid_t front = tcgetpgrp(STDIN_FILENO);
    // TTOU is blocked, so this works from the background.
    if (front > 0 && kill(-front, 0) != 0 && errno == ESRCH) tcsetpgrp(STDIN_FILENO, getpgrp());
}

// There is nowhere to return to: PID 1 must not end, so that what is on the console can be read.
[[noreturn]] void stay(const plumb::Error& error) {
    log::error(plumb::to_text(error) + ": the machine cannot be ended from here, reset it");
    while (true) {
        gone_within(0);
        plumb::wait_signal({sig_chld}, 60'000);
    }
}

}  // namespace

EndPlan make_end_plan(const conf::Config& config, const plumb::Facts& facts) {
    return {.owns_kernel = facts.owns_kernel,
            // Only an init ends a machine: reboot(2) from any other process would end somebody else's.
            .machine = facts.role == conf::Role::machine && facts.pid1,
            .power_off_by_reboot = plumb::power_off_by_reboot(config, facts),
            .why_by_reboot =
                config.end.poweroff_by == conf::PowerOffBy::reboot ? "[end] poweroff_by says so" : facts.power_off_why,
            .rescue_command = config.rescue.command};
}

void carry_out(End end, const EndPlan& plan) {
    take_terminal_back();
    if (end.action == conf::EndAction::rescue) end.action = plan.machine ? rescue(plan) : conf::EndAction::exit;
    if (!plan.machine || end.action == conf::EndAction::exit) {
        if (!(plan.machine && plan.owns_kernel)) _exit(end.exit_code);
        end.action = conf::EndAction::poweroff;  // the end of PID 1 would be a kernel panic
    }
    kill_rest();
    log::info(farewell(end.action, plan));
    if (plan.owns_kernel) leave_file_systems();
    log::drain();
    if (end.action == conf::EndAction::poweroff && plan.power_off_by_reboot) end.action = conf::EndAction::reboot;
    const plumb::Error error = plumb::end_machine(end.action);
    if (!plan.owns_kernel) _exit(end.exit_code);
    stay(error);
}

}  // namespace init
