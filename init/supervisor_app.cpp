#include <algorithm>
#include <string_view>
#include <utility>

#include "init/signals.hpp"
#include "init/supervisor_step.hpp"

namespace init {

using conf::EndAction;

namespace {

void spawn(Step& s) {
    s.state.phase = Phase::starting;
    s.out.add(Spawn{});
}

}  // namespace

void prepare(Step& s) {
    s.state.next = Next::none;
    if (!has_hooks(s, conf::When::before_start)) return spawn(s);
    s.state.phase = Phase::preparing;
    begin_hooks(s, conf::When::before_start);
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

// No restart any more. A failure is never passed on as exit code 0.
void finish(Step& s, bool success, bool started) {
    if (!success && s.state.exit_code == 0) s.state.exit_code = 1;
    const EndAction action = success ? s.policy.on_success : s.policy.on_failure;
    started ? end_after_hooks(s, action) : begin_end(s, action, true);
}

bool wants_restart(const Policy& policy, bool success) {
    return policy.restart == conf::Restart::always || (policy.restart == conf::Restart::on_failure && !success);
}

// In milliseconds, 0: at once. A run that was long enough is no reason to wait, and begins the back-off anew.
std::uint32_t restart_delay(Step& s, const Ending& ending) {
    if (!ending.started) return std::max(take_backoff(s), spawn_retry_ms);
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
    ++s.state.restarts;
    s.state.delay_ms = delay;
    ending.started ? clean(s, Next::again) : restart_now(s);
}

}  // namespace

void restart_now(Step& s) {
    if (s.state.delay_ms == 0) return prepare(s);
    s.state.phase = Phase::backing_off;
    s.out.add(Arm{s.state.delay_ms});
}

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
    finish(s, ending.success && !too_many, ending.started);
}

namespace {

// forward_only: as tini does, no word to anybody else.
void pass_on(Step& s, const Note& note) {
    s.out.add(note);
    s.state.pending_end = EndAction::exit;
    end_now(s);
}

// ---- what the loop tells of the application ----

// What is known of the end that is being told of, before the kind of it.
LastEnd& begin_last(Step& s, EndKind kind) {
    LastEnd& last = s.state.last;
    last = {};
    last.kind = kind;
    last.pid = s.state.app_pid;
    last.ended_ms = s.now_ms;
    last.ran_ms = kind == EndKind::not_started || kind == EndKind::unprepared ? 0 : ran_ms(s);
    last.for_end = is_ending(s.state);
    const bool wished = s.state.phase == Phase::quitting;
    if (!wished) return last;
    last.wish = s.state.next;
    last.why = s.state.why;
    last.limit = limit_of(s.policy, s.state.why);
    return last;
}

void forget_process(Step& s, std::int32_t exit_code) {
    s.state.app_pid = 0;
    s.state.last_code = -1;
    s.state.last_signal = 0;
    s.state.exit_code = exit_code;
}

// Keeps why there is no application; returns what to say of it.
Note record_failure(Step& s) {
    const SpawnFailed& failed = event_of<SpawnFailed>(s);
    LastEnd& last = begin_last(s, EndKind::not_started);
    last.error = failed.error;
    std::string_view(failed.stage == nullptr ? "" : failed.stage).copy(last.stage.data(), last.stage.size() - 1);
    forget_process(s, exit_code_for(s.policy, failed));
    return Note{.say = Say::spawn_failed, .a = failed.error, .c = -1, .text = failed.stage};
}

Note record_exit(Step& s) {
    const Exited& exited = event_of<Exited>(s);
    const bool killed = exited.signal != 0;
    LastEnd& last = begin_last(s, killed ? EndKind::killed : EndKind::exited);
    last.core = killed && exited.core;
    // Ours is no news: only what came of itself is looked into.
    last.oom = exited.signal == sig_kill && !s.state.app_killed ? exited.oom : plumb::Oom::none;
    forget_process(s, exit_code_for(s.policy, exited));
    s.state.last_code = killed ? -1 : exited.code;
    s.state.last_signal = exited.signal;
    Note note{.say = killed ? Say::killed : Say::exited,
              .a = killed ? exited.signal : exited.code,
              .b = static_cast<std::int64_t>(last.ran_ms),
              .c = -1,
              .text = last.core ? "core" : nullptr};
    if (last.oom == plumb::Oom::none) return note;
    note.say = Say::out_of_memory;
    note.text = plumb::oom_words(last.oom);
    return note;
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
    const LastEnd& last = begin_last(s, EndKind::vanished);
    const Note note{.say = Say::vanished, .b = static_cast<std::int64_t>(last.ran_ms), .c = -1};
    forget_process(s, 1);
    return note;
}

// The application itself is gone, being stopped: now its hooks, then the others.
void rest_follows(Step& s) {
    s.state.main_gone = true;
    if (s.state.phase != Phase::stopping || s.state.rest_told) return;
    if (has_hooks(s, conf::When::after_stop)) return end_after_hooks(s, s.state.pending_end);
    tell_rest(s);
    if (rest_is_timed(s)) arm_rest(s);
}

}  // namespace

