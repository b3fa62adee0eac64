// The signal tables, the policy and the exit codes.
#include <algorithm>
#include <cerrno>
#include <doctest/doctest.h>
#include <set>

#include "init/signals.hpp"
#include "init/supervisor.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace init;
using conf::EndAction;
using conf::Role;

namespace {

std::set<int> with(const std::array<Meaning, signal_count>& table, Meaning meaning) {
    std::set<int> found;
    for (int signal = 1; signal < signal_count; ++signal) {
        if (table[static_cast<std::size_t>(signal)] == meaning) found.insert(signal);
    }
    return found;
}

using Set = std::set<int>;
using bench::illumos_by;
using bench::linux_as;

}  // namespace

TEST_CASE("a machine's signals") {
    const auto table = meanings(linux_as(Role::machine), false);
    CHECK(with(table, Meaning::reboot) == Set{2, 15, 39});
    CHECK(with(table, Meaning::poweroff) == Set{12, 30, 37, 38});
    CHECK(with(table, Meaning::halt) == Set{47});
    CHECK(with(table, Meaning::control) == Set{10});
    CHECK(with(table, Meaning::reload) == Set{1});
    CHECK(with(table, Meaning::forward) == Set{});
    CHECK(with(table, Meaning::stop) == Set{});
}

TEST_CASE("illumos: the signals of an init, and of the shim") {
    using plumb::Start;
    for (const Start start : {Start::kernel, Start::zone_init, Start::shim}) {
        const auto table = meanings(illumos_by(start), false);
        CHECK(with(table, Meaning::halt) == Set{sig_int});
        CHECK(with(table, Meaning::poweroff) == Set{sig_pwr, sig_emt});
        CHECK(with(table, Meaning::reboot) == Set{sig_fpe});
        CHECK(with(table, Meaning::reload) == Set{sig_hup});
        CHECK(with(table, Meaning::run_level) ==
              Set{sig_quit, sig_ill, sig_trap, sig_abrt, sig_bus, sig_segv, sig_pipe, sig_sys});
        CHECK(with(table, Meaning::stop) == (start == Start::shim ? Set{sig_term} : Set{}));
        CHECK(with(table, Meaning::forward) == Set{});
    }
}

TEST_CASE("illumos: a container forwards SIGEMT, too") {
    plumb::Facts facts = illumos_by(plumb::Start::program);
    facts.role = Role::container;
    CHECK(with(meanings(facts, true), Meaning::forward).size() == 64 - 5 + 1);
    CHECK(with(meanings(facts, false), Meaning::forward).contains(sig_emt));
}

TEST_CASE("illumos: the signal table in words") {
    using Rows = std::vector<std::pair<std::string, std::string>>;
    CHECK(signal_table(make_policy({}, illumos_by(plumb::Start::shim), false)) ==
          Rows{{"SIGHUP", "read the configuration again"},
               {"SIGINT", "stop the application, then halt"},
               {"SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGSEGV SIGPIPE SIGSYS",
                "ignored: it asks init for a run level (1 to 4, s, a, b, c), and there are none here"},
               {"SIGFPE", "stop the application, then reboot"},
               {"SIGTERM", "stop the application, then stay: SIGHUP starts it again"},
               {"SIGPWR SIGEMT", "stop the application, then power off"},
               {"all others", "ignored"}});
}

TEST_CASE("a configured container's signals") {
    const auto table = meanings(linux_as(Role::container), false);
    CHECK(with(table, Meaning::stop) == Set{2, 15, 30, 37, 38, 39});
    CHECK(with(table, Meaning::ignore) == Set{9, 17, 19, 21, 22, sig_emt});
    CHECK(with(table, Meaning::forward).size() == 64 - 6 - 5);
}

TEST_CASE("forward_only forwards all that can be") {
    for (Role role : {Role::container, Role::machine}) {
        const auto table = meanings(linux_as(role), true);
        CHECK(with(table, Meaning::ignore) == Set{9, 17, 19, 21, 22, sig_emt});
        CHECK(with(table, Meaning::forward).size() == 64 - 5);
    }
}

