// A million events in any order: what must never happen, does not.
#include <cerrno>
#include <doctest/doctest.h>
#include <random>
#include <vector>

#include "init/signals.hpp"
#include "init/supervisor.hpp"

using namespace init;
using conf::EndAction;

namespace {

using Random = std::mt19937;

std::uint32_t below(Random& random, std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
}

Policy any_policy(Random& random) {
    plumb::Facts facts;
    facts.role = below(random, 2) == 0 ? conf::Role::machine : conf::Role::container;
    if (below(random, 2) == 0) {
        facts.platform = conf::Platform::illumos;
        facts.start = static_cast<plumb::Start>(below(random, 4));
    }
    Policy policy = make_policy({}, facts, below(random, 4) == 0);
    if (!policy.forward_only) policy.restart = static_cast<conf::Restart>(below(random, 3));
    policy.max_restarts = below(random, 4);
    policy.restart_window_ms = below(random, 3) * 1'000;
    policy.backoff_ms = below(random, 3) * 50;
    policy.reset_after_ms = below(random, 3) * 500;
    policy.stop_timeout_ms = below(random, 3) * 1'000;
    policy.rest_grace_ms = below(random, 2) * 500;
    for (bool& some : policy.hooks) some = !policy.forward_only && below(random, 3) == 0;
    return policy;
}

Event any_event(Random& random) {
    switch (below(random, 15)) {
        case 0:
            return Start{};
        case 1:
            return SpawnFailed{"exec", ENOENT};
        case 2:
        case 3:
            return Exited{static_cast<std::int32_t>(below(random, 256)), 0};
        case 4:
            return Exited{-1, static_cast<std::int32_t>(1 + below(random, 64))};
        case 5:
            return below(random, 8) == 0 ? Event(NoChildren{}) : Event(Spawned{7});
        case 6:
            return below(random, 16) == 0 ? Event(EndWanted{static_cast<EndAction>(below(random, 6))}) : TimerFired{};
        case 7:
            return TimerFired{};
        case 8:
            return Signalled{static_cast<std::int32_t>(below(random, 70)), static_cast<std::int32_t>(random() % 3)};
        case 11:
            return below(random, 2) == 0 ? Event(StartWanted{}) : Event(StopWanted{});
        case 12:
            return RestartWanted{static_cast<Why>(below(random, 4))};
        case 13:
        case 14:
            return HooksDone{static_cast<conf::When>(below(random, 3)), below(random, 4) == 0};
        case 9:
            return below(random, 16) == 0 ? Event(ZoneHalting{})
                                          : Event(ContractEmpty{static_cast<std::int32_t>(below(random, 3))});
        default:
            return Spawned{static_cast<std::int32_t>(2 + below(random, 30'000)),
                           static_cast<std::int32_t>(below(random, 3))};
    }
}

// What the world looks like to whoever performs the actions; every breach has its own name.
struct World {
    bool armed = false;
    bool stopping = false;
    bool hooks = false;
    int ends = 0;

    const char* perform(const Action& action, const State& before) {
        if (ends != 0) return "an action after End";
        if (auto* kill = std::get_if<Kill>(&action)) return check(*kill, before);
        if (auto* arm = std::get_if<Arm>(&action)) {
            if (arm->ms == 0) return "a timer of no time";
            armed = true;
        }
        if (std::holds_alternative<Disarm>(action)) armed = false;
        if (std::holds_alternative<RunHooks>(action)) {
            if (hooks) return "hooks beside others";
            hooks = true;
        }
        if (std::holds_alternative<StopHooks>(action)) {
            if (!hooks) return "a stop of hooks that do not run";
            hooks = false;
        }
        if (std::holds_alternative<Spawn>(action) && hooks) return "a Spawn beside hooks";
        if (std::holds_alternative<Spawn>(action) && stopping) return "a Spawn after a stop";
        if (std::holds_alternative<Reload>(action) && stopping) return "a Reload after a stop";
        if (auto* end = std::get_if<End>(&action)) {
            ++ends;
            armed = false;
            if (end->action == EndAction::automatic) return "an End that is no action";
        }
        return nullptr;
    }

    static const char* check(const Kill& kill, const State& before) {
        if (kill.signal <= 0 || kill.signal >= signal_count) return "a signal that is none";
        if (kill.target == Target::everyone) return nullptr;
        const bool just_spawned = before.phase == Phase::starting;
        if (before.phase == Phase::down || before.phase == Phase::preparing || before.phase == Phase::backing_off)
            return "a kill of nobody";
        if (kill.contract != 0) {
            if (!just_spawned && kill.contract != before.contract) return "a kill of a stranger's contract";
            return kill.pid != 0 && !just_spawned && kill.pid != before.app_pid ? "a kill of a stranger" : nullptr;
        }
        if (kill.pid <= 1) return "a kill of ourselves or of everyone";
        if (!just_spawned && kill.pid != before.app_pid) return "a kill of a stranger";
        return nullptr;
    }
};

enum class Timer : std::uint8_t { none, armed, either };

Timer timer_of(const State& state, const Policy& policy) {
    const bool rest_timed = state.rest_told && policy.rest_grace_ms != 0;
    const bool stop_timed = policy.stop_timeout_ms != 0;
    switch (state.phase) {
        case Phase::backing_off:
        case Phase::killing:
            return Timer::armed;
        case Phase::stopping:
            // What was told to go as it was to be down has the timer of that.
            if (state.app_killed) return Timer::either;
            return stop_timed || rest_timed ? Timer::armed : Timer::none;
        case Phase::quitting:
            if (state.app_killed) return Timer::either;  // told once that it does not go
            return stop_timed && !state.hooks_run ? Timer::armed : Timer::none;
        default:
            return Timer::none;
    }
}

bool has_wrong_timer(const State& state, const Policy& policy, const World& world) {
    const Timer wanted = timer_of(state, policy);
    return wanted != Timer::either && world.armed != (wanted == Timer::armed);
}

// Where hooks may run, and where they must.
const char* check_hooks(const State& state, const World& world) {
    const bool may =
        state.phase == Phase::preparing || state.phase == Phase::quitting || state.phase == Phase::cleaning;
    const bool must = state.phase == Phase::preparing || state.phase == Phase::cleaning;
    if (state.hooks_run != world.hooks) return "hooks that are not known of";
    if (state.hooks_run && !may) return "hooks in a phase that has none";
    if (must && !state.hooks_run) return "a wait for hooks that do not run";
    const bool gone = state.app_pid == 0 && state.contract == 0;
    if (state.phase == Phase::quitting && gone && !state.hooks_run) return "a wait for nobody";
    if (state.phase == Phase::down && !gone) return "down with an application";
    return nullptr;
}

const char* check_state(const State& state, const Policy& policy, const World& world) {
    const bool ended = state.phase == Phase::ended;
    const bool ending = state.phase >= Phase::stopping;
    const bool quits = state.phase == Phase::quitting || state.phase == Phase::cleaning;
    const bool there = state.phase == Phase::running || (ending && !ended && !state.main_gone) ||
                       (state.phase == Phase::quitting && !(state.app_pid == 0 && state.contract == 0));
    if (ended != (world.ends == 1)) return "ended without an End, or the reverse";
    if (!ended && has_wrong_timer(state, policy, world)) return "a timer too many, or none";
    if (const char* found = check_hooks(state, world)) return found;
    if (!ended && state.contract == 0 && there != (state.app_pid != 0))
        return "a pid without an application, or the reverse";
    if (!ended && !there && state.app_pid != 0) return "a pid without an application in a contract";
    if (state.contract != 0 && !there && !ending && !quits) return "a contract kept for nobody";
    if (ending && state.pending_end == EndAction::automatic) return "ending without knowing how";
    if (world.stopping && !ending && !quits && state.phase != Phase::starting) return "a stop forgotten";
    return nullptr;
}

bool is_awaited(const State& state, const Event& event) {
    const HooksDone* done = std::get_if<HooksDone>(&event);
    if (done == nullptr) return false;
    return done->when == (state.phase == Phase::preparing  ? conf::When::before_start
                          : state.phase == Phase::quitting ? conf::When::before_stop
                                                           : conf::When::after_stop);
}

// One life, at most 200 events; returns how many it took. A timer fires only when armed, as the loop promises.
int live(Random& random, std::string& breach) {
    const Policy policy = any_policy(random);
    State state;
    World world;
    std::uint64_t now = 1'000;
    for (int i = 0; i < 200; ++i) {
        now += below(random, 700);
        const Event event = any_event(random);
        if (std::holds_alternative<TimerFired>(event)) {
            if (!world.armed) continue;
            world.armed = false;
        }
        // Hooks end only once, and not before they have begun.
        if (std::holds_alternative<HooksDone>(event) && !world.hooks) continue;
        const State before = state;
        const Actions actions = step(state, policy, event, now);
        if (is_awaited(before, event)) world.hooks = false;
        if (actions.count > actions.items.size()) breach = "too many actions";
        for (const Action& action : actions) {
            if (const char* found = world.perform(action, before)) breach = found;
        }
        world.stopping = world.stopping || state.pending_end != EndAction::automatic;
        if (const char* found = check_state(state, policy, world)) breach = found;
        if (!breach.empty()) return i;
        if (state.phase == Phase::ended && below(random, 4) == 0) return i;
    }
    return 200;
}

}  // namespace

TEST_CASE("a million random events break no invariant") {
    Random random(20'150'401);
    int events = 0;
    for (std::uint32_t lives = 0; events < 1'000'000; ++lives) {
        std::string breach;
        CAPTURE(lives);
        events += 1 + live(random, breach);
        REQUIRE(breach == "");
    }
}

TEST_CASE("no event in any phase gives more actions than there is room for") {
    Random random(7);
    std::size_t most = 0;
    for (int i = 0; i < 300'000; ++i) {
        Policy policy = any_policy(random);
        State state;
        state.phase = static_cast<Phase>(below(random, 11));
        state.hooks_run = below(random, 2) == 0;
        state.next = static_cast<Next>(below(random, 4));
        state.app_pid = below(random, 2) == 0 ? 0 : 42;
        state.contract = static_cast<std::int32_t>(below(random, 3));
        state.main_gone = below(random, 2) == 0;
        state.rest_told = below(random, 2) == 0;
        state.pending_end = static_cast<EndAction>(below(random, 6));
        state.window_count = below(random, 4);
        state.window_start_ms = 4'900;
        most = std::max(most, step(state, policy, any_event(random), 5'000).count);
        REQUIRE(most <= 10);
    }
    CHECK(most >= 6);  // the random walk did get to the long ones
}