std::uint64_t ran_ms(const Step& s) {
    return s.now_ms > s.state.started_ms ? s.now_ms - s.state.started_ms : 0;
}

Note record_gone(Step& s) {
    return std::holds_alternative<Exited>(s.event) ? record_exit(s) : record_failure(s);
}

void spawned(Step& s) {
    const std::int32_t pid = event_of<Spawned>(s).pid;
    if (pid <= 0) return;  // would name our own group to kill(2)
    s.state.app_pid = pid;
    s.state.contract = event_of<Spawned>(s).contract;
    s.state.started_ms = s.now_ms;
    s.state.phase = Phase::running;
    s.state.app_killed = s.state.main_gone = false;
    s.out.add(Note{.say = Say::started, .a = pid});
    if (is_ending(s.state)) return begin_end(s, s.state.pending_end, false);
    if (s.state.next == Next::down) begin_stop(s, Next::down, Why::asked);
}

// What could not be started, be it for its hooks or for itself.
void not_started(Step& s, const Note& note) {
    if (is_ending(s.state)) {
        s.out.add(note);
        return begin_end(s, s.state.pending_end, true);
    }
    if (s.state.next == Next::down) {
        s.out.add(note);
        return go_down(s);
    }
    application_is_gone(s, {.success = false, .started = false, .leftovers = 0, .ran_ms = 0, .note = note});
}

void spawn_failed(Step& s) {
    const Note note = record_failure(s);
    if (s.policy.forward_only) return pass_on(s, note);
    s.state.contract = 0;  // its only member said so and ends
    not_started(s, note);
}

// The hooks before the start have ended.
void prepared(Step& s) {
    const HooksDone& done = event_of<HooksDone>(s);
    if (!s.state.hooks_run || done.when != conf::When::before_start) return;
    s.state.hooks_run = false;
    if (!done.failed) return spawn(s);
    begin_last(s, EndKind::unprepared);
    forget_process(s, 1);
    not_started(s, Note{.say = Say::unprepared, .c = -1});
}

void exited_running(Step& s) {
    const std::int32_t group = s.state.app_pid;
    const Exited& exited = event_of<Exited>(s);
    const LastEnd before = s.state.last;
    const Note note = record_exit(s);
    if (s.policy.forward_only) return pass_on(s, note);
    if (s.state.contract != 0 && exited.signal == 0 && exited.code == 0) {
        s.state.last = before;
        return daemonised(s, group);
    }
    application_is_gone(s, {.success = is_success(s.policy, exited),
                            .started = true,
                            .leftovers = group,
                            .ran_ms = s.state.last.ran_ms,
                            .note = note});
}

void contract_empty(Step& s) {
    if (s.state.contract == 0 || event_of<ContractEmpty>(s).contract != s.state.contract) return;
    s.state.contract = 0;
    if (s.state.app_pid != 0 || s.state.main_gone) return;  // of our child the Exited follows, or came before
    const Note note = record_vanished(s);
    const std::uint64_t ran = s.state.last.ran_ms;
    if (s.state.phase == Phase::running)
        return application_is_gone(s, {.success = false, .started = true, .leftovers = 0, .ran_ms = ran, .note = note});
    if (s.state.phase == Phase::quitting) return gone_quitting(s, note, 0);
    s.out.add(note);
    rest_follows(s);
}

void adopt(State& state, std::int32_t contract, std::int32_t pid) {
    if (state.phase != Phase::quitting) state.next = Next::none;
    state.phase = Phase::running;
    state.app_pid = pid;
    state.contract = contract;
    state.main_gone = state.rest_told = state.hooks_run = state.app_killed = false;
}

// The stop that was asked for has reached the application; the timer runs on for its descendants.
void gone_ending(Step& s) {
    if (s.state.main_gone) return;
    s.out.add(record_gone(s));
    if (s.policy.forward_only) return all_gone(s);
    rest_follows(s);
}

}  // namespace init
