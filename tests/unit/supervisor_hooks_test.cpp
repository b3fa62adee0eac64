// The supervisor's state machine: what is run beside the application each time that it starts or stops.
#include <cerrno>
#include <doctest/doctest.h>

#include "init/signals.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace bench;
using conf::EndAction;
using conf::When;

namespace {

const std::string told = "kill group 15 42, kill group 18 42";
constexpr HooksDone prepared{When::before_start, false};
constexpr HooksDone told_to_stop{When::before_stop, false};
constexpr HooksDone cleaned{When::after_stop, true};  // a failure of these is no more than a warning

Bench running() {
    Bench bench = machine().with_hooks();
    bench.run_with_hooks();
    return bench;
}

}  // namespace

TEST_CASE("hooks: before every start, after every end") {
    Bench bench = running();
    CHECK(bench.tell(Exited{1, 0}) == "kill group 9 42, hooks after_stop");  // none before the stop of what has crashed
    CHECK(bench.notes[0].c == 100);
    CHECK(bench.state.phase == Phase::cleaning);
    CHECK(bench.tell(cleaned) == "arm 100");
    CHECK(bench.tell(TimerFired{}) == "hooks before_start");
    CHECK(bench.tell(prepared) == "spawn");
    bench.tell(Spawned{42});
    CHECK(bench.after(10'000, Exited{1, 0}) == "kill group 9 42, hooks after_stop");
    CHECK(bench.tell(cleaned) == "hooks before_start");  // it ran for long: at once
    CHECK(bench.state.restarts == 2);
}

TEST_CASE("hooks: one that is not of what is awaited is not believed") {
    Bench bench = machine().with_hooks();
    bench.tell(Start{});
    CHECK(bench.tell(cleaned) == "");
    CHECK(bench.tell(told_to_stop) == "");
    CHECK(bench.tell(prepared) == "spawn");
    bench.tell(Spawned{42});
    CHECK(bench.tell(prepared) == "");
    bench.tell(StopWanted{});
    CHECK(bench.tell(cleaned) == "");
    CHECK(bench.state.phase == Phase::quitting);
}

TEST_CASE("hooks: a required one before the start that fails is a start that failed") {
    Bench bench = machine().with_hooks();
    bench.tell(Start{});
    constexpr HooksDone failed{When::before_start, true};
    CHECK(bench.tell(failed) == "arm 100");
    REQUIRE(bench.said(Say::unprepared));
    CHECK(sentence(bench.notes[0], "x") == "application was not started, its hook failed; tried again in 100 ms");
    CHECK(last_exit_text(bench.state) == "not started: a hook before its start failed");
    CHECK(bench.tell(TimerFired{}) == "hooks before_start");
    bench.policy.restart = conf::Restart::never;
    CHECK(bench.tell(failed) == rest + ", arm 10000");
    CHECK(bench.tell(NoChildren{}) == "disarm, end power off 1");
}

TEST_CASE("hooks: a failed one never spins") {
    Bench bench = machine().with_hooks();
    bench.policy.backoff_ms = bench.policy.reset_after_ms = 0;
    bench.tell(Start{});
    CHECK(bench.tell(HooksDone{When::before_start, true}) == "arm 10");
}

TEST_CASE("hooks: before a stop that was asked for, and after it") {
    Bench bench = running();
    CHECK(bench.tell(StopWanted{}) == "hooks before_stop");
    SUBCASE("in turn") {
        CHECK(bench.tell(TimerFired{}) == "");
        CHECK(bench.tell(told_to_stop) == told + ", arm 10000");
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm, hooks after_stop");
    }
    SUBCASE("the hook itself made it go") {
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42");
        CHECK(bench.tell(told_to_stop) == "disarm, hooks after_stop");
    }
    SUBCASE("a second request cuts them off") {
        CHECK(bench.tell(StopWanted{}) == "stop hooks, kill group 9 42, arm 2000");
        CHECK(bench.tell(told_to_stop) == "");  // late
        CHECK(bench.tell(Exited{-1, 9}) == "kill group 9 42, disarm, hooks after_stop");
    }
    SUBCASE("a second request, after it went by the hook") {
        bench.tell(Exited{0, 0});
        CHECK(bench.tell(StopWanted{}) == "stop hooks, disarm, hooks after_stop");
    }
    CHECK(bench.state.phase == Phase::cleaning);
    Bench hurried = bench;
    CHECK(hurried.tell(StopWanted{}) == "stop hooks");
    CHECK(hurried.state.phase == Phase::down);
    CHECK(bench.tell(cleaned) == "");
    CHECK(bench.state.phase == Phase::down);
    CHECK(bench.tell(StartWanted{}) == "hooks before_start");
    CHECK(bench.tell(StopWanted{}) == "stop hooks");
    CHECK(bench.state.phase == Phase::down);
}

TEST_CASE("hooks: before the stop, only of what can do something about it") {
    struct Case {
        Why why;
        const char* actions;
    };
    const Case cases[] = {{Why::asked, "hooks before_stop"},
                          {Why::unhealthy, "hooks before_stop"},
                          {Why::not_ready, "kill group 15 42, kill group 18 42, arm 10000"},
                          {Why::watchdog, "kill process 6 42, kill process 18 42, arm 10000"}};
    for (const Case& c : cases) {
        Bench bench = running();
        CHECK(bench.tell(RestartWanted{c.why}) == c.actions);
        if (bench.state.hooks_run) bench.tell(told_to_stop);
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm, hooks after_stop");
        CHECK(bench.tell(cleaned) == (c.why == Why::asked ? "hooks before_start" : "arm 100"));
    }
}

TEST_CASE("hooks: in cleaning, the last wish counts") {
    const Event starts[] = {StartWanted{}, RestartWanted{Why::asked}};
    for (const Event& event : starts) {
        Bench bench = running();
        bench.tell(Exited{1, 0});
        CHECK(bench.tell(event) == "");
        CHECK(bench.tell(cleaned) == "hooks before_start");  // without the pause
    }
    Bench bench = running();
    bench.tell(Exited{1, 0});
    CHECK(bench.tell(StopWanted{}) == "");
    CHECK(bench.tell(cleaned) == "");
    CHECK(bench.state.phase == Phase::down);
}

TEST_CASE("hooks: around the end of the machine") {
    Bench bench = running();
    SUBCASE("in turn") {
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "hooks before_stop");
        CHECK(bench.said(Say::stop_requested));
        CHECK(bench.tell(told_to_stop) == told + ", arm 10000");
        CHECK(bench.state.phase == Phase::stopping);
        CHECK(bench.tell(Exited{0, 0}) == "disarm, hooks after_stop");
        CHECK(bench.tell(NoChildren{}) == "");
    }
    SUBCASE("the hook itself made it go") {
        bench.tell(Signalled{sig_usr2, 0});
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42");
        CHECK(bench.tell(told_to_stop) == "disarm, hooks after_stop");
    }
    SUBCASE("it does not go: it alone is killed, as the hooks after it are to live") {
        bench.tell(Signalled{sig_usr2, 0});
        bench.tell(told_to_stop);
        CHECK(bench.tell(TimerFired{}) == "kill group 9 42, arm 2000");
        CHECK(bench.tell(Exited{-1, 9}) == "disarm, hooks after_stop");
    }
    SUBCASE("while it is being stopped alone") {
        bench.tell(StopWanted{});
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "");
        CHECK(bench.tell(told_to_stop) == told + ", arm 10000");
        CHECK(bench.tell(Exited{0, 0}) == "disarm, hooks after_stop");
    }
    SUBCASE("while those after its crash run") {
        bench.tell(Exited{0, 0});
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "");
    }
    SUBCASE("it ended for good") {
        bench.policy.restart = conf::Restart::never;
        CHECK(bench.tell(Exited{0, 0}) == "disarm, hooks after_stop");
    }
    CHECK(bench.state.phase == Phase::cleaning);
    CHECK(bench.tell(cleaned) == rest + ", arm 10000");
    CHECK(bench.tell(NoChildren{}).starts_with("disarm, end power off"));
}

TEST_CASE("hooks: a second request to end cuts them off") {
    Bench bench = running();
    SUBCASE("before the stop") {
        bench.tell(Signalled{sig_int, 0});
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "stop hooks, kill everyone 9, arm 2000");
        CHECK(bench.tell(Exited{-1, 9}) == "");
    }
    SUBCASE("after it") {
        bench.tell(Exited{0, 0});
        bench.tell(Signalled{sig_int, 0});
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "stop hooks, kill everyone 9, arm 2000");
    }
    CHECK(bench.state.phase == Phase::killing);
    CHECK(bench.tell(NoChildren{}).starts_with("disarm, end power off"));
}

TEST_CASE("hooks: a request to end while those before the start run leaves the rest of them out") {
    Bench bench = machine().with_hooks();
    bench.tell(Start{});
    CHECK(bench.tell(Signalled{sig_usr2, 0}) == "stop hooks, " + rest + ", arm 10000");
    CHECK(bench.tell(prepared) == "");
    CHECK(bench.tell(NoChildren{}) == "disarm, end power off 0");
}
