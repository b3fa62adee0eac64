// The supervisor's state machine: what each event leads to, with a clock that is a number.
#include "init/supervisor.hpp"

#include <cerrno>
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "init/signals.hpp"

using namespace init;
using conf::EndAction;

namespace {

std::string target_name(Target target) {
    return target == Target::process ? "process" : target == Target::group ? "group" : "everyone";
}

// "spawn", "kill group 15 42", "arm 100", "disarm", "reload", "end exit 3": notes have their own test.
std::string words(const Action& action) {
    if (std::holds_alternative<Spawn>(action)) return "spawn";
    if (std::holds_alternative<Disarm>(action)) return "disarm";
    if (std::holds_alternative<Reload>(action)) return "reload";
    if (auto* arm = std::get_if<Arm>(&action)) return "arm " + std::to_string(arm->ms);
    if (auto* kill = std::get_if<Kill>(&action)) {
        const std::string pid = kill->target == Target::everyone ? "" : " " + std::to_string(kill->pid);
        return "kill " + target_name(kill->target) + " " + std::to_string(kill->signal) + pid;
    }
    if (auto* end = std::get_if<End>(&action)) {
        return std::string("end ") + end_words(end->action) + " " + std::to_string(end->exit_code);
    }
    return "";
}

// A supervisor with a clock, to be told events in turn.
struct Bench {
    Policy policy;
    State state{};
    std::uint64_t now = 1'000'000;
    std::vector<Note> notes{};

    std::string tell(const Event& event) {
        std::string out;
        notes.clear();
        for (const Action& action : step(state, policy, event, now)) {
            if (auto* note = std::get_if<Note>(&action)) notes.push_back(*note);
            const std::string text = words(action);
            if (!text.empty()) out += (out.empty() ? "" : ", ") + text;
        }
        return out;
    }
    std::string after(std::uint64_t ms, const Event& event) {
        now += ms;
        return tell(event);
    }
    void run(std::int32_t pid = 42) {
        REQUIRE(tell(Start{}) == "spawn");
        REQUIRE(tell(Spawned{pid}) == "");
    }
    bool said(Say say) const {
        for (const Note& note : notes) {
            if (note.say == say) return true;
        }
        return false;
    }
};

Bench machine() {
    return {make_policy({}, conf::Role::machine, false)};
}
Bench container() {
    return {make_policy({}, conf::Role::container, false)};
}
Bench like_tini() {
    return {make_policy({}, conf::Role::container, true)};
}

const std::string rest = "kill everyone 15, kill everyone 18";

}  // namespace

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

TEST_CASE("stop_timeout 0 waits for ever") {
    Bench bench = machine();
    bench.policy.stop_timeout_ms = 0;
    bench.run();
    CHECK(bench.tell(EndWanted{EndAction::halt}) == "kill group 15 42, kill group 18 42, disarm");
    CHECK(bench.tell(TimerFired{}) == "");  // late, of an earlier timer
    CHECK(bench.state.phase == Phase::stopping);
    CHECK(bench.tell(NoChildren{}) == "disarm, end halt 0");
}

TEST_CASE("a second request hurries, and its end wins") {
    Bench bench = machine();
    bench.run();
    bench.tell(Signalled{sig_int, 0});
    CHECK(bench.tell(EndWanted{EndAction::poweroff}) == "kill everyone 9, arm 2000");
    CHECK(bench.said(Say::hurried));
    CHECK(bench.tell(Signalled{sig_usr1, 0}) == "");  // a third only changes the end
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
    CHECK(bench.tell(Signalled{sig_usr1, 0}) == "");
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
