// The supervision on record, and taken up again by another image of us.
#include <cerrno>
#include <signal.h>
#include <utility>

#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "init/supervision.hpp"
#include "init/survival.hpp"
#include "plumb/adoption.hpp"
#include "plumb/live.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

// Notes are not kept: what they say has been said, or is said by what follows.
PendingAction pack(const Action& action) {
    PendingAction packed{.kind = static_cast<std::uint8_t>(action.index())};
    if (const auto* kill = std::get_if<Kill>(&action)) {
        packed.which = static_cast<std::uint8_t>(kill->target);
        packed.a = kill->signal;
        packed.b = kill->pid;
        packed.c = kill->contract;
    }
    if (const auto* hooks = std::get_if<RunHooks>(&action)) packed.which = static_cast<std::uint8_t>(hooks->when);
    if (const auto* end = std::get_if<End>(&action)) {
        packed.which = static_cast<std::uint8_t>(end->action);
        packed.a = end->exit_code;
    }
    return packed;
}

// illumos: an application may run in its contract without being our child, until that is empty.
bool lacks_its_contract(const State& state) {
    if (!plumb::is_started_again() || state.contract != 0 || state.main_gone) return false;
    return state.phase == Phase::running || state.phase == Phase::quitting || state.phase == Phase::stopping ||
           state.phase == Phase::killing;
}

template <class A>
constexpr std::size_t index_of = Action(A{}).index();

// Nothing: what need not be done again.
std::optional<Action> unpack(const PendingAction& packed) {
    switch (packed.kind) {
        case index_of<Spawn>:
            return Spawn{};
        case index_of<Kill>:
            return Kill{static_cast<Target>(packed.which), packed.a, packed.b, packed.c};
        case index_of<Reload>:
            return Reload{};
        case index_of<RunHooks>:
            return RunHooks{static_cast<conf::When>(packed.which)};
        case index_of<StopHooks>:
            return StopHooks{};
        case index_of<End>:
            return End{static_cast<conf::EndAction>(packed.which), packed.a};
        default:
            return {};
    }
}

}  // namespace

// A new list, with none of it performed; its number tells its bits from those of the last one. The signal that it comes
// of is taken account of by the same stroke.
void Supervision::keep_actions(const Actions& actions, const Event& event) {
    if (file_ == nullptr) return;
    Record& record = file_->record();
    Supervising& kept = record.supervising;
    kept.list = ((plumb::live->performed >> 16) + 1) & 0xffffU;
    kept.action_count = static_cast<std::uint32_t>(actions.count);
    for (std::size_t at = 0; at < actions.count; ++at) kept.actions[at] = pack(actions.items[at]);
    if (std::holds_alternative<Signalled>(event)) record.course.signals_done = plumb::live->signals;
    write_state();
    plumb::live->performed = kept.list << 16;
}

void Supervision::keep(Record& record) const {
    record.state = state_;
    Supervising& kept = record.supervising;
    kept.timer_ms = timer_.value_or(0);
    kept.oom_kills = oom_kills_;
    kept.oom_group = oom_count_.group;
    kept.oom_machine = oom_count_.machine;
    kept.pending_exec = pending_exec_ == pending_in_memory ? -1 : pending_exec_;
    kept.former_pid = former_pid_;
    kept.named_pid = named_pid_;
    kept.named_group = named_group_;
    kept.named_start = named_start_;
    kept.has_end = end_.has_value();
    if (end_) kept.end = end_->action;
    if (end_) kept.end_code = end_->exit_code;
    hooks_.keep(record.hooking);
}

void Supervision::save_changes() {
    if (changed_) write_state();
    if (std::exchange(regains_, false)) regain_privileges(supervised_->program);
}

void Supervision::go_on(const Record& record) {
    const Supervising& kept = record.supervising;
    state_ = record.state;
    if (kept.timer_ms != 0) timer_ = kept.timer_ms;
    oom_kills_ = kept.oom_kills;
    oom_count_.group = kept.oom_group;
    oom_count_.machine = kept.oom_machine;
    pending_exec_ = kept.pending_exec;
    former_pid_ = kept.former_pid;
    named_pid_ = kept.named_pid;
    named_group_ = kept.named_group;
    named_start_ = kept.named_start;
    if (kept.has_end) end_ = End{kept.end, kept.end_code};
    if (end_) return;
    if (services_ && state_.phase >= Phase::stopping) services_.stop();
    hooks_.go_on(record.hooking, supervised_->hooks, state_);
    perform_left(record);
    // Whoever had ended may have been reaped already.
    Ended ended;
    if (take_left(ended)) take_ended(ended);
    // Nobody will tell us of one that is gone already: that counts as a failure.
    if (is_lost()) application_ended({.pid = state_.app_pid, .code = 1});
    tell_hooks();
    write_state();
    if (plumb::is_started_again()) look_around();
    const plumb::ReceivedSignal signal = plumb::signal_left(record.course.signals_done);
    if (signal.number != 0 && signal.number != sig_chld && !end_) handle(Signalled{signal.number, signal.sender});
    plumb::signal_is_told();
}

// illumos: of what came while nobody was there no signal may tell.
void Supervision::look_around() {
    if (state_.app_pid == 0 && state_.contract != 0 && state_.phase == Phase::running)
        say(Note{.say = Say::adopted, .b = state_.contract});
    read_contracts();
    // That it is empty had been taken, and not given up.
    if (state_.contract != 0 && plumb::signal_contract(state_.contract, 0) == ESRCH)
        handle(ContractEmpty{state_.contract});
    reap_children();
}

// A number that is no child's may have been given to another process since.
bool Supervision::is_there() const {
    if (is_child(state_.app_pid)) return true;
    if (state_.app_pid != named_pid_ || kill(named_pid_, 0) != 0) return false;
    return named_start_ == 0 || plumb::start_of(named_pid_) == named_start_;
}

bool Supervision::is_lost() const {
    return state_.app_pid != 0 ? !is_there() : lacks_its_contract(state_);
}

// What a predecessor was about to do. Its list may not be there yet as far as Live goes: then nothing of it was done.
void Supervision::perform_left(const Record& record) {
    const Supervising& kept = record.supervising;
    const std::uint32_t performed = plumb::live->performed;
    const std::uint32_t bits = performed >> 16 == kept.list ? performed & 0xffffU : 0;
    plumb::live->performed = kept.list << 16 | bits;
    for (std::uint32_t at = 0; at < kept.action_count && at < kept.actions.size(); ++at) {
        const auto action = unpack(kept.actions[at]);
        if ((bits >> at & 1) != 0 || !action) continue;
        if (const auto* kill = std::get_if<Kill>(&*action)) {
            signal(*kill);
        } else if (std::holds_alternative<Spawn>(*action) && plumb::live->purpose == plumb::Purpose::application &&
                   plumb::live->spawned > 0) {
            application_begun(plumb::live->spawned, state_.contract);
        } else if (!(std::holds_alternative<RunHooks>(*action) && record.hooking.active)) {
            perform(*action);
        }
        if (plumb::live->performed >> 16 != kept.list) break;
        plumb::live->performed |= 1U << at;
    }
    plumb::live->purpose = plumb::Purpose::other;
}

}  // namespace init
