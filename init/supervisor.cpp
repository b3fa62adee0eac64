#include "init/supervisor.hpp"

#include <algorithm>

#include "init/signals.hpp"
#include "init/supervisor_step.hpp"

namespace init {

using conf::EndAction;

namespace {

void nothing(Step&) {}

// ---- requests to end, by phase ----

void note_request(Step& s, EndAction action, std::int32_t signal) {
    const bool stays = s.policy.stays && action == EndAction::exit;
    s.out.add(Note{.say = Say::stop_requested, .a = signal, .b = static_cast<int>(action), .c = stays ? 1 : 0});
}

void request_end(Step& s, EndAction action, std::int32_t signal) {
    note_request(s, action, signal);
    stop_hooks(s);  // those before a start that will not be
    begin_end(s, action, is_gone(s.state));
}

// What is to be done before its stop signal is done first.
void request_stop(Step& s, EndAction action, std::int32_t signal) {
    note_request(s, action, signal);
    stop_for_end(s, action);
}

// The application is between fork and exec: whoever comes out of that is stopped at once.
void request_remembered(Step& s, EndAction action, std::int32_t signal) {
    note_request(s, action, signal);
    s.state.pending_end = action;
}

void request_hurries(Step& s, EndAction action, std::int32_t) {
    if (s.state.zone_halting && action == EndAction::exit) return;
    s.state.pending_end = action;
    s.state.main_gone = is_gone(s.state);
    s.out.add(Note{.say = Say::hurried});
    stop_hooks(s);
    kill_all(s);
}

// It is being stopped, or its hooks run, already: the end follows instead of what was to. The second request is the one
// that hurries.
void request_takes_over(Step& s, EndAction action, std::int32_t signal) {
    if (is_ending(s.state)) return request_hurries(s, action, signal);
    request_remembered(s, action, signal);
    if (s.state.hooks_run) return;
    s.state.phase = Phase::stopping;  // it was told to go, and the timer goes on
    s.state.main_gone = false;
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
    request_stop,         // running
    request_takes_over,   // quitting
    request_takes_over,   // cleaning
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
    if (s.state.phase >= Phase::stopping || is_ending(s.state)) return;
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
    if (const auto kill = passed_on(s.state, s.policy, event_of<Signalled>(s).signal)) s.out.add(*kill);
}

// What is being ended needs no new configuration.
void reload(Step& s) {
    const bool ending = s.state.phase >= Phase::stopping || is_ending(s.state);
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
    //               Start    Spawned  SpawnFailed      Exited           NoChildren Signalled  TimerFired      EndWanted   ContractEmpty   ZoneHalting   StartWanted   StopWanted   RestartWanted   HooksDone
    /*idle*/       {{prepare, nothing, nothing,         nothing,         nothing,   signalled, nothing,        end_wanted, nothing,        zone_halting, nothing,      nothing,     nothing,        nothing}},
    /*preparing*/  {{nothing, nothing, nothing,         nothing,         nothing,   signalled, nothing,        end_wanted, nothing,        zone_halting, nothing,      stop_wanted, nothing,        prepared}},
    /*starting*/   {{nothing, spawned, spawn_failed,    nothing,         nothing,   signalled, nothing,        end_wanted, nothing,        zone_halting, start_wanted, stop_wanted, restart_wanted, nothing}},
    /*running*/    {{nothing, nothing, spawn_failed,    exited_running,  nothing,   signalled, nothing,        end_wanted, contract_empty, zone_halting, nothing,      stop_wanted, restart_wanted, nothing}},
    /*quitting*/   {{nothing, nothing, exited_quitting, exited_quitting, nothing,   signalled, quit_timed_out, end_wanted, contract_empty, zone_halting, start_wanted, stop_wanted, restart_wanted, hooks_done}},
    /*cleaning*/   {{nothing, nothing, nothing,         nothing,         nothing,   signalled, nothing,        end_wanted, contract_empty, zone_halting, start_wanted, stop_wanted, restart_wanted, hooks_done}},
    /*backing_off*/{{nothing, nothing, nothing,         nothing,         nothing,   signalled, prepare,        end_wanted, nothing,        zone_halting, start_wanted, stop_wanted, restart_wanted, nothing}},
    /*down*/       {{nothing, nothing, nothing,         nothing,         nothing,   signalled, nothing,        end_wanted, nothing,        zone_halting, start_wanted, nothing,     restart_wanted, nothing}},
    /*stopping*/   {{nothing, nothing, gone_ending,     gone_ending,     all_gone,  signalled, stop_timed_out, end_wanted, contract_empty, nothing,      nothing,      nothing,     nothing,        nothing}},
    /*killing*/    {{nothing, nothing, gone_ending,     gone_ending,     all_gone,  signalled, give_up,        end_wanted, contract_empty, nothing,      nothing,      nothing,     nothing,        nothing}},
    /*ended*/      {{nothing, nothing, nothing,         nothing,         nothing,   nothing,   nothing,        nothing,    nothing,        nothing,      nothing,      nothing,     nothing,        nothing}},
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

std::optional<Kill> passed_on(const State& state, const Policy& policy, std::int32_t signal) {
    if (signal <= 0 || signal >= signal_count || state.app_pid == 0) return {};
    const auto number = static_cast<std::size_t>(signal);
    if (policy.meaning[number] != Meaning::forward || policy.rewrite[number] == 0) return {};
    return Kill{policy.to_group ? Target::group : Target::process, policy.rewrite[number], state.app_pid};
}

Actions step(State& state, const Policy& policy, const Event& event, std::uint64_t now_ms) {
    Step s{state, policy, event, now_ms};
    // tini's way knows nothing but an application that runs until it ends.
    constexpr std::size_t first_of_steering = 10;
    static_assert(std::is_same_v<std::variant_alternative_t<first_of_steering, Event>, StartWanted>);
    if (policy.forward_only && event.index() >= first_of_steering) return s.out;
    table[static_cast<std::size_t>(state.phase)][event.index()](s);
    return s.out;
}

}  // namespace init
