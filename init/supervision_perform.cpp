// What the state machine asks for, done.
#include <signal.h>
#include <unistd.h>
#include <utility>

#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "init/supervision.hpp"
#include "init/survival.hpp"
#include "plumb/concat.hpp"
#include "plumb/live.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"

namespace init {

void Supervision::begin_timer(const Action& action) {
    if (const auto* arm = std::get_if<Arm>(&action)) timer_ = now_ms() + arm->ms;
    if (std::holds_alternative<Disarm>(action)) timer_.reset();
}

// Signals before all that is written about them: a console takes its time. Each is noted as performed, as long as
// nothing that came of it has a list of its own.
void Supervision::perform_all(const Actions& actions) {
    const std::uint32_t list = plumb::live->performed;
    const auto done = [&](const Action& action) {
        const auto bit = static_cast<unsigned>(&action - actions.begin());
        if (plumb::live->performed >> 16 == list >> 16) plumb::live->performed |= 1U << bit;
    };
    for (const Action& action : actions) {
        if (const Kill* kill = std::get_if<Kill>(&action)) {
            signal(*kill);
            done(action);
        }
    }
    for (const Action& action : actions) {
        if (std::holds_alternative<Kill>(action)) continue;
        perform(action);
        done(action);
    }
}

// Kill was done before all others, Arm and Disarm before it was noted what is to be done.
void Supervision::perform(const Action& action) {
    if (std::holds_alternative<Spawn>(action)) return spawn_application();
    if (std::holds_alternative<Reload>(action)) reload();
    if (const auto* hooks = std::get_if<RunHooks>(&action)) {
        old_hooks_.clear();
        hooks_.begin(supervised_->hooks, hooks->when, state_);
        return tell_hooks();
    }
    if (std::holds_alternative<StopHooks>(action)) hooks_.stop();
    if (const auto* end = std::get_if<End>(&action)) end_ = *end;
    // What has changed by that is on record before it is that it was done.
    if (std::holds_alternative<StopHooks>(action) || end_) write_state();
    if (const auto* note = std::get_if<Note>(&action)) say(*note);
}

Reloaded Supervision::reload() {
    if (state_.phase >= Phase::stopping) return {false, "the machine is being ended"};
    // A child that has not come to its exec reads the program as it is, from our memory.
    if (pending_exec_ == pending_in_memory) {
        constexpr const char* why = "the application is still being executed, by a file system that hangs: try again";
        log::warning(plumb::concat({"reload: ", why}));
        return {false, why};
    }
    auto fresh = std::make_unique<Supervised>();
    Reloaded reloaded = reload_(context_, *fresh);
    if (reloaded.taken) {
        if (state_.hooks_run && old_hooks_.empty()) old_hooks_ = std::move(supervised_->hooks);
        supervised_ = std::move(fresh);
        prepare_for_the_worst(supervised_->policy);
        changed();
        regains_ = true;
    }
    if (services_) {
        services_.retry();
        services_.proceed();
    }
    return reloaded;
}

bool Supervision::kill_application(std::int32_t number) const {
    if (state_.app_pid == 0 && state_.contract == 0) return false;
    const bool there = state_.app_pid != 0;
    signal({there ? Target::process : Target::group, number, state_.app_pid, there ? 0 : state_.contract});
    return true;
}

// What it is given is on record before it can use that.
void Supervision::spawn_application() {
    Program& program = supervised_->program;
    if (attendance_ != nullptr) attendance_->prepare(program, supervised_->care);
    if (program.terminal == Terminal::controlling) plumb::release_terminal();
    write_state();
    plumb::live->spawned = 0;
    plumb::live->purpose = plumb::Purpose::application;
    const Child child = spawn_fast(program, plumb::cookie_application);
    if (child.stage != nullptr) {
        handle(SpawnFailed{child.stage, child.error});
    } else {
        pending_exec_ = child.pending;
        application_begun(child.pid, child.contract);
    }
    plumb::live->purpose = plumb::Purpose::other;
}

void Supervision::application_begun(std::int32_t pid, std::int32_t contract) {
    if (attendance_ != nullptr) attendance_->started(pid, supervised_->care);
    if (capture_ != nullptr) capture_->started(pid);
    handle(Spawned{pid, contract});
    if (!supervised_->policy.forward_only) oom_count_ = plumb::count_oom_kills(owns_kernel_);
}

bool Supervision::pass_on(std::int32_t number) const {
    if (services_ || plumb::is_started_again()) return false;
    const auto kill = passed_on(state_, supervised_->policy, number);
    if (kill) signal(*kill);
    if (kill) plumb::signal_is_told();
    return kill.has_value();
}

void Supervision::signal(const Kill& wanted) const {
    // The pid as it was when the machine decided: the state may have moved on, the leftovers of its group have not.
    const pid_t app = wanted.pid;
    // Who was named as the application leads no group of its own where it did not make one.
    const bool in_a_group = app == named_pid_ && named_group_ > 1 && named_group_ != getpgrp();
    const pid_t group = in_a_group ? named_group_ : app;
    switch (wanted.target) {
        case Target::process:
            if (app > 0) kill(app, plumb::native_signal(wanted.signal));
            break;
        case Target::group:
            if (wanted.contract != 0)
                plumb::signal_contract(wanted.contract, wanted.signal);
            else if (app > 0)
                kill(-group, plumb::native_signal(wanted.signal));
            break;
        case Target::everyone: {
            // To find nobody takes the kernel a look at every process of the host, with a container's too.
            if (contract_events_ < 0 && !has_children()) break;
            const bool logger_too = wanted.signal == sig_kill && capture_ != nullptr;
            if (logger_too) capture_->pause();
            plumb::signal_everyone(wanted.signal);
            if (logger_too) capture_->resume();
            break;
        }
    }
}

void Supervision::say(const Note& note) const {
    if (!log::shows(level_of(note))) return;
    const std::string& command = supervised_->program.argv.front();
    const std::string text = plumb::is_started_again() ? sentence(note, command) : usual_sentence(note, command);
    switch (level_of(note)) {
        case conf::LogLevel::debug:
            return log::debug(text);
        case conf::LogLevel::info:
            return log::info(text);
        case conf::LogLevel::warning:
            return log::warning(text);
        case conf::LogLevel::error:
            return log::error(text);
    }
}

}  // namespace init
