#include "init/supervisor.hpp"

#include <algorithm>

#include "init/signals.hpp"
#include "init/supervisor_step.hpp"

namespace init {

using conf::EndAction;

namespace {

void tell_application(Step& s) {
    s.out.add(Kill{Target::group, s.policy.stop_signal, s.state.app_pid, s.state.contract});
    s.out.add(Kill{Target::group, sig_cont, s.state.app_pid, s.state.contract});
}

// Who stays stops the application alone: what booting started (ipmgmtd ...) is wanted when it is started again.
void kill_rest(Step& s, std::int32_t signal) {
    const bool alone = s.policy.stays && s.state.pending_end == EndAction::exit;
    if (!alone) return s.out.add(Kill{Target::everyone, signal});
    if (s.state.app_pid == 0 && s.state.contract == 0) return;
    s.out.add(Kill{Target::group, signal, s.state.app_pid, s.state.contract});
}

void kill_all(Step& s) {
    s.state.phase = Phase::killing;
    kill_rest(s, sig_kill);
    s.out.add(Arm{kill_grace_ms});
}

}  // namespace

// ---- ending: finish and stop share this path ----

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

void nothing(Step&) {}

// The application first: what runs beside it gets its own SIGTERM and time, also where the application took too long.
void stop_timed_out(Step& s) {
    const std::uint32_t waited = rest_is_timed(s) ? s.policy.rest_grace_ms : s.policy.stop_timeout_ms;
    if (waited == 0) return;
    s.out.add(Note{.say = Say::stop_timeout, .a = static_cast<std::int32_t>(waited)});
    if (s.policy.rest_grace_ms == 0 || s.state.rest_told) return kill_all(s);
    s.out.add(Kill{Target::group, sig_kill, s.state.app_pid, s.state.contract});
    tell_rest(s);
    arm_rest(s);
}

void give_up(Step& s) {
    s.out.add(Note{.say = Say::unkillable});
    end_now(s);
}

// ---- requests to end, by phase ----

void note_request(Step& s, EndAction action, std::int32_t signal) {
    const bool stays = s.policy.stays && action == EndAction::exit;
    s.out.add(Note{.say = Say::stop_requested, .a = signal, .b = static_cast<int>(action), .c = stays ? 1 : 0});
}

void request_end(Step& s, EndAction action, std::int32_t signal) {
    note_request(s, action, signal);
    begin_end(s, action, s.state.app_pid == 0 && s.state.contract == 0);
}

// The application is between fork and exec: whoever comes out of that is stopped at once.
void request_remembered(Step& s, EndAction action, std::int32_t signal) {
    note_request(s, action, signal);
    s.state.pending_end = action;
}

void request_hurries(Step& s, EndAction action, std::int32_t) {
    if (s.state.zone_halting && action == EndAction::exit) return;
    s.state.pending_end = action;
    s.out.add(Note{.say = Say::hurried});
    kill_all(s);
}

void request_changes_end(Step& s, EndAction action, std::int32_t) {
    s.state.pending_end = action;
}

void request_comes_late(Step&, EndAction, std::int32_t) {}

using Request = void (*)(Step&, EndAction, std::int32_t);
constexpr std::array<Request, 11> requests{
    request_end,          // idle
    request_end,          // preparing
    request_remembered,   // starting
    request_end,          // running
    request_end,          // quitting
    request_end,          // cleaning
    request_end,          // backing_off
    request_end,          // down
    request_hurries,      // stopping
    request_changes_end,  // killing
    request_comes_late,   // ended
};

// signal: what asked, 0: not a signal.
void request(Step& s, EndAction action, std::int32_t signal) {
    requests[static_cast<std::size_t>(s.state.phase)](s, action, signal);
}

void end_wanted(Step& s) {
    const EndAction action = event_of<EndWanted>(s).action;
    request(s, action == EndAction::automatic ? s.policy.on_success : action, 0);
}

// Whoever ends the zone sends SIGTERM to all as well: that is the same request, not a second one.
void zone_halting(Step& s) {
    if (s.state.phase >= Phase::stopping || s.state.pending_end != EndAction::automatic) return;
    s.state.zone_halting = true;
    s.out.add(Note{.say = Say::zone_halting});
    request(s, EndAction::exit, 0);
}

// ---- signals ----

// What the kernel sends by itself, or what comes without anybody having meant us.
bool is_noise(std::int32_t signal) {
    constexpr std::array noise{sig_pipe, sig_alrm, sig_chld, sig_cont, sig_ttin, sig_ttou, sig_urg, sig_winch};
    return std::find(noise.begin(), noise.end(), signal) != noise.end();
}

void note_ignored(Step& s) {
    const Signalled& signal = event_of<Signalled>(s);
    if (signal.sender == 0 || is_noise(signal.signal)) return;
    s.out.add(Note{.say = Say::ignored_signal, .a = signal.signal, .b = signal.sender});
}

void note_run_level(Step& s) {
    const Signalled& signal = event_of<Signalled>(s);
    if (signal.sender != 0) s.out.add(Note{.say = Say::ignored_level, .a = signal.signal, .b = signal.sender});
}

void forward(Step& s) {
    if (s.state.app_pid == 0) return note_ignored(s);
    const auto number = static_cast<std::size_t>(event_of<Signalled>(s).signal);
    const std::int32_t to_send = s.policy.rewrite[number];
    if (to_send == 0) return;
    s.out.add(Kill{s.policy.to_group ? Target::group : Target::process, to_send, s.state.app_pid});
}

// What is being ended needs no new configuration.
void reload(Step& s) {
    const bool ending = s.state.phase >= Phase::stopping || s.state.pending_end != EndAction::automatic;
    if (!ending) s.out.add(Reload{});
}

void signalled(Step& s) {
    const std::int32_t signal = event_of<Signalled>(s).signal;
    if (signal <= 0 || signal >= signal_count) return;
    const Meaning meaning = s.policy.meaning[static_cast<std::size_t>(signal)];
    if (const auto end = end_asked(meaning)) return request(s, *end, signal);
    if (meaning == Meaning::forward) return forward(s);
    if (meaning == Meaning::reload) return reload(s);
    if (meaning == Meaning::run_level) return note_run_level(s);
    note_ignored(s);
}

// ---- the table: phase x event ----

using Handler = void (*)(Step&);
using Row = std::array<Handler, std::variant_size_v<Event>>;

// clang-format off
constexpr std::array<Row, 11> table{{
    //               Start    Spawned  SpawnFailed   Exited          NoChildren  Signalled  TimerFired      EndWanted   ContractEmpty   ZoneHalting   StartWanted StopWanted RestartWanted HooksDone
    /*idle*/       {{spawn,   nothing, nothing,      nothing,        nothing,    signalled, nothing,        end_wanted, nothing,        zone_halting, nothing, nothing, nothing, nothing}},
    /*preparing*/ {{nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing}},
    /*starting*/   {{nothing, spawned, spawn_failed, nothing,        nothing,    signalled, nothing,        end_wanted, nothing,        zone_halting, nothing, nothing, nothing, nothing}},
    /*running*/    {{nothing, nothing, spawn_failed, exited_running, nothing,    signalled, nothing,        end_wanted, contract_empty, zone_halting, nothing, nothing, nothing, nothing}},
    /*quitting*/ {{nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing}},
    /*cleaning*/ {{nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing}},
    /*backing_off*/{{nothing, nothing, nothing,      nothing,        nothing,    signalled, spawn,          end_wanted, nothing,        zone_halting, nothing, nothing, nothing, nothing}},
    /*down*/ {{nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing}},
    /*stopping*/   {{nothing, nothing, gone_ending,  gone_ending,    all_gone,   signalled, stop_timed_out, end_wanted, contract_empty, nothing, nothing, nothing, nothing, nothing}},
    /*killing*/    {{nothing, nothing, gone_ending,  gone_ending,    all_gone,   signalled, give_up,        end_wanted, contract_empty, nothing, nothing, nothing, nothing, nothing}},
    /*ended*/      {{nothing, nothing, nothing,      nothing,        nothing,    nothing,   nothing,        nothing,    nothing,        nothing, nothing, nothing, nothing, nothing}},
}};
// clang-format on

}  // namespace

const char* phase_word(Phase phase) {
    constexpr std::array<const char*, 11> words{"starting", "starting", "starting",    "running",
                                                "stopping", "stopping", "backing_off", "down",
                                                "stopping", "stopping", "ended"};
    return words[static_cast<std::size_t>(phase)];
}

void Actions::add(const Action& action) {
    items[count++] = action;
}

Actions step(State& state, const Policy& policy, const Event& event, std::uint64_t now_ms) {
    Step s{state, policy, event, now_ms};
    table[static_cast<std::size_t>(state.phase)][event.index()](s);
    return s.out;
}

}  // namespace init
