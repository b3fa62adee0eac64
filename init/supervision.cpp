#include "init/supervision.hpp"

#include <cerrno>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/control.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "init/survival.hpp"
#include "plumb/adoption.hpp"
#include "plumb/concat.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

constexpr const char* resetting_file = "/etc/svc/volatile/resetting";

bool is_winding_down(Phase phase) {
    return phase == Phase::stopping || phase == Phase::killing;
}

// For a fault's message.
const char* event_name(const Event& event) {
    constexpr std::array<const char*, std::variant_size_v<Event>> names{"start of the application",
                                                                        "its process began",
                                                                        "it could not be started",
                                                                        "its end",
                                                                        "the end of all processes",
                                                                        "a signal",
                                                                        "a timer",
                                                                        "an end asked for",
                                                                        "its contract",
                                                                        "the zone's halt",
                                                                        "start asked for",
                                                                        "stop asked for",
                                                                        "restart asked for",
                                                                        "end of the hooks"};
    return names[event.index()];
}

std::optional<std::uint64_t> sooner(std::optional<std::uint64_t> one, std::optional<std::uint64_t> other) {
    return other && (!one || *other < *one) ? other : one;
}

}  // namespace

Supervision::Supervision(ReloadFunction reload_by, void* context, bool tell_reaped)
    : reload_(reload_by), context_(context), tell_reaped_(tell_reaped) {}

