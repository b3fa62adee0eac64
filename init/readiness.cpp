#include "init/readiness.hpp"

#include <algorithm>

namespace init {
namespace {

// What a step works on.
struct Round {
    CareState& state;
    const CarePolicy& policy;
    std::uint64_t now;
    CareActions actions;
};

std::uint64_t in(const Round& round, std::uint32_t ms) {
    return round.now + ms;
}

std::uint64_t unless_zero(const Round& round, std::uint32_t ms) {
    return ms == 0 ? 0 : round.now + ms;
}

void be_quiet(Round& round) {
    CareState& state = round.state;
    round.actions.cancel = round.actions.cancel || state.asking;
    round.actions.ask_ready = round.actions.ask_health = state.asking = false;
    state.limit_ms = state.ask_ms = state.alive_ms = 0;
}

void restart(Round& round, Why why) {
    be_quiet(round);
    round.state.phase = CarePhase::ending;
    round.actions.restart = why;
}

void be_ready(Round& round) {
    be_quiet(round);
    CareState& state = round.state;
    state.phase = CarePhase::ready;
    state.ready_ms = round.now;
    if (round.policy.asks_health) state.ask_ms = in(round, round.policy.health_interval_ms);
    state.alive_ms = unless_zero(round, state.watchdog_ms);
    round.actions.ready = true;
}

void ask(Round& round) {
    round.state.ask_ms = 0;
    round.state.asking = true;
    (round.state.phase == CarePhase::starting ? round.actions.ask_ready : round.actions.ask_health) = true;
}

void begin(Round& round) {
    CareState& state = round.state;
    round.actions.cancel = state.asking;
    state = {.phase = CarePhase::starting, .watchdog_ms = round.policy.watchdog_ms, .started_ms = round.now};
    state.limit_ms = unless_zero(round, round.policy.ready_timeout_ms);
    if (round.policy.way == Way::executed) be_ready(round);
    if (round.policy.way == Way::after) state.ask_ms = in(round, round.policy.after_ms);
    if (round.policy.way == Way::probe) ask(round);
}

void leave(Round& round) {
    be_quiet(round);
    round.state.phase = CarePhase::leaving;
    round.state.limit_ms = unless_zero(round, round.policy.stop_timeout_ms);
}

void take_watchdog(Round& round, const Notification& told) {
    CareState& state = round.state;
    if (told.has_watchdog) state.watchdog_ms = told.watchdog_ms;
    if (state.phase == CarePhase::ready && (told.has_watchdog || told.alive))
        state.alive_ms = unless_zero(round, state.watchdog_ms);
}

void take_ready(Round& round) {
    CareState& state = round.state;
    if (state.phase == CarePhase::starting && round.policy.way == Way::notify) return be_ready(round);
    round.actions.reloaded = state.phase == CarePhase::ready && state.reloading;
    state.reloading = false;
}

void extend(Round& round, std::uint32_t ms) {
    if (ms == 0) return;
    CareState& state = round.state;
    if (state.phase == CarePhase::ending) round.actions.extend_ms = ms;
    if (state.limit_ms != 0) state.limit_ms = std::max(state.limit_ms, in(round, ms));
}

void take(Round& round, const Notification& told) {
    CareState& state = round.state;
    if (state.phase == CarePhase::gone) return;
    if (told.ready) take_ready(round);
    take_watchdog(round, told);
    if (told.reloading && !told.ready && state.phase == CarePhase::ready)
        state.reloading = round.actions.reloading = true;
    const bool lives = state.phase == CarePhase::starting || state.phase == CarePhase::ready;
    if (told.stopping && lives) leave(round);
    extend(round, told.extend_ms);
    if (told.trigger && lives && !told.stopping) restart(round, Why::watchdog);
}

void take_answer(Round& round, bool good) {
    CareState& state = round.state;
    if (!state.asking) return;
    state.asking = false;
    if (state.phase == CarePhase::starting) {
        if (good) return be_ready(round);
        state.ask_ms = in(round, round.policy.ready_interval_ms);
        return;
    }
    ++state.asked;
    if (!good) ++state.failed;
    state.failed_in_row = good ? 0 : state.failed_in_row + 1;
    if (state.failed_in_row >= round.policy.failures) return restart(round, Why::unhealthy);
    if (round.policy.asks_health) state.ask_ms = in(round, round.policy.health_interval_ms);
}

bool is_due(const Round& round, std::uint64_t when) {
    return when != 0 && when <= round.now;
}

void look_at_time(Round& round) {
    const CareState& state = round.state;
    if (is_due(round, state.ask_ms)) {
        if (state.phase == CarePhase::starting && round.policy.way == Way::after) return be_ready(round);
        // A reload may have taken away what was to be asked.
        const bool wanted =
            state.phase == CarePhase::starting ? round.policy.way == Way::probe : round.policy.asks_health;
        if (wanted)
            ask(round);
        else
            round.state.ask_ms = 0;
    }
    if (is_due(round, state.alive_ms)) return restart(round, Why::watchdog);
    if (is_due(round, state.limit_ms))
        restart(round, state.phase == CarePhase::starting ? Why::not_ready : Why::unhealthy);
}

}  // namespace

CareActions step(CareState& state, const CarePolicy& policy, const CareEvent& event, std::uint64_t now_ms) {
    Round round{state, policy, now_ms, {}};
    switch (event.kind) {
        case CareEvent::started:
            begin(round);
            break;
        case CareEvent::adopted:
            begin(round);
            if (state.phase != CarePhase::ready) be_ready(round);
            break;
        case CareEvent::gone:
        case CareEvent::ending:
            be_quiet(round);
            if (event.kind == CareEvent::gone) {
                state.phase = CarePhase::gone;
                state.ready_ms = 0;
            } else if (state.phase != CarePhase::gone) {
                state.phase = CarePhase::ending;
            }
            break;
        case CareEvent::notified:
            if (event.notification != nullptr) take(round, *event.notification);
            break;
        case CareEvent::newline:
            if (state.phase == CarePhase::starting && policy.way == Way::line) be_ready(round);
            break;
        case CareEvent::answered:
            take_answer(round, event.good);
            break;
        case CareEvent::timer:
            look_at_time(round);
            break;
    }
    return round.actions;
}

std::optional<std::uint64_t> care_deadline(const CareState& state) {
    std::optional<std::uint64_t> first;
    for (const std::uint64_t when : {state.limit_ms, state.ask_ms, state.alive_ms})
        if (when != 0 && (!first || when < *first)) first = when;
    return first;
}

bool is_well(const CareState& state) {
    return state.phase == CarePhase::ready && state.failed_in_row == 0;
}

namespace {

std::uint32_t to_ms(conf::Milliseconds value) {
    return static_cast<std::uint32_t>(std::min<std::int64_t>(value.count(), UINT32_MAX));
}

Question question_of(const conf::Probe& probe) {
    if (!probe.tcp.empty()) return {Question::tcp, {probe.tcp}};
    if (!probe.http.empty()) return {Question::http, {probe.http}};
    return {probe.command.empty() ? Question::none : Question::command, probe.command};
}

Way way_of(const conf::Ready& ready, const Care& care) {
    if (ready.notify) return Way::notify;
    if (ready.fd >= 0) return Way::line;
    if (ready.after.count() > 0) return Way::after;
    return care.ready.kind == Question::none ? Way::executed : Way::probe;
}

}  // namespace

void make_care(const conf::Config& config, Care& care) {
    care.ready = question_of(config.ready.probe);
    care.health = question_of(config.health.probe);
    care.policy = {.way = way_of(config.ready, care),
                   .asks_health = care.health.kind != Question::none,
                   .after_ms = to_ms(config.ready.after),
                   .ready_timeout_ms = to_ms(config.ready.timeout),
                   .ready_interval_ms = to_ms(config.ready.interval),
                   .health_interval_ms = to_ms(config.health.interval),
                   .health_timeout_ms = to_ms(config.health.timeout),
                   .failures = config.health.failures,
                   .watchdog_ms = to_ms(config.watchdog.app),
                   .stop_timeout_ms = to_ms(config.app.stop_timeout)};
    care.ready_fd = config.ready.fd;
    care.device = config.watchdog.device;
    care.device_timeout_s = to_ms(config.watchdog.timeout) / 1000;
}

}  // namespace init