TEST_CASE("the policy is the configuration's") {
    conf::Config config;
    config.app.restart = conf::Restart::on_failure;
    config.app.backoff = conf::Milliseconds(1);
    config.app.max_backoff = conf::Milliseconds(2);
    config.app.reset_after = conf::Milliseconds(3);
    config.app.max_restarts = 4;
    config.app.restart_window = conf::Milliseconds(5);
    config.app.stop_timeout = std::chrono::hours(10'000);
    config.app.stop_signal = 3;
    config.app.success_exit_codes = {1, 143, 256, -1};
    config.hooks.emplace_back().when = conf::When::after_stop;
    config.ready.timeout = conf::Milliseconds(6);
    config.watchdog.app = conf::Milliseconds(7);
    config.health.failures = 8;
    const Policy policy = make_policy(config, linux_as(Role::machine), false);
    CHECK(policy.restart == conf::Restart::on_failure);
    CHECK(policy.backoff_ms == 1);
    CHECK(policy.max_backoff_ms == 2);
    CHECK(policy.reset_after_ms == 3);
    CHECK(policy.max_restarts == 4);
    CHECK(policy.restart_window_ms == 5);
    CHECK(policy.stop_timeout_ms == UINT32_MAX);  // 49 days: as good as ever
    CHECK(policy.stop_signal == 3);
    CHECK(policy.hooks == std::array<bool, 3>{false, false, true});
    CHECK(policy.ready_ms == 6);
    CHECK(policy.watchdog_ms == 7);
    CHECK(policy.health_failures == 8);
    CHECK(policy.success_codes.count() == 2);
    CHECK(policy.success_codes[143]);
    CHECK_FALSE(policy.success_codes[0]);
    for (std::size_t i = 0; i < signal_count; ++i) CHECK(policy.rewrite[i] == i);
}

TEST_CASE("the defaults of the policy are the configuration's defaults") {
    const Policy made = make_policy({}, linux_as(Role::machine), false);
    const Policy plain;
    CHECK(made.restart == plain.restart);
    CHECK(made.backoff_ms == plain.backoff_ms);
    CHECK(made.max_backoff_ms == plain.max_backoff_ms);
    CHECK(made.reset_after_ms == plain.reset_after_ms);
    CHECK(made.restart_window_ms == plain.restart_window_ms);
    CHECK(made.stop_timeout_ms == plain.stop_timeout_ms);
    CHECK(made.success_codes == plain.success_codes);
}

TEST_CASE("the ends by role") {
    struct Case {
        Role role;
        EndAction success, failure;
        bool rescue;
        EndAction on_success, on_failure;
    };
    constexpr auto open = EndAction::automatic;
    const Case cases[] = {
        {Role::machine, open, open, false, EndAction::poweroff, EndAction::poweroff},
        {Role::container, open, open, false, EndAction::exit, EndAction::exit},
        {Role::container, open, open, true, EndAction::exit, EndAction::exit},
        {Role::machine, open, open, true, EndAction::poweroff, EndAction::rescue},
        {Role::machine, open, EndAction::reboot, true, EndAction::poweroff, EndAction::reboot},
        {Role::machine, EndAction::halt, open, false, EndAction::halt, EndAction::poweroff},
    };
    for (const Case& c : cases) {
        conf::Config config;
        config.end.success = c.success;
        config.end.failure = c.failure;
        config.rescue.on_app_failure = c.rescue;
        const Policy policy = make_policy(config, linux_as(c.role), false);
        CHECK(policy.on_success == c.on_success);
        CHECK(policy.on_failure == c.on_failure);
    }
}

TEST_CASE("forward_only never restarts and always exits") {
    conf::Config config;
    config.end.failure = EndAction::reboot;
    const Policy policy = make_policy(config, linux_as(Role::container), true);
    CHECK(policy.restart == conf::Restart::never);
    CHECK(policy.on_success == EndAction::exit);
    CHECK(policy.on_failure == EndAction::exit);
}

TEST_CASE("exit codes are passed on, by signal as 128 + n, and remapped") {
    Policy policy;
    for (int code = 0; code < 256; ++code) CHECK(exit_code_for(policy, Exited{code, 0}) == code);
    for (int signal = 1; signal <= 64; ++signal) CHECK(exit_code_for(policy, Exited{-1, signal}) == 128 + signal);
    policy.remap_to_zero.set(143);
    policy.remap_to_zero.set(5);
    CHECK(exit_code_for(policy, Exited{5, 0}) == 0);
    CHECK(exit_code_for(policy, Exited{-1, 15}) == 0);
    CHECK(exit_code_for(policy, Exited{6, 0}) == 6);
}

TEST_CASE("the signal table in words") {
    using Rows = std::vector<std::pair<std::string, std::string>>;
    CHECK(signal_table(make_policy({}, linux_as(Role::machine), false)) ==
          Rows{{"SIGHUP", "read the configuration again"},
               {"SIGINT SIGTERM SIGRTMIN+5", "stop the application, then reboot"},
               {"SIGUSR1", "make the control socket anew where it was deleted, else as SIGRTMIN+13"},
               {"SIGUSR2 SIGPWR SIGRTMIN+3 SIGRTMIN+4", "stop the application, then power off"},
               {"SIGRTMIN+13", "stop the application, then halt"},
               {"all others", "ignored"}});
    CHECK(signal_table(make_policy({}, linux_as(Role::container), false)) ==
          Rows{{"SIGINT SIGTERM SIGPWR SIGRTMIN+3 SIGRTMIN+4 SIGRTMIN+5",
                "stop the application, then exit with its status"},
               {"all others", "forwarded to the application"},
               {"SIGCHLD SIGTTIN SIGTTOU", "ignored"}});
}

TEST_CASE("the signal table of forward_only names what is rewritten") {
    Policy policy = make_policy({}, linux_as(Role::container), true);
    policy.to_group = true;
    policy.rewrite[sig_term] = 3;
    policy.rewrite[sig_hup] = 0;
    using Rows = std::vector<std::pair<std::string, std::string>>;
    CHECK(signal_table(policy) == Rows{{"SIGHUP", "dropped"},
                                       {"SIGTERM", "forwarded to the application's process group as SIGQUIT"},
                                       {"all others", "forwarded to the application's process group"},
                                       {"SIGCHLD SIGTTIN SIGTTOU", "ignored"}});
}