std::optional<std::uint64_t> Supervision::timer() const {
    return sooner(sooner(timer_, hooks_.deadline()), services_ ? services_.deadline() : std::nullopt);
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

// SIGUSR1 of a machine, while there is a socket to be made again.
bool Supervision::is_for_control(const Event& event) {
    const Signalled* signal = std::get_if<Signalled>(&event);
    if (signal == nullptr || signal->signal != sig_usr1 || control_ == nullptr) return false;
    return supervised_->policy.meaning[sig_usr1] == Meaning::control && control_->make_again();
}

// A timer that is theirs alone.
bool Supervision::is_for_hooks(const Event& event) {
    if (!std::holds_alternative<TimerFired>(event) || !hooks_.deadline()) return false;
    hooks_.look(hook_list(), state_);
    tell_hooks();
    return !timer_ || *timer_ > now_ms();
}

const HookList& Supervision::hook_list() const {
    return old_hooks_.empty() ? supervised_->hooks : old_hooks_;
}

void Supervision::tell_hooks() {
    const auto done = hooks_.take_done();
    if (!done) return;
    HookList().swap(old_hooks_);
    take(*done);
}

void Supervision::handle(const Event& event) {
    at_step(event_name(event));
    if (is_for_services(event) || is_for_hooks(event) || is_for_control(event)) return;
    if (std::holds_alternative<TimerFired>(event)) timer_.reset();
    look_for_halting_zone();
    take(event);
    look_for_children();
}

void Supervision::take(const Event& event) {
    const Actions actions = step(state_, supervised_->policy, event, now_ms());
    for (const Action& action : actions) begin_timer(action);
    // Before anything is done, so that the record is never behind what an action has led to.
    keep_actions(actions, event);
    if (services_ && state_.phase >= Phase::stopping) services_.stop();
    perform_all(actions);
}

void Supervision::resume(const State& state) {
    state_ = state;
    if (state_.phase != Phase::running) return handle(Start{});
    if (attendance_ != nullptr) attendance_->adopted(state_.app_pid, supervised_->program, supervised_->care);
    say(Note{.say = Say::adopted, .a = state_.app_pid, .b = state_.contract});
    write_state();
    if (state_.next == Next::down) handle(StopWanted{});
    if (state_.next == Next::again) handle(RestartWanted{Why::asked});
    if (state_.next == Next::failed) handle(RestartWanted{state_.why});
}

void Supervision::write_state() {
    changed_ = false;
    if (file_ != nullptr) file_->save();
}

// halt(8), reboot(8) and poweroff(8) make the file before they send SIGTERM to all (usr/src/cmd/halt/halt.c of
// illumos-gate); init(8) starts nothing while it is there.
void Supervision::look_for_halting_zone() {
    if (!plumb::is_started_again() || !supervised_->policy.stays || state_.zone_halting ||
        access(resetting_file, F_OK) != 0)
        return;
    take(ZoneHalting{});
}

void Supervision::reap_children() {
    Ended ended;
    while (reap(ended) == Reaped::one) take_ended(ended);
    if (services_) services_.proceed();
    look_for_children();
}

void Supervision::take_ended(const Ended& ended) {
    if (ended.pid == state_.app_pid && attendance_ != nullptr) attendance_->hear();
    if (ended.pid == state_.app_pid)
        application_ended(ended);
    else
        other_ended(ended);
    reaped_is_told();
}

// An entry of inittab, a helper of booting, an orphan.
void Supervision::other_ended(const Ended& ended) {
    if (services_ && services_.child_ended(ended)) return;
    if (hooks_.child_ended(hook_list(), ended, state_)) return tell_hooks();
    if (attendance_ != nullptr && attendance_->child_ended(ended)) return changed();
    if (ended.pid == former_pid_) return former_ended(ended);
    if (tell_reaped_) log::warning(plumb::concat({"reaped an orphan, pid ", std::to_string(ended.pid)}));
}

// Who named another process as the application has ended. Where that one was no child of ours and has ended before,
// nobody will tell us.
void Supervision::former_ended(const Ended& ended) {
    former_pid_ = 0;
    if (state_.app_pid != 0 && kill(state_.app_pid, 0) != 0 && errno == ESRCH) application_ended(ended);
}

void Supervision::main_pid_changed(std::int32_t pid) {
    if (state_.app_pid == 0 || state_.app_pid == pid) return;
    log::info(plumb::fill("application: its main process is pid % now, no longer %",
                          {std::to_string(pid), std::to_string(state_.app_pid)}));
    former_pid_ = std::exchange(state_.app_pid, pid);
    named_pid_ = pid;
    named_group_ = getpgid(pid);
    named_start_ = plumb::start_of(pid);
    write_state();
}

// Of whatever waits for the stop.
void Supervision::extend_stop(std::uint32_t ms) {
    if (timer_ && *timer_ < now_ms() + ms) timer_ = now_ms() + ms;
    changed();
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
    log::debug(plumb::fill("contract % is empty", {std::to_string(contract)}));
    if (!services_) return;
    services_.contract_empty(contract);
    services_.proceed();
}

void Supervision::application_ended(const Ended& ended) {
    if (attendance_ != nullptr) attendance_->gone();
    if (capture_ != nullptr) capture_->ended();
    if (pending_exec_ >= 0) {
        const Child late = late_failure(std::exchange(pending_exec_, -1));
        if (late.stage != nullptr) return handle(SpawnFailed{late.stage, late.error});
    }
    // That its contract is empty was told before it could be reaped: it did not leave anybody behind then.
    read_contracts();
    const plumb::Oom oom = oom_of(ended);
    if (oom != plumb::Oom::none) ++oom_kills_;
    handle(Exited{ended.code, ended.signal, ended.core, oom});
}

// Nobody but the application that ends by itself is looked into.
plumb::Oom Supervision::oom_of(const Ended& ended) const {
    if (ended.signal != sig_kill || state_.app_killed || state_.phase == Phase::killing) return plumb::Oom::none;
    return plumb::was_oom_killed(oom_count_, ended.pid, state_.started_ms, owns_kernel_);
}

void Supervision::look_for_children() {
    Ended ended;
    while (is_winding_down(state_.phase) && !end_) {
        const Reaped state = reap(ended);
        if (state == Reaped::one) {
            const bool application = ended.pid == state_.app_pid;
            take_ended(ended);
            if (application) return;
            continue;
        }
        const bool childless = state == Reaped::nobody;
        const bool empty = state_.main_gone && state_.contract == 0 && (!services_ || childless);
        const bool alone = contract_events_ < 0 ? childless : empty;
        if (alone) take(NoChildren{});
        return;
    }
}

}  // namespace init
