// The supervisor's state machine: starting, restarting, signals.
#include <cerrno>
#include <doctest/doctest.h>

#include "init/signals.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace bench;
using conf::EndAction;

TEST_CASE("the application is started, and said to be") {
    Bench bench = machine();
    CHECK(bench.tell(Start{}) == "spawn");
    CHECK(bench.state.phase == Phase::starting);
    CHECK(bench.tell(Spawned{42}) == "");
    CHECK(bench.state.phase == Phase::running);
    CHECK(bench.state.app_pid == 42);
    REQUIRE(bench.notes.size() == 1);
    CHECK(bench.notes[0].say == Say::started);
    CHECK(bench.notes[0].a == 42);
}

TEST_CASE("back-off doubles up to its maximum and begins anew after a long run") {
    Bench bench = machine();
    bench.run();
    for (const char* delay : {"100", "200", "400", "800", "1600", "3200", "6400", "12800", "25600", "30000", "30000"}) {
        CHECK(bench.after(9'999, Exited{1, 0}) == std::string("kill group 9 42, arm ") + delay);
        CHECK(bench.notes[0].c == std::stoi(delay));
        CHECK(bench.notes[0].b == 9'999);
        CHECK(bench.after(30'000, TimerFired{}) == "spawn");
        CHECK(bench.tell(Spawned{42}) == "");
    }
    CHECK(bench.after(10'000, Exited{1, 0}) == "kill group 9 42, spawn");
    CHECK(bench.notes[0].c == 0);
    bench.tell(Spawned{43});
    CHECK(bench.tell(Exited{1, 0}) == "kill group 9 43, arm 100");
    CHECK(bench.state.restarts == 13);
}

TEST_CASE("back-off figures of every kind") {
    struct Case {
        std::uint32_t backoff, most;
        std::vector<std::uint32_t> delays;
    };
    const Case cases[] = {{100, 250, {100, 200, 250, 250}},
                          {500, 100, {100, 100, 100}},
                          {0, 30'000, {0, 0, 0}},
                          {4'000'000'000, 4'294'967'295, {4'000'000'000, 4'294'967'295, 4'294'967'295}}};
    for (const Case& c : cases) {
        Bench bench = machine();
        bench.policy.backoff_ms = c.backoff;
        bench.policy.max_backoff_ms = c.most;
        bench.run();
        for (std::uint32_t delay : c.delays) {
            const std::string then = delay == 0 ? "spawn" : "arm " + std::to_string(delay);
            CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, " + then);
            if (delay != 0) bench.tell(TimerFired{});
            bench.tell(Spawned{42});
        }
    }
}

TEST_CASE("restart: always, on_failure, never") {
    struct Case {
        conf::Restart restart;
        Exited exited;
        const char* expected;
    };
    const std::string success = rest + ", arm 10000";
    const Case cases[] = {{conf::Restart::always, {0, 0}, "again"},      {conf::Restart::always, {7, 0}, "again"},
                          {conf::Restart::on_failure, {0, 0}, "finish"}, {conf::Restart::on_failure, {3, 0}, "finish"},
                          {conf::Restart::on_failure, {7, 0}, "again"},  {conf::Restart::on_failure, {-1, 11}, "again"},
                          {conf::Restart::never, {0, 0}, "finish"},      {conf::Restart::never, {-1, 9}, "finish"}};
    for (const Case& c : cases) {
        Bench bench = machine();
        bench.policy.restart = c.restart;
        bench.policy.success_codes.set(3);
        bench.run();
        const bool again = std::string(c.expected) == "again";
        CHECK(bench.tell(c.exited) == (again ? "kill group 9 42, arm 100" : success));
        CHECK(bench.state.phase == (again ? Phase::backing_off : Phase::stopping));
    }
}

TEST_CASE("max_restarts within the window is the end, as a failure") {
    Bench bench = container();
    bench.policy.max_restarts = 2;
    bench.policy.restart_window_ms = 1'000;
    bench.policy.backoff_ms = 0;
    bench.run();
    auto dies = [&](std::uint64_t after) { return bench.after(after, Exited{0, 0}); };
    const std::string again = "kill group 9 42, spawn";
    CHECK(dies(0) == again);
    bench.tell(Spawned{42});
    CHECK(dies(999) == again);
    bench.tell(Spawned{42});
    CHECK(dies(1) == again);  // 1000 ms after the first: a new window
    bench.tell(Spawned{42});
    CHECK(dies(500) == again);
    bench.tell(Spawned{42});
    CHECK(dies(499) == rest + ", arm 10000");
    CHECK(bench.said(Say::too_many_restarts));
    CHECK(bench.tell(NoChildren{}) == "disarm, end exit 1");  // not the 0 of the application
}

TEST_CASE("a spawn that fails is handled by the same policy") {
    Bench bench = machine();
    REQUIRE(bench.tell(Start{}) == "spawn");
    CHECK(bench.tell(SpawnFailed{"exec", ENOENT}) == "arm 100");
    CHECK(bench.said(Say::spawn_failed));
    CHECK(bench.tell(TimerFired{}) == "spawn");
    CHECK(bench.tell(SpawnFailed{"fork", EAGAIN}) == "arm 200");
    CHECK(bench.notes[0].c == 200);
    CHECK(bench.tell(TimerFired{}) == "spawn");
    bench.policy.restart = conf::Restart::never;
    CHECK(bench.tell(SpawnFailed{"exec", EACCES}) == rest + ", arm 10000");
    CHECK(bench.tell(NoChildren{}) == "disarm, end power off 126");
}

TEST_CASE("a spawn that fails never spins") {
    Bench bench = machine();
    bench.policy.backoff_ms = 0;
    bench.policy.reset_after_ms = 0;
    bench.tell(Start{});
    CHECK(bench.tell(SpawnFailed{"exec", ENOENT}) == "arm 10");
}

TEST_CASE("a spawn that fails late is a failed spawn yet") {
    Bench bench = machine();
    bench.run();
    CHECK(bench.after(20'000, SpawnFailed{"stdout", EIO}) == "arm 100");
    CHECK(bench.state.app_pid == 0);
    bench.tell(TimerFired{});
    bench.tell(Spawned{44});
    bench.tell(EndWanted{EndAction::reboot});
    CHECK(bench.tell(SpawnFailed{"exec", ENOENT}) == rest);
    CHECK(bench.tell(NoChildren{}) == "disarm, end reboot 127");
}

TEST_CASE("forward_only: signals go on, rewritten, and the end is at once") {
    Bench bench = like_tini();
    bench.policy.rewrite[sig_term] = 3;
    bench.policy.rewrite[sig_hup] = 0;
    bench.run();
    CHECK(bench.tell(Signalled{sig_term, 9}) == "kill process 3 42");
    CHECK(bench.tell(Signalled{sig_hup, 9}) == "");
    CHECK(bench.tell(Signalled{sig_winch, 0}) == "kill process 28 42");
    CHECK(bench.tell(Signalled{64, 9}) == "kill process 64 42");
    for (int signal : {sig_chld, sig_ttin, sig_ttou, 0, -1, 65, 1000}) CHECK(bench.tell(Signalled{signal, 9}) == "");
    bench.policy.to_group = true;
    CHECK(bench.tell(Signalled{sig_usr1, 9}) == "kill group 10 42");
    CHECK(bench.tell(Exited{-1, 3}) == "end exit 131");
    CHECK(bench.state.phase == Phase::ended);
}

TEST_CASE("a signal that only goes on to the application needs no event") {
    Policy policy;
    policy.meaning[sig_hup] = policy.meaning[sig_usr1] = policy.meaning[sig_usr2] = Meaning::forward;
    policy.meaning[sig_term] = Meaning::stop;
    policy.rewrite[sig_hup] = sig_hup;
    policy.rewrite[sig_usr1] = sig_int;
    State state;
    CHECK_FALSE(passed_on(state, policy, sig_hup));  // nobody is there
    state.app_pid = 42;
    struct Row {
        std::int32_t signal;
        std::int32_t sent;  // 0: nothing
    };
    for (const Row& row : {Row{sig_hup, sig_hup},
                           {sig_usr1, sig_int},
                           {sig_usr2, 0},
                           {sig_term, 0},
                           {sig_chld, 0},
                           {0, 0},
                           {-1, 0},
                           {signal_count, 0}}) {
        CAPTURE(row.signal);
        const auto kill = passed_on(state, policy, row.signal);
        REQUIRE(kill.has_value() == (row.sent != 0));
        if (!kill) continue;
        CHECK(kill->target == Target::process);
        CHECK(kill->signal == row.sent);
        CHECK(kill->pid == 42);
    }
    policy.to_group = true;
    CHECK(passed_on(state, policy, sig_hup)->target == Target::group);
}

TEST_CASE("forward_only: exit codes of what cannot be started") {
    struct Case {
        SpawnFailed failed;
        const char* end;
    };
    const Case cases[] = {{{"exec", ENOENT}, "end exit 127"},   {{"exec", EACCES}, "end exit 126"},
                          {{"exec", ENOEXEC}, "end exit 126"},  {{"fork", EAGAIN}, "end exit 125"},
                          {{"setuid", ENOENT}, "end exit 125"}, {{nullptr, EIO}, "end exit 125"}};
    for (const Case& c : cases) {
        Bench bench = like_tini();
        bench.tell(Start{});
        CHECK(bench.tell(c.failed) == c.end);
    }
}

TEST_CASE("ignored signals are told where somebody meant something") {
    struct Case {
        int signal, sender;
        bool told;
    };
    const Case cases[] = {{3, 77, true},        {3, 0, false},         {sig_chld, 77, false}, {sig_winch, 77, false},
                          {sig_urg, 77, false}, {sig_rtmin, 77, true}, {64, 77, true}};
    for (const Case& c : cases) {
        Bench bench = machine();
        bench.run();
        CHECK(bench.tell(Signalled{c.signal, c.sender}) == "");
        CHECK(bench.said(Say::ignored_signal) == c.told);
    }
}

TEST_CASE("nothing is forwarded where nobody is") {
    Bench bench = container();
    CHECK(bench.tell(Signalled{sig_hup, 77}) == "");
    CHECK(bench.said(Say::ignored_signal));
    bench.run();
    CHECK(bench.tell(Signalled{sig_hup, 77}) == "kill process 1 42");
    bench.tell(Signalled{sig_term, 77});
    CHECK(bench.tell(Signalled{sig_hup, 77}) == "kill process 1 42");  // while it stops, too
    bench.tell(Exited{0, 0});
    CHECK(bench.tell(Signalled{sig_hup, 77}) == "");
}

TEST_CASE("a pid that is none is not believed") {
    for (int pid : {0, -1, -42}) {
        Bench bench = machine();
        bench.tell(Start{});
        CHECK(bench.tell(Spawned{pid}) == "");
        CHECK(bench.state.phase == Phase::starting);
    }
}
