// The application alone is stopped, started and restarted, with what is run beside it then: by somebody's wish, or
// because it does not do what it is to. PID 1 goes on in each case.
#include <utility>

#include "init/signals.hpp"
#include "init/supervisor_step.hpp"

namespace init {

// ---- hooks ----

void begin_hooks(Step& s, conf::When when) {
    s.state.hooks_run = true;
    s.out.add(RunHooks{when});
}

void stop_hooks(Step& s) {
    if (std::exchange(s.state.hooks_run, false)) s.out.add(StopHooks{});
}

// ---- stopping ----

void go_down(Step& s) {
    s.state.phase = Phase::down;
    s.state.next = Next::none;
    s.out.add(Note{.say = Say::down});
}

namespace {

// A core tells why it hung: SIGABRT to it alone, as its workers have nothing to tell.
void abort_application(Step& s) {
    const bool there = s.state.app_pid != 0;
    const Target target = there ? Target::process : Target::group;
    const std::int32_t contract = there ? 0 : s.state.contract;
    s.out.add(Kill{target, sig_abrt, s.state.app_pid, contract});
    s.out.add(Kill{target, sig_cont, s.state.app_pid, contract});
}

void quit(Step& s) {
    s.state.why == Why::watchdog ? abort_application(s) : tell_application(s);
    if (s.policy.stop_timeout_ms != 0) s.out.add(Arm{s.policy.stop_timeout_ms});
}

// What was never ready has nothing to be taken out of service, and what hangs would not answer.
bool has_hooks_to_stop(const Step& s) {
    return has_hooks(s, conf::When::before_stop) && (s.state.why == Why::asked || s.state.why == Why::unhealthy);
}

void quit_after_hooks(Step& s) {
    s.state.phase = Phase::quitting;
    s.state.app_killed = s.state.main_gone = false;
    has_hooks_to_stop(s) ? begin_hooks(s, conf::When::before_stop) : quit(s);
}

}  // namespace

std::uint32_t limit_of(const Policy& policy, Why why) {
    switch (why) {
        case Why::asked:
            break;
        case Why::not_ready:
            return policy.ready_ms;
        case Why::unhealthy:
            return policy.health_failures;
        case Why::watchdog:
            return policy.watchdog_ms;
    }
    return 0;
}

void begin_stop(Step& s, Next next, Why why) {
    s.state.next = next;
    s.state.why = why;
    if (next == Next::down)
        s.out.add(Note{.say = Say::app_stopped});
    else
        s.out.add(Note{.say = Say::app_restarted, .a = static_cast<int>(why), .b = limit_of(s.policy, why)});
    quit_after_hooks(s);
}

void stop_for_end(Step& s, conf::EndAction action) {
    if (!has_hooks(s, conf::When::before_stop)) return begin_end(s, action, false);
    s.state.pending_end = action;
    s.state.next = Next::none;
    s.state.why = Why::asked;
    quit_after_hooks(s);
}

void quit_timed_out(Step& s) {
    if (s.state.hooks_run) return;
    if (s.state.app_killed) return s.out.add(Note{.say = Say::unkillable, .a = 1});
    if (s.policy.stop_timeout_ms == 0) return;
    s.out.add(Note{.say = Say::stop_timeout, .a = static_cast<std::int32_t>(s.policy.stop_timeout_ms)});
    kill_application(s);
}

// ---- gone ----

void clean(Step& s, Next next) {
    if (!has_hooks(s, conf::When::after_stop)) return next == Next::down ? go_down(s) : restart_now(s);
    s.state.phase = Phase::cleaning;
    s.state.next = next;
    s.state.main_gone = true;
    begin_hooks(s, conf::When::after_stop);
}

// Nobody's wish is left but that it be stopped, or started again.
void quit_done(Step& s) {
    if (is_ending(s.state)) return end_after_hooks(s, s.state.pending_end);
    s.out.add(Disarm{});
    if (s.state.next == Next::down) return clean(s, Next::down);
    ++s.state.restarts;
    s.state.delay_ms = 0;
    clean(s, Next::again);
}

// note: how it ended. leftovers: its process group, 0: none. While hooks before the stop run, it was they that made it
// go, and they are to finish.
void gone_quitting(Step& s, Note note, std::int32_t leftovers) {
    const std::int32_t contract = std::exchange(s.state.contract, 0);
    if (leftovers != 0 || contract != 0) s.out.add(Kill{Target::group, sig_kill, leftovers, contract});
    if (s.state.next == Next::failed && !is_ending(s.state)) {
        stop_hooks(s);
        s.out.add(Disarm{});
        const std::uint64_t ran = s.state.last.ran_ms;
        return application_is_gone(s, {.success = false, .started = true, .leftovers = 0, .ran_ms = ran, .note = note});
    }
    s.out.add(note);
    if (!s.state.hooks_run) quit_done(s);
}

void exited_quitting(Step& s) {
    if (is_gone(s.state)) return;
    const std::int32_t group = s.state.app_pid;
    const Note note = record_gone(s);
    gone_quitting(s, note, std::holds_alternative<Exited>(s.event) ? group : 0);
}

void hooks_done(Step& s) {
    const conf::When awaited = s.state.phase == Phase::quitting ? conf::When::before_stop : conf::When::after_stop;
    if (!s.state.hooks_run || event_of<HooksDone>(s).when != awaited) return;
    s.state.hooks_run = false;
    if (s.state.phase == Phase::quitting) {
        if (is_gone(s.state)) return quit_done(s);
        return is_ending(s.state) ? begin_end(s, s.state.pending_end, false) : quit(s);
    }
    if (is_ending(s.state)) return begin_end(s, s.state.pending_end, true);
    s.state.next == Next::down ? go_down(s) : restart_now(s);
}

// ---- what somebody wants ----

// By phase: at once from where nothing is under way; else it follows what is.
void start_wanted(Step& s) {
    if (is_ending(s.state)) return;
    switch (s.state.phase) {
        case Phase::down:  // somebody has looked into it: what went before does not count any more
            s.state.next_backoff_ms = s.state.window_count = 0;
            return prepare(s);
        case Phase::backing_off:
            s.out.add(Disarm{});
            return prepare(s);
        case Phase::starting:
            s.state.next = Next::none;
            return;
        default:  // quitting, cleaning
            if (s.state.phase == Phase::cleaning || s.state.next == Next::down) s.state.next = Next::again;
            s.state.delay_ms = 0;
            return;
    }
}

namespace {

// A second stop: what is under way is cut short.
void hurry(Step& s) {
    s.out.add(Note{.say = Say::hurried, .a = 1});
    stop_hooks(s);
    if (s.state.phase == Phase::cleaning) return go_down(s);
    if (is_gone(s.state)) return quit_done(s);
    if (!s.state.app_killed) kill_application(s);
}

}  // namespace

void stop_wanted(Step& s) {
    if (is_ending(s.state)) return;
    switch (s.state.phase) {
        case Phase::preparing:
            stop_hooks(s);
            return go_down(s);
        case Phase::backing_off:
            s.out.add(Disarm{});
            return go_down(s);
        case Phase::running:
            return begin_stop(s, Next::down, Why::asked);
        case Phase::starting:
            s.state.next = Next::down;
            return;
        default:  // quitting, cleaning
            if (s.state.next == Next::down) return hurry(s);
            s.state.next = Next::down;
            return;
    }
}

void restart_wanted(Step& s) {
    const Why why = event_of<RestartWanted>(s).why;
    if (s.state.phase != Phase::running) {
        if (why == Why::asked) start_wanted(s);
        if (why == Why::asked && s.state.phase == Phase::quitting && !is_ending(s.state)) s.state.next = Next::again;
        return;
    }
    begin_stop(s, why == Why::asked ? Next::again : Next::failed, why);
}

}  // namespace init
