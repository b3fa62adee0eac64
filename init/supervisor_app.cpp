#include <algorithm>
#include <utility>

#include "init/signals.hpp"
#include "init/supervisor_step.hpp"

namespace init {

using conf::EndAction;

void spawn(Step& s) {
    s.state.phase = Phase::starting;
    s.out.add(Spawn{});
}

namespace {

// ---- restarting ----

// A fixed window, as systemd's start limit has: it begins with the first restart and is begun anew by the first one
// after its end. True when this restart is one too many.
bool too_many_restarts(Step& s) {
    if (s.policy.max_restarts == 0) return false;
    State& state = s.state;
    if (state.window_count == 0 || s.now_ms - state.window_start_ms >= s.policy.restart_window_ms) {
        state.window_start_ms = s.now_ms;
        state.window_count = 0;
    }
    if (state.window_count >= s.policy.max_restarts) return true;
    ++state.window_count;
    return false;
}

// The back-off in milliseconds, and one step further for the next time.
std::uint32_t take_backoff(Step& s) {
    std::uint32_t& next = s.state.next_backoff_ms;
    const std::uint32_t delay = std::min(next == 0 ? s.policy.backoff_ms : next, s.policy.max_backoff_ms);
    const std::uint64_t doubled = std::uint64_t{delay} * 2;
    next = static_cast<std::uint32_t>(std::min<std::uint64_t>(doubled, s.policy.max_backoff_ms));
    return delay;
}

void restart_after(Step& s, std::uint32_t delay_ms) {
    ++s.state.restarts;
    if (delay_ms == 0) return spawn(s);
    s.state.phase = Phase::backing_off;
    s.out.add(Arm{delay_ms});
}

// No restart any more. A failure is never passed on as exit code 0.
void finish(Step& s, bool success) {
    if (!success && s.state.exit_code == 0) s.state.exit_code = 1;
    begin_end(s, success ? s.policy.on_success : s.policy.on_failure, true);
}

bool wants_restart(const Policy& policy, bool success) {
    return policy.restart == conf::Restart::always || (policy.restart == conf::Restart::on_failure && !success);
}

struct Ending {
    bool success;
    bool spawn_failed;
    std::int32_t leftovers;  // process group that may have members yet, 0: none
    std::uint64_t ran_ms;
    Note note;
};

// In milliseconds, 0: at once. A run that was long enough is no reason to wait, and begins the back-off anew.
std::uint32_t restart_delay(Step& s, const Ending& ending) {
    if (ending.spawn_failed) return std::max(take_backoff(s), spawn_retry_ms);
    if (ending.ran_ms < s.policy.reset_after_ms) return take_backoff(s);
    s.state.next_backoff_ms = 0;
    return 0;
}

// Workers of a dead master would keep the port that the next one wants.
void restart(Step& s, Ending& ending) {
    const std::uint32_t delay = restart_delay(s, ending);
    ending.note.c = delay;
    s.out.add(ending.note);
    const std::int32_t contract = std::exchange(s.state.contract, 0);
    if (ending.leftovers != 0 || contract != 0) s.out.add(Kill{Target::group, sig_kill, ending.leftovers, contract});
    restart_after(s, delay);
}

// The application is not there (any more), and nobody asked for that: what now?
void application_is_gone(Step& s, Ending ending) {
    const bool again = wants_restart(s.policy, ending.success);
    const bool too_many = again && too_many_restarts(s);
    if (again && !too_many) return restart(s, ending);
    s.out.add(ending.note);
    if (too_many) {
        s.out.add(Note{.say = Say::too_many_restarts,
                       .a = static_cast<std::int32_t>(s.policy.max_restarts),
                       .b = s.policy.restart_window_ms});
    }
    finish(s, ending.success && !too_many);
}

// forward_only: as tini does, no word to anybody else.
void pass_on(Step& s, const Note& note) {
    s.out.add(note);
    s.state.pending_end = EndAction::exit;
    end_now(s);
}

// ---- what the loop tells of the application ----

std::uint64_t ran_ms(const Step& s) {
    return s.now_ms > s.state.started_ms ? s.now_ms - s.state.started_ms : 0;
}

// Keeps why there is no application; returns what to say of it.
Note record_failure(Step& s) {
    const SpawnFailed& failed = event_of<SpawnFailed>(s);
    s.state.app_pid = 0;
    s.state.last_code = -1;
    s.state.last_signal = 0;
    s.state.exit_code = exit_code_for(s.policy, failed);
    return Note{.say = Say::spawn_failed, .a = failed.error, .c = -1, .text = failed.stage};
}

// Keeps what the application ended with; returns what to say of it.
Note record_exit(Step& s) {
    const Exited& exited = event_of<Exited>(s);
    s.state.app_pid = 0;
    s.state.last_code = exited.signal != 0 ? -1 : exited.code;
    s.state.last_signal = exited.signal;
    s.state.exit_code = exit_code_for(s.policy, exited);
    const bool killed = exited.signal != 0;
    return Note{.say = killed ? Say::killed : Say::exited,
                .a = killed ? exited.signal : exited.code,
                .b = static_cast<std::int64_t>(ran_ms(s)),
                .c = -1,
                .text = killed && exited.core ? "core" : nullptr};
}

bool is_success(const Policy& policy, const Exited& exited) {
    return exited.signal == 0 && exited.code >= 0 && exited.code < 256 &&
           policy.success_codes[static_cast<std::size_t>(exited.code)];
}

// Its parent has done its part, and the rest of the contract is the application now.
void daemonised(Step& s, std::int32_t pid) {
    s.out.add(Note{.say = Say::daemonised, .a = pid, .b = s.state.contract});
}

// Nobody was told how it ended: that counts as a failure.
Note record_vanished(Step& s) {
    s.state.last_code = -1;
    s.state.last_signal = 0;
    s.state.exit_code = 1;
    return Note{.say = Say::vanished, .b = static_cast<std::int64_t>(ran_ms(s)), .c = -1};
}

// The application itself is gone, being stopped: now the others.
void rest_follows(Step& s) {
    s.state.main_gone = true;
    if (s.state.phase != Phase::stopping || s.state.rest_told) return;
    tell_rest(s);
    if (rest_is_timed(s)) arm_rest(s);
}

}  // namespace

void spawned(Step& s) {
    const std::int32_t pid = event_of<Spawned>(s).pid;
    if (pid <= 0) return;  // would name our own group to kill(2)
    s.state.app_pid = pid;
    s.state.contract = event_of<Spawned>(s).contract;
    s.state.started_ms = s.now_ms;
    s.state.phase = Phase::running;
    s.out.add(Note{.say = Say::started, .a = pid});
    if (s.state.pending_end != EndAction::automatic) begin_end(s, s.state.pending_end, false);
}

void spawn_failed(Step& s) {
    const Note note = record_failure(s);
    if (s.policy.forward_only) return pass_on(s, note);
    if (s.state.pending_end != EndAction::automatic) {
        s.out.add(note);
        return begin_end(s, s.state.pending_end, true);
    }
    s.state.contract = 0;  // its only member said so and ends
    application_is_gone(s, {.success = false, .spawn_failed = true, .leftovers = 0, .ran_ms = 0, .note = note});
}

void exited_running(Step& s) {
    const std::int32_t group = s.state.app_pid;
    const Exited& exited = event_of<Exited>(s);
    const Note note = record_exit(s);
    if (s.policy.forward_only) return pass_on(s, note);
    if (s.state.contract != 0 && exited.signal == 0 && exited.code == 0) return daemonised(s, group);
    application_is_gone(s, {.success = is_success(s.policy, exited),
                            .spawn_failed = false,
                            .leftovers = group,
                            .ran_ms = ran_ms(s),
                            .note = note});
}

void contract_empty(Step& s) {
    if (s.state.contract == 0 || event_of<ContractEmpty>(s).contract != s.state.contract) return;
    s.state.contract = 0;
    if (s.state.app_pid != 0 || s.state.main_gone) return;  // of our child the Exited follows, or came before
    const std::uint64_t ran = ran_ms(s);
    const Note note = record_vanished(s);
    if (s.state.phase == Phase::running)
        return application_is_gone(
            s, {.success = false, .spawn_failed = false, .leftovers = 0, .ran_ms = ran, .note = note});
    s.out.add(note);
    rest_follows(s);
}

void adopt(State& state, std::int32_t contract, std::int32_t pid) {
    state.phase = Phase::running;
    state.app_pid = pid;
    state.contract = contract;
    state.main_gone = state.rest_told = false;
}

// The stop that was asked for has reached the application; the timer runs on for its descendants.
void gone_ending(Step& s) {
    if (s.state.main_gone) return;
    s.out.add(std::holds_alternative<Exited>(s.event) ? record_exit(s) : record_failure(s));
    if (s.policy.forward_only) return all_gone(s);
    rest_follows(s);
}

}  // namespace init
