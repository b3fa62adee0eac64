#include "init/ending.hpp"

#include <cerrno>
#include <signal.h>
#include <string>
#include <unistd.h>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/configuration.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/runner.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "init/survival.hpp"
#include "plumb/contracts.hpp"
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

// illumos: what is not our child, in contracts of ours that have members yet.
bool contracts_are_empty() {
    for (const plumb::HeldContract& contract : plumb::find_contracts())
        if (plumb::signal_contract(contract.id, 0) == 0) return false;
    return true;
}

}  // namespace

// Children first, who tell of their ends; the rest is looked at now and then.
bool all_gone_within(std::uint64_t patience_ms) {
    constexpr std::uint64_t look_ms = 20;
    const std::uint64_t give_up = now_ms() + patience_ms;
    if (!gone_within(patience_ms)) return false;
    while (!contracts_are_empty()) {
        if (now_ms() >= give_up) return false;
        plumb::wait_signal({sig_chld}, look_ms);
        gone_within(0);
    }
    return true;
}

namespace {

void kill_rest() {
    if (all_gone_within(0)) return;
    plumb::signal_everyone(sig_term);
    plumb::signal_everyone(sig_cont);
    if (all_gone_within(1000)) return;
    plumb::signal_everyone(sig_kill);
    if (!all_gone_within(kill_grace_ms))
        log::warning("some processes cannot be killed (uninterruptible sleep): going on without them");
}

// The shell's user decides how it goes on: by a signal to PID 1, or by leaving the shell.
conf::EndAction rescue(const EndPlan& plan) {
    const conf::Role role = plan.machine ? conf::Role::machine : conf::Role::container;
    ProgramInputs inputs;
    inputs.role = role;
    inputs.pid1 = plan.pid1;
    inputs.inherited = {"TERM=linux"};
    Runner runner(plan.meaning, inputs);
    log::info(plumb::fill("rescue shell: % (leave it to end the machine)", {conf::shell_quote(plan.rescue_command)}));
    const auto done = runner.run_on_console(plan.rescue_command);
    if (!done) log::error(plumb::to_text(done.error()));
    if (runner.stop_signal() == 0) return conf::EndAction::poweroff;
    return end_asked(plan.meaning[static_cast<std::size_t>(runner.stop_signal())]).value_or(conf::EndAction::poweroff);
}

std::string farewell(conf::EndAction action, const EndPlan& plan) {
    switch (action) {
        case conf::EndAction::reboot:
            return "rebooting";
        case conf::EndAction::halt:
            return "halting";
        default:
            return plumb::concat({"powering off", plan.power_off_by_reboot ? ", by reboot: " : "", plan.why_by_reboot});
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
    log::error(plumb::concat({plumb::to_text(error), ": the machine cannot be ended from here, reset it"}));
    while (true) {
        gone_within(0);
        plumb::wait_signal({sig_chld}, 60'000);
    }
}

// As if init had started us anew: the configuration is read again, and the application started.
void start_afresh(const EndPlan& plan) {
    log::info("SIGHUP: starting afresh");
    if (plan.state_file != nullptr) plan.state_file->begin_anew();
    int error = ENOENT;
    const char* const program = own_path()[0] != '\0' ? own_path() : plan.argv[0];
    for (const std::string& candidate : search_path(program, default_path)) {
        error = execute_again(candidate.c_str(), plan.argv);
        if (error != ENOENT) break;
    }
    log::error(plumb::to_text({"execute", program, error, "", "is mvinit still there? this one stays"}));
}

// The shim must not exit: init would start it again, and after the third time in 15 s put the zone into maintenance
// (usr/src/cmd/init/init.c of illumos-gate). Waits until somebody asks for an end of the zone, and returns that.
conf::EndAction stay_stopped(const EndPlan& plan) {
    log::info(plumb::fill("staying without the application: kill -HUP % begins anew, mvinit poweroff ends the zone",
                          {std::to_string(getpid())}));
    std::vector<int> awaited{sig_chld};
    for (int number = 1; number < signal_count; ++number)
        if (plan.meaning[static_cast<std::size_t>(number)] != Meaning::ignore && number != sig_chld)
            awaited.push_back(number);
    while (true) {
        gone_within(0);
        const auto got = plumb::wait_signal(awaited, 60'000);
        const Meaning meaning = plan.meaning[static_cast<std::size_t>(got.number)];
        if (meaning == Meaning::reload) start_afresh(plan);
        const auto asked = end_asked(meaning);
        if (asked && *asked != conf::EndAction::exit) return *asked;
    }
}

}  // namespace

EndPlan make_end_plan(const conf::Config& config, const plumb::Facts& facts) {
    const bool never_exits = plumb::is_illumos_init(facts);
    EndPlan plan{.owns_kernel = facts.owns_kernel,
                 // Only an init ends a machine: reboot(2) from any other process would end somebody else's. The shim
                 // ends the zone that it was made for.
                 .machine = (facts.role == conf::Role::machine && facts.pid1) || never_exits,
                 .pid1 = facts.pid1,
                 .never_exits = never_exits,
                 .stays = facts.start == plumb::Start::shim,
                 .power_off_by_reboot = plumb::power_off_by_reboot(config, facts),
                 .why_by_reboot = {},
                 .rescue_command = config.rescue.command,
                 .meaning = meanings(facts, false)};
    const bool chosen = config.end.poweroff_by == conf::PowerOffBy::reboot;
    if (plan.power_off_by_reboot) plan.why_by_reboot = chosen ? "[end] poweroff_by says so" : facts.power_off_why;
    return plan;
}

namespace {

// What is under way, for a next image of us.
void note_end(const End& end, StateFile* file) {
    if (file == nullptr) return;
    Course& course = file->record().course;
    course.ending = 1;
    course.end = end.action;
    course.end_code = end.exit_code;
    file->save();
}

}  // namespace

void carry_out(End end, const EndPlan& plan) {
    at_step("end of everything");
    if (!plumb::is_started_again()) note_end(end, plan.state_file);
    take_terminal_back();
    if (end.action == conf::EndAction::rescue) end.action = plan.machine ? rescue(plan) : conf::EndAction::exit;
    if (plumb::is_started_again() && plan.stays && end.action == conf::EndAction::exit) end.action = stay_stopped(plan);
    if (!plan.machine || end.action == conf::EndAction::exit) {
        if (!(plan.machine && plan.owns_kernel) && !plan.never_exits) _exit(end.exit_code);
        end.action = conf::EndAction::poweroff;  // the end of PID 1 would be a kernel panic
    }
    kill_rest();
    log::info(farewell(end.action, plan));
    // The shim's as well: illumos' own asks for the zone, and there it is a sync.
    if (plan.owns_kernel || plan.never_exits) leave_file_systems();
    log::drain();
    if (end.action == conf::EndAction::poweroff && plan.power_off_by_reboot) end.action = conf::EndAction::reboot;
    const plumb::Error error = plumb::end_machine(end.action);
    if (!plan.owns_kernel && !plan.never_exits) _exit(end.exit_code);
    stay(error);
}

}  // namespace init
