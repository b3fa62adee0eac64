// The supervisor's state machine: the ways to the end.
#include <cerrno>
#include <doctest/doctest.h>

#include "init/signals.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace bench;
using conf::EndAction;

TEST_CASE("the end is by success or failure, with the exit code") {
    struct Case {
        Exited exited;
        const char* end;
    };
    const Case cases[] = {{{0, 0}, "disarm, end power off 0"},
                          {{3, 0}, "disarm, end reboot 3"},
                          {{255, 0}, "disarm, end reboot 255"},
                          {{-1, 11, true}, "disarm, end reboot 139"}};
    for (const Case& c : cases) {
        Bench bench = machine();
        bench.policy.restart = conf::Restart::never;
        bench.policy.on_failure = EndAction::reboot;
        bench.run();
        CHECK(bench.tell(c.exited) == rest + ", arm 10000");
        CHECK(bench.tell(NoChildren{}) == c.end);
        CHECK(bench.state.phase == Phase::ended);
        CHECK(bench.tell(Start{}) == "");
    }
}

TEST_CASE("a stop: the group, then the rest, then the end") {
    Bench bench = machine();
    bench.policy.stop_signal = 3;
    bench.run();
    CHECK(bench.tell(Signalled{sig_term, 1}) == "kill group 3 42, kill group 18 42, arm 10000");
    CHECK(bench.said(Say::stop_requested));
    CHECK(bench.tell(Exited{0, 0}) == rest);
    CHECK(bench.state.app_pid == 0);
    CHECK(bench.notes[0].c == -1);
    CHECK(bench.tell(NoChildren{}) == "disarm, end reboot 0");
}

