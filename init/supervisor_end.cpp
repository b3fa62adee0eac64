// The supervisor's way to the end, which an application that ended for good and a request share: everybody is asked to
// go, then made to.
#include "init/signals.hpp"
#include "init/supervisor_step.hpp"

namespace init {

using conf::EndAction;

void tell_application(Step& s) {
    s.state.app_killed = false;
    s.out.add(Kill{Target::group, s.policy.stop_signal, s.state.app_pid, s.state.contract});
    s.out.add(Kill{Target::group, sig_cont, s.state.app_pid, s.state.contract});
}

namespace {

// Who stays stops the application alone: what booting started (ipmgmtd ...) is wanted when it is started again.
void kill_rest(Step& s, std::int32_t signal) {
    const bool alone = s.policy.stays && s.state.pending_end == EndAction::exit;
    if (!alone) return s.out.add(Kill{Target::everyone, signal});
    if (is_gone(s.state)) return;
    s.out.add(Kill{Target::group, signal, s.state.app_pid, s.state.contract});
}

}  // namespace

void kill_all(Step& s) {
    s.state.phase = Phase::killing;
    kill_rest(s, sig_kill);
    s.out.add(Arm{kill_grace_ms});
}

void kill_application(Step& s) {
    s.state.app_killed = true;
    s.out.add(Kill{Target::group, sig_kill, s.state.app_pid, s.state.contract});
    s.out.add(Arm{kill_grace_ms});
}

// Descendants that are not in the application's group (daemons, setsid), and those of a group whose leader is gone.
// SIGCONT because a stopped process does not act on SIGTERM.
void tell_rest(Step& s) {
    if (s.state.rest_told) return;
    s.state.rest_told = true;
    kill_rest(s, sig_term);
    kill_rest(s, sig_cont);
    s.out.add(Note{.say = Say::stopping_rest});
}

void begin_end(Step& s, EndAction action, bool gone) {
    s.state.pending_end = action;
    s.state.phase = Phase::stopping;
    s.state.main_gone = gone;
    s.state.main_gone ? tell_rest(s) : tell_application(s);
    if (rest_is_timed(s)) return arm_rest(s);
    if (s.policy.stop_timeout_ms != 0) {
        s.out.add(Arm{s.policy.stop_timeout_ms});
    } else {
        s.out.add(Disarm{});  // that of backing_off
    }
}

void end_after_hooks(Step& s, EndAction action) {
    s.state.main_gone = true;
    if (!has_hooks(s, conf::When::after_stop)) return begin_end(s, action, true);
    s.state.pending_end = action;
    s.state.phase = Phase::cleaning;
    s.out.add(Disarm{});
    begin_hooks(s, conf::When::after_stop);
}

bool rest_is_timed(const Step& s) {
    return s.state.rest_told && s.policy.rest_grace_ms != 0;
}

void arm_rest(Step& s) {
    s.out.add(Arm{s.policy.rest_grace_ms});
}

void end_now(Step& s) {
    s.state.phase = Phase::ended;
    s.out.add(Note{.say = Say::finished, .a = s.state.exit_code, .b = static_cast<int>(s.state.pending_end)});
    s.out.add(End{s.state.pending_end, s.state.exit_code});
}

void all_gone(Step& s) {
    s.out.add(Disarm{});
    s.state.app_pid = 0;
    s.state.contract = 0;
    s.state.main_gone = true;
    end_now(s);
}

namespace {

// Its hooks after the stop are to run, which SIGKILL to everybody would reach as well.
bool is_killed_alone(const Step& s) {
    return !s.state.main_gone && !s.state.app_killed && has_hooks(s, conf::When::after_stop);
}

}  // namespace

// The application first: what runs beside it gets its own SIGTERM and time, also where the application took too long.
void stop_timed_out(Step& s) {
    const std::uint32_t waited = rest_is_timed(s) ? s.policy.rest_grace_ms : s.policy.stop_timeout_ms;
    const bool killed_alone = s.state.app_killed && !s.state.rest_told;
    if (waited == 0 && !killed_alone) return;
    if (!killed_alone) s.out.add(Note{.say = Say::stop_timeout, .a = static_cast<std::int32_t>(waited)});
    if (is_killed_alone(s)) return kill_application(s);
    if (s.policy.rest_grace_ms == 0 || s.state.rest_told) return kill_all(s);
    s.out.add(Kill{Target::group, sig_kill, s.state.app_pid, s.state.contract});
    s.state.app_killed = true;
    tell_rest(s);
    arm_rest(s);
}

void give_up(Step& s) {
    s.out.add(Note{.say = Say::unkillable});
    // What the application that is still there will have ended by.
    if (!s.state.main_gone) s.state.exit_code = 128 + sig_kill;
    end_now(s);
}

}  // namespace init
