// The supervisor's state machine: the application alone is stopped, started and restarted.
#include <cerrno>
#include <doctest/doctest.h>

#include "init/signals.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace bench;
using conf::EndAction;

namespace {

const std::string told = "kill group 15 42, kill group 18 42";

Bench running() {
    Bench bench = machine();
    bench.run();
    return bench;
}

Bench in_down() {
    Bench bench = running();
    bench.tell(StopWanted{});
    bench.tell(Exited{0, 0});
    REQUIRE(bench.state.phase == Phase::down);
    return bench;
}

Bench backing_off() {
    Bench bench = running();
    REQUIRE(bench.tell(Exited{1, 0}) == "kill group 9 42, arm 100");
    return bench;
}

}  // namespace

TEST_CASE("stop: its signal, then SIGKILL after stop_timeout, then down, and PID 1 goes on") {
    Bench bench = running();
    CHECK(bench.tell(StopWanted{}) == told + ", arm 10000");
    CHECK(bench.said(Say::app_stopped));
    CHECK(bench.state.phase == Phase::quitting);
    SUBCASE("it goes") {
        CHECK(bench.tell(Exited{-1, 15}) == "kill group 9 42, disarm");  // with what it has left behind
        CHECK(last_exit_text(bench.state) == "stopped on request: killed by SIGTERM");
    }
    SUBCASE("it does not") {
        CHECK(bench.after(10'000, TimerFired{}) == "kill group 9 42, arm 2000");
        CHECK(bench.said(Say::stop_timeout));
        CHECK(bench.after(2'000, TimerFired{}) == "");  // in uninterruptible sleep: it is waited for
        CHECK(bench.said(Say::unkillable));
        CHECK(bench.state.phase == Phase::quitting);
        CHECK(bench.tell(Exited{-1, 9, false, plumb::Oom::events}) == "kill group 9 42, disarm");
        CHECK(last_exit_text(bench.state) == "stopped on request: killed by SIGKILL");  // by us
    }
    SUBCASE("a second request hurries") {
        CHECK(bench.tell(StopWanted{}) == "kill group 9 42, arm 2000");
        CHECK(bench.said(Say::hurried));
        CHECK(bench.tell(StopWanted{}) == "");  // a third has nothing more to do
        CHECK(bench.tell(Exited{-1, 9}) == "kill group 9 42, disarm");
    }
    SUBCASE("it could not be executed, as is told late") {
        CHECK(bench.tell(SpawnFailed{"stdout", EIO}) == "disarm");
    }
    CHECK(bench.said(Say::down));
    CHECK(bench.state.phase == Phase::down);
    CHECK(bench.state.app_pid == 0);
    CHECK(bench.tell(TimerFired{}) == "");
    CHECK(bench.tell(StopWanted{}) == "");
    CHECK(bench.tell(StartWanted{}) == "spawn");
    CHECK(bench.tell(Spawned{43}) == "");
    CHECK(bench.state.phase == Phase::running);
    CHECK(bench.state.restarts == 0);
}

TEST_CASE("stop_timeout 0 waits for ever, but not for the second request") {
    Bench bench = machine();
    bench.policy.stop_timeout_ms = 0;
    bench.run();
    CHECK(bench.tell(StopWanted{}) == told);
    CHECK(bench.tell(TimerFired{}) == "");
    CHECK(bench.tell(StopWanted{}) == "kill group 9 42, arm 2000");
    CHECK(bench.tell(EndWanted{EndAction::reboot}) == "");
    CHECK(bench.state.phase == Phase::stopping);
    CHECK(bench.tell(TimerFired{}) == "kill everyone 9, arm 2000");
}

TEST_CASE("restart, asked for: at once, no failure, but counted") {
    Bench bench = machine();
    bench.policy.max_restarts = 1;
    bench.run();
    for (std::uint32_t count = 1; count <= 3; ++count) {
        CHECK(bench.tell(RestartWanted{Why::asked}) == told + ", arm 10000");
        REQUIRE(bench.said(Say::app_restarted));
        CHECK(bench.tell(Exited{1, 0}) == "kill group 9 42, disarm, spawn");
        CHECK(bench.state.restarts == count);
        CHECK(bench.state.next_backoff_ms == 0);
        bench.tell(Spawned{42});
    }
    CHECK(last_exit_text(bench.state) == "restarted on request: exited with code 1");
}

TEST_CASE("restart for cause: a failure like any other") {
    struct Case {
        Why why;
        const char* actions;
        const char* text;
    };
    const Case cases[] = {
        {Why::not_ready, "kill group 15 42, kill group 18 42, arm 10000", "restarted: not ready within 30s"},
        {Why::unhealthy, "kill group 15 42, kill group 18 42, arm 10000",
         "restarted: not healthy, by 3 probes in a row"},
        {Why::watchdog, "kill process 6 42, kill process 18 42, arm 10000", "restarted: no WATCHDOG=1 within 1.5s"}};
    for (const Case& c : cases) {
        Bench bench = machine();
        bench.policy.ready_ms = 30'000;
        bench.policy.watchdog_ms = 1'500;
        bench.policy.health_failures = 3;
        bench.run();
        CHECK(bench.tell(RestartWanted{c.why}) == c.actions);
        CHECK(bench.after(10'000, TimerFired{}) == "kill group 9 42, arm 2000");
        CHECK(bench.tell(RestartWanted{c.why}) == "");
        CHECK(bench.tell(StartWanted{}) == "");  // it is on its way, with the pause of a failure
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm, spawn");  // it ran for long
        CHECK(last_exit_text(bench.state) == std::string(c.text) + ": exited with code 0");
        bench.tell(Spawned{42});
        bench.tell(RestartWanted{c.why});
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm, arm 100");
        CHECK(bench.tell(TimerFired{}) == "spawn");
        bench.tell(Spawned{42});
        bench.policy.restart = conf::Restart::never;
        bench.policy.on_failure = EndAction::reboot;
        bench.tell(RestartWanted{c.why});
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm, " + rest + ", arm 10000");
        CHECK(bench.tell(NoChildren{}) == "disarm, end reboot 1");
    }
}

TEST_CASE("restart for cause: max_restarts is the limit of it") {
    Bench bench = machine();
    bench.policy.max_restarts = 1;
    bench.run();
    bench.tell(RestartWanted{Why::not_ready});
    CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm, arm 100");
    bench.tell(TimerFired{});
    bench.tell(Spawned{42});
    bench.tell(RestartWanted{Why::not_ready});
    CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm, " + rest + ", arm 10000");
    CHECK(bench.said(Say::too_many_restarts));
}

TEST_CASE("in down: start and restart start, with the back-off begun anew; for cause nothing is") {
    const Event starts[] = {StartWanted{}, RestartWanted{Why::asked}};
    for (const Event& event : starts) {
        Bench bench = in_down();
        bench.state.next_backoff_ms = 6'400;
        CHECK(bench.tell(event) == "spawn");
        CHECK(bench.state.next_backoff_ms == 0);
    }
    for (const Why why : {Why::not_ready, Why::unhealthy, Why::watchdog}) {
        Bench bench = in_down();
        CHECK(bench.tell(RestartWanted{why}) == "");
        CHECK(bench.state.phase == Phase::down);
    }
}

TEST_CASE("in backing_off: start and restart do not wait, stop does not start") {
    const Event starts[] = {StartWanted{}, RestartWanted{Why::asked}};
    for (const Event& event : starts) {
        Bench bench = backing_off();
        CHECK(bench.tell(event) == "disarm, spawn");
        CHECK(bench.state.restarts == 1);
    }
    Bench bench = backing_off();
    CHECK(bench.tell(RestartWanted{Why::unhealthy}) == "");
    CHECK(bench.tell(StopWanted{}) == "disarm");
    CHECK(bench.state.phase == Phase::down);
}

TEST_CASE("in running start is harmless") {
    Bench bench = running();
    CHECK(bench.tell(StartWanted{}) == "");
    CHECK(bench.state.phase == Phase::running);
}

TEST_CASE("in quitting the last wish counts") {
    struct Case {
        std::vector<Event> wishes;
        const char* then;
    };
    const Case cases[] = {{{StopWanted{}, StartWanted{}}, "disarm, spawn"},
                          {{StopWanted{}, RestartWanted{Why::asked}}, "disarm, spawn"},
                          {{RestartWanted{Why::asked}, StopWanted{}}, "disarm"},
                          {{RestartWanted{Why::asked}, StartWanted{}}, "disarm, spawn"},
                          {{RestartWanted{Why::unhealthy}, StopWanted{}}, "disarm"},
                          {{RestartWanted{Why::unhealthy}, RestartWanted{Why::asked}}, "disarm, spawn"},
                          {{StopWanted{}, RestartWanted{Why::unhealthy}}, "disarm"},
                          {{StopWanted{}, StartWanted{}, StopWanted{}}, "disarm"}};
    for (const Case& c : cases) {
        Bench bench = running();
        for (std::size_t i = 0; i < c.wishes.size(); ++i) {
            const std::string actions = bench.tell(c.wishes[i]);
            CHECK((actions == "") == (i != 0));
        }
        CHECK(bench.tell(Exited{0, 0}) == std::string("kill group 9 42, ") + c.then);
    }
}

TEST_CASE("in starting a stop is remembered") {
    Bench bench = machine();
    bench.tell(Start{});
    CHECK(bench.tell(StopWanted{}) == "");
    SUBCASE("until it runs") {
        CHECK(bench.tell(Spawned{42}) == told + ", arm 10000");
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, disarm");
        CHECK(bench.state.phase == Phase::down);
    }
    SUBCASE("until it could not be executed") {
        CHECK(bench.tell(SpawnFailed{"exec", ENOENT}) == "");
        CHECK(bench.state.phase == Phase::down);
        CHECK(last_exit_text(bench.state) == "not started: exec: No such file or directory");
    }
    SUBCASE("until it is taken back") {
        CHECK(bench.tell(StartWanted{}) == "");
        CHECK(bench.tell(Spawned{42}) == "");
        CHECK(bench.state.phase == Phase::running);
    }
}

TEST_CASE("the end of the machine from every phase") {
    Bench bench = running();
    SUBCASE("quitting: it was told to go, and is not told again") {
        bench.tell(StopWanted{});
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "");
        CHECK(bench.said(Say::stop_requested));
        CHECK(bench.tell(StopWanted{}) == "");
        CHECK(bench.tell(Exited{0, 0}) == rest);
    }
    SUBCASE("quitting, and it does not go") {
        bench.tell(StopWanted{});
        bench.tell(Signalled{sig_usr2, 0});
        CHECK(bench.tell(TimerFired{}) == "kill everyone 9, arm 2000");
    }
    SUBCASE("quitting, twice") {
        bench.tell(StopWanted{});
        bench.tell(Signalled{sig_int, 0});
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "kill everyone 9, arm 2000");
    }
    SUBCASE("down") {
        bench = in_down();
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == rest + ", arm 10000");
    }
    SUBCASE("starting, where a stop is remembered") {
        bench = machine();
        bench.tell(Start{});
        bench.tell(StopWanted{});
        bench.tell(Signalled{sig_usr2, 0});
        CHECK(bench.tell(StartWanted{}) == "");
        CHECK(bench.tell(Spawned{42}) == told + ", arm 10000");
        CHECK(bench.tell(Exited{0, 0}) == rest);
    }
    for (const Event& late : {Event(StartWanted{}), Event(StopWanted{}), Event(RestartWanted{Why::asked})})
        CHECK(bench.tell(late) == "");
    CHECK(bench.tell(NoChildren{}).ends_with("end power off 0"));
}

TEST_CASE("forward_only knows none of it") {
    const Event steering[] = {StartWanted{}, StopWanted{}, RestartWanted{Why::asked}, RestartWanted{Why::watchdog},
                              HooksDone{conf::When::before_start, true}};
    for (const Event& event : steering) {
        Bench bench = like_tini();
        bench.run();
        CHECK(bench.tell(event) == "");
        CHECK(bench.state.phase == Phase::running);
    }
}

TEST_CASE("SIGUSR1 halts a machine whose control socket is not to be made anew") {
    Bench same = running();
    Bench bench = running();
    CHECK(bench.tell(Signalled{sig_usr1, 9}) == same.tell(Signalled{sig_rtmin + 13, 9}));
    CHECK(bench.state.phase == Phase::stopping);
}
