#include "init/supervision.hpp"

#include <signal.h>
#include <unistd.h>
#include <utility>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
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

constexpr const char* resetting_file = "/etc/svc/volatile/resetting";

bool is_winding_down(Phase phase) {
    return phase == Phase::stopping || phase == Phase::killing;
}

}  // namespace

Supervision::Supervision(ReloadFunction reload, void* context, bool tell_reaped)
    : reload_(reload), context_(context), tell_reaped_(tell_reaped) {}

std::optional<std::uint64_t> Supervision::timer() const {
    const auto other = services_ ? services_.deadline() : std::nullopt;
    return other && (!timer_ || *other < *timer_) ? other : timer_;
}

// SIGPWR where inittab has entries for it, and a timer that is theirs alone.
bool Supervision::is_for_services(const Event& event) {
    if (!services_) return false;
    const Signalled* signal = std::get_if<Signalled>(&event);
    const bool power = signal != nullptr && signal->signal == sig_pwr && services_.power_failed();
    const bool timer = std::holds_alternative<TimerFired>(event);
    if (!power && !timer) return false;
    services_.proceed();
    return power || !timer_ || *timer_ > now_ms();
}

void Supervision::handle(const Event& event) {
    if (is_for_services(event)) return;
    if (std::holds_alternative<TimerFired>(event)) timer_.reset();
    look_for_halting_zone();
    take(event);
    look_for_children();
}

void Supervision::take(const Event& event) {
    const Actions actions = step(state_, supervised_.policy, event, now_ms());
    // First, so that the file is never behind what an action has led to.
    write_state();
    if (services_ && state_.phase >= Phase::stopping) services_.stop();
    for (const Action& action : actions) perform(action);
}

void Supervision::resume(const State& state) {
    state_ = state;
    if (!plumb::is_started_again() || state_.phase != Phase::running) return handle(Start{});
    say(Note{.say = Say::adopted, .a = state_.app_pid, .b = state_.contract});
    write_state();
}

void Supervision::write_state() const {
    if (plumb::is_started_again() && file_ != nullptr) file_->write(state_);
}

// halt(8), reboot(8) and poweroff(8) make the file before they send SIGTERM to all (usr/src/cmd/halt/halt.c of
// illumos-gate); init(8) starts nothing while it is there.
void Supervision::look_for_halting_zone() {
    if (!plumb::is_started_again() || !supervised_.policy.stays || state_.zone_halting ||
        access(resetting_file, F_OK) != 0)
        return;
    take(ZoneHalting{});
}

void Supervision::perform(const Action& action) {
    std::visit(Overloaded{
                   [this](const Spawn&) { spawn_application(); },
                   [this](const Kill& kill) { signal(kill); },
                   [this](const Arm& arm) { timer_ = now_ms() + arm.ms; },
                   [this](const Disarm&) { timer_.reset(); },
                   [this](const Reload&) { read_again(); },
                   [](const RunHooks&) {},
                   [](const StopHooks&) {},
                   [this](const End& end) { end_ = end; },
                   [this](const Note& note) { say(note); },
               },
               action);
}

void Supervision::read_again() {
    // A child that has not come to its exec reads the program as it is, from our memory.
    if (pending_exec_ == pending_in_memory)
        return log::error("reload: the application is still being executed, by a file system that hangs: try again");
    reload_(context_, supervised_);
    if (!services_) return;
    services_.retry();
    services_.proceed();
}

void Supervision::spawn_application() {
    Program& program = supervised_.program;
    if (attendance_ != nullptr) attendance_->prepare(program);
    if (program.terminal == Terminal::controlling) plumb::release_terminal();
    const Child child = spawn_fast(program, plumb::cookie_application);
    if (child.stage != nullptr) return handle(SpawnFailed{child.stage, child.error});
    pending_exec_ = child.pending;
    if (attendance_ != nullptr) attendance_->started(child.pid);
    handle(Spawned{child.pid, child.contract});
}

void Supervision::reap_children() {
    Ended ended;
    while (reap(ended) == Reaped::one) {
        if (ended.pid == state_.app_pid) {
            application_ended(ended);
        } else {
            other_ended(ended);
        }
    }
    if (services_) services_.proceed();
    look_for_children();
}

// An entry of inittab, a helper of booting, an orphan.
void Supervision::other_ended(const Ended& ended) {
    if (services_ && services_.child_ended(ended)) return;
    if (attendance_ != nullptr && attendance_->child_ended(ended)) return;
    if (tell_reaped_) log::warning("reaped an orphan, pid " + std::to_string(ended.pid));
}

void Supervision::read_contracts() {
    if (contract_events_ < 0) return;
    // As with signals: events that never cease must not keep the rest waiting.
    for (int taken = 0; taken < 64; ++taken) {
        const plumb::ContractEvent event = plumb::read_contract_event(contract_events_);
        if (event.id == 0) return;
        if (!event.empty) continue;
        if (event.id != state_.contract)
            other_contract_empty(event.id);
        else
            handle(ContractEmpty{event.id});
    }
}

// What a helper of booting, an entry of inittab or an earlier application left has ended; reading that has given the
// contract up.
void Supervision::other_contract_empty(plumb::ContractId contract) {
    log::debug("contract " + std::to_string(contract) + " is empty");
    if (!services_) return;
    services_.contract_empty(contract);
    services_.proceed();
}

void Supervision::application_ended(const Ended& ended) {
    if (attendance_ != nullptr) attendance_->gone();
    if (pending_exec_ >= 0) {
        const Child late = late_failure(std::exchange(pending_exec_, -1));
        if (late.stage != nullptr) return handle(SpawnFailed{late.stage, late.error});
    }
    // That its contract is empty was told before it could be reaped: it did not leave anybody behind then.
    read_contracts();
    handle(Exited{ended.code, ended.signal, ended.core});
}

void Supervision::look_for_children() {
    Ended ended;
    while (is_winding_down(state_.phase) && !end_) {
        const Reaped state = reap(ended);
        if (state == Reaped::one && ended.pid == state_.app_pid) return application_ended(ended);
        if (state == Reaped::one) {
            other_ended(ended);
            continue;
        }
        const bool childless = state == Reaped::nobody;
        const bool empty = state_.main_gone && state_.contract == 0 && (!services_ || childless);
        const bool alone = contract_events_ < 0 ? childless : empty;
        if (alone) take(NoChildren{});
        return;
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
            if (wanted.contract != 0)
                plumb::signal_contract(wanted.contract, wanted.signal);
            else if (app > 0)
                kill(-app, plumb::native_signal(wanted.signal));
            break;
        case Target::everyone:
            plumb::signal_everyone(wanted.signal);
            break;
    }
}

void Supervision::say(const Note& note) const {
    const std::string& command = supervised_.program.argv.front();
    const std::string text = plumb::is_started_again() ? sentence(note, command) : usual_sentence(note, command);
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
