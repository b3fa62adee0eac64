#include "init/supervision.hpp"

#include <signal.h>
#include <unistd.h>
#include <utility>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/spawn.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

bool is_winding_down(Phase phase) {
    return phase == Phase::stopping || phase == Phase::killing;
}

}  // namespace

Supervision::Supervision(Supervised supervised, ReloadFunction reload, void* context, bool tell_reaped)
    : supervised_(std::move(supervised)), reload_(reload), context_(context), tell_reaped_(tell_reaped) {}

void Supervision::handle(const Event& event) {
    if (std::holds_alternative<TimerFired>(event)) timer_.reset();
    const Actions actions = step(state_, supervised_.policy, event, now_ms());
    for (const Action& action : actions) perform(action);
    look_for_children();
}

void Supervision::perform(const Action& action) {
    std::visit(Overloaded{
                   [this](const Spawn&) { spawn_application(); },
                   [this](const Kill& kill) { signal(kill); },
                   [this](const Arm& arm) { timer_ = now_ms() + arm.ms; },
                   [this](const Disarm&) { timer_.reset(); },
                   [this](const Reload&) { reload_(context_, supervised_); },
                   [this](const End& end) { end_ = end; },
                   [this](const Note& note) { say(note); },
               },
               action);
}

void Supervision::spawn_application() {
    const Program& program = supervised_.program;
    if (program.terminal == Terminal::controlling) plumb::release_terminal();
    const Child child = spawn(program);
    if (child.stage != nullptr) return handle(SpawnFailed{child.stage, child.error});
    pending_exec_ = child.pending;
    handle(Spawned{child.pid});
}

void Supervision::reap_children() {
    Ended ended;
    while (reap(ended) == Reaped::one) {
        if (ended.pid == state_.app_pid) {
            application_ended(ended);
        } else if (tell_reaped_) {
            log::warning("reaped an orphan, pid " + std::to_string(ended.pid));
        }
    }
    look_for_children();
}

void Supervision::application_ended(const Ended& ended) {
    if (pending_exec_ >= 0) {
        const Child late = late_failure(std::exchange(pending_exec_, -1));
        if (late.stage != nullptr) return handle(SpawnFailed{late.stage, late.error});
    }
    handle(Exited{ended.code, ended.signal, ended.core});
}

void Supervision::look_for_children() {
    Ended ended;
    while (is_winding_down(state_.phase) && !end_) {
        const Reaped state = reap(ended);
        if (state == Reaped::none) return;
        if (state == Reaped::nobody) {
            const Actions actions = step(state_, supervised_.policy, NoChildren{}, now_ms());
            for (const Action& action : actions) perform(action);
            return;
        }
        if (ended.pid == state_.app_pid) return application_ended(ended);
    }
}

void Supervision::signal(const Kill& wanted) const {
    // The pid as it was when the machine decided: the state may have moved on, the leftovers of its group have not.
    const pid_t app = wanted.pid;
    switch (wanted.target) {
        case Target::process:
            if (app > 0) kill(app, plumb::native_signal(wanted.signal));
            break;
        case Target::group:
            if (app > 0) kill(-app, plumb::native_signal(wanted.signal));
            break;
        case Target::everyone:
            plumb::signal_everyone(wanted.signal);
            break;
    }
}

void Supervision::say(const Note& note) const {
    const std::string text = sentence(note, supervised_.program.argv.front());
    // That an application ends when it was asked to is no cause for alarm.
    const bool expected = is_winding_down(state_.phase) && (note.say == Say::exited || note.say == Say::killed);
    switch (expected ? conf::LogLevel::info : level_of(note)) {
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