TEST_CASE("what does not stop is killed, and what cannot be killed is left") {
    Bench bench = machine();
    bench.run();
    bench.tell(Signalled{sig_usr2, 0});
    CHECK(bench.after(10'000, TimerFired{}) == "kill everyone 9, arm 2000");
    CHECK(bench.said(Say::stop_timeout));
    CHECK(bench.tell(Exited{-1, 9}) == "");
    SUBCASE("gone") {
        CHECK(bench.tell(NoChildren{}) == "disarm, end power off 137");
    }
    SUBCASE("unkillable") {
        CHECK(bench.after(2'000, TimerFired{}) == "end power off 137");
        CHECK(bench.said(Say::unkillable));
    }
}

TEST_CASE("an application that cannot be killed has not ended well") {
    Bench bench = machine();
    bench.run();
    bench.tell(Signalled{sig_usr2, 0});
    CHECK(bench.after(10'000, TimerFired{}) == "kill everyone 9, arm 2000");
    CHECK(bench.after(2'000, TimerFired{}) == "end power off 137");
}

TEST_CASE("stop_timeout 0 waits for ever") {
    Bench bench = machine();
    bench.policy.stop_timeout_ms = 0;
    bench.run();
    CHECK(bench.tell(EndWanted{EndAction::halt}) == "kill group 15 42, kill group 18 42, disarm");
    CHECK(bench.tell(TimerFired{}) == "");  // late, of an earlier timer
    CHECK(bench.state.phase == Phase::stopping);
    CHECK(bench.tell(NoChildren{}) == "disarm, end halt 0");
}

TEST_CASE("what runs beside the application is told once that is gone, and has its own time") {
    Bench bench = machine();
    bench.policy.rest_grace_ms = 5'000;
    SUBCASE("the application goes") {
        bench.run();
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "kill group 15 42, kill group 18 42, arm 10000");
        CHECK(bench.after(9'000, Exited{0, 0}) == rest + ", arm 5000");
        CHECK(bench.after(5'000, TimerFired{}) == "kill everyone 9, arm 2000");
        CHECK(bench.said(Say::stop_timeout));
    }
    SUBCASE("the application does not: it alone is killed") {
        bench.run();
        bench.tell(Signalled{sig_usr2, 0});
        CHECK(bench.after(10'000, TimerFired{}) == "kill group 9 42, " + rest + ", arm 5000");
        CHECK(bench.tell(Exited{-1, 9}) == "");
        CHECK(bench.after(5'000, TimerFired{}) == "kill everyone 9, arm 2000");
    }
    SUBCASE("stop_timeout 0 is the application's alone") {
        bench.policy.stop_timeout_ms = 0;
        bench.run();
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == "kill group 15 42, kill group 18 42, disarm");
        CHECK(bench.tell(Exited{0, 0}) == rest + ", arm 5000");
        CHECK(bench.after(5'000, TimerFired{}) == "kill everyone 9, arm 2000");
    }
    SUBCASE("no application is there") {
        CHECK(bench.tell(Signalled{sig_usr2, 0}) == rest + ", arm 5000");
        CHECK(bench.tell(NoChildren{}) == "disarm, end power off 0");
    }
}

TEST_CASE("a second request hurries, and its end wins") {
    Bench bench = machine();
    bench.run();
    bench.tell(Signalled{sig_int, 0});
    CHECK(bench.tell(EndWanted{EndAction::poweroff}) == "kill everyone 9, arm 2000");
    CHECK(bench.said(Say::hurried));
    CHECK(bench.tell(Signalled{sig_rtmin + 13, 0}) == "");  // a third only changes the end
    CHECK(bench.tell(NoChildren{}) == "disarm, end halt 0");
}

TEST_CASE("a stop while nothing runs tells the descendants") {
    Bench bench = container();
    SUBCASE("before the start") {}
    SUBCASE("while backing off") {
        bench.run();
        REQUIRE(bench.tell(Exited{3, 0}) == "kill group 9 42, arm 100");
    }
    const int code = bench.state.exit_code;
    CHECK(bench.tell(Signalled{sig_term, 0}) == rest + ", arm 10000");
    CHECK(bench.state.main_gone);
    CHECK(bench.tell(Start{}) == "");
    CHECK(bench.tell(NoChildren{}) == "disarm, end exit " + std::to_string(code));
}

TEST_CASE("a stop between fork and exec is remembered") {
    Bench bench = machine();
    REQUIRE(bench.tell(Start{}) == "spawn");
    CHECK(bench.tell(Signalled{sig_rtmin + 13, 0}) == "");
    CHECK(bench.tell(Signalled{sig_hup, 0}) == "");  // no reload any more
    SUBCASE("it started") {
        CHECK(bench.tell(Spawned{42}) == "kill group 15 42, kill group 18 42, arm 10000");
        CHECK(bench.tell(Exited{-1, 15}) == rest);
        CHECK(bench.tell(NoChildren{}) == "disarm, end halt 143");
    }
    SUBCASE("it did not") {
        CHECK(bench.tell(SpawnFailed{"exec", ENOENT}) == rest + ", arm 10000");
        CHECK(bench.tell(NoChildren{}) == "disarm, end halt 127");
    }
}

TEST_CASE("a configured container passes the application's status on") {
    struct Case {
        Exited exited;
        const char* end;
    };
    const Case cases[] = {{{0, 0}, "disarm, end exit 0"},
                          {{5, 0}, "disarm, end exit 5"},
                          {{-1, 15}, "disarm, end exit 143"},
                          {{77, 0}, "disarm, end exit 0"}};
    for (const Case& c : cases) {
        Bench bench = container();
        bench.policy.remap_to_zero.set(77);
        bench.run();
        bench.tell(Signalled{sig_int, 0});
        bench.tell(c.exited);
        CHECK(bench.tell(NoChildren{}) == c.end);
    }
}

TEST_CASE("forward_only: an end that was wanted ends with the application") {
    Bench bench = like_tini();
    bench.run();
    CHECK(bench.tell(EndWanted{EndAction::automatic}) == "kill group 15 42, kill group 18 42, arm 10000");
    CHECK(bench.tell(Exited{4, 0}) == "disarm, end exit 4");
}

TEST_CASE("reload, until the end has begun") {
    Bench bench = machine();
    bench.run();
    CHECK(bench.tell(Signalled{sig_hup, 1}) == "reload");
    bench.tell(Signalled{sig_int, 1});
    CHECK(bench.tell(Signalled{sig_hup, 1}) == "");
}
