// The supervisor where the application has a process contract, and the shim, which never exits.
#include <doctest/doctest.h>

#include "init/signals.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace bench;
using conf::EndAction;

namespace {

Bench running(Bench bench) {
    REQUIRE(bench.tell(Start{}) == "spawn");
    REQUIRE(bench.tell(Spawned{42, 7}) == "");
    REQUIRE(bench.state.contract == 7);
    return bench;
}

}  // namespace

TEST_CASE("contract: an application that leaves nobody behind ends as anywhere") {
    Bench bench = running(zone_init());
    CHECK(bench.tell(ContractEmpty{7}) == "");  // told before its Exited
    CHECK(bench.state.contract == 0);
    CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42, arm 100");
    CHECK(bench.said(Say::exited));
    CHECK(bench.tell(TimerFired{}) == "spawn");
    CHECK(bench.tell(Spawned{43, 8}) == "");
    CHECK(bench.state.contract == 8);
}

TEST_CASE("contract: exit 0 with members left is a daemon, supervised until the last is gone") {
    Bench bench = running(zone_init());
    CHECK(bench.tell(Exited{0, 0}) == "");
    CHECK(bench.said(Say::daemonised));
    CHECK(bench.state.phase == Phase::running);
    CHECK(bench.state.app_pid == 0);
    CHECK(bench.tell(ContractEmpty{6}) == "");  // somebody else's
    CHECK(bench.after(500, ContractEmpty{7}) == "arm 100");
    REQUIRE(bench.said(Say::vanished));
    CHECK(bench.notes[0].b == 500);
    CHECK(bench.state.exit_code == 1);
    CHECK(bench.state.phase == Phase::backing_off);
}

TEST_CASE("contract: how a daemon ended is not known, so it counts as a failure") {
    Bench bench = running(zone_init());
    bench.policy.restart = conf::Restart::on_failure;
    bench.tell(Exited{0, 0});
    CHECK(bench.tell(ContractEmpty{7}) == "arm 100");
    bench = running(zone_init());
    bench.policy.restart = conf::Restart::never;
    bench.policy.on_failure = EndAction::reboot;
    bench.tell(Exited{0, 0});
    CHECK(bench.tell(ContractEmpty{7}) == rest + ", arm 10000");
    CHECK(bench.tell(NoChildren{}) == "disarm, end reboot 1");
}

TEST_CASE("contract: a failure or a signal ends the application, and what is left of it is killed") {
    const Exited ends[] = {{1, 0}, {-1, 11, true}};
    for (const Exited& exited : ends) {
        Bench bench = running(zone_init());
        CHECK(bench.tell(exited) == "kill group 9 42 in 7, arm 100");
        CHECK(bench.state.contract == 0);
        CHECK(bench.tell(ContractEmpty{7}) == "");  // of the one that was killed
        CHECK(bench.state.phase == Phase::backing_off);
    }
}

TEST_CASE("contract: a stop goes to the contract and waits for it to be empty") {
    Bench bench = running(zone_init());
    CHECK(bench.tell(Signalled{sig_emt, 9}) == "kill group 15 42 in 7, kill group 18 42 in 7, arm 10000");
    CHECK(bench.tell(Exited{0, 0}) == rest);
    CHECK(bench.state.contract == 7);
    CHECK(bench.tell(ContractEmpty{7}) == "");
    CHECK(bench.state.contract == 0);
    CHECK(bench.tell(NoChildren{}) == "disarm, end power off 0");
}

TEST_CASE("contract: a daemon is stopped by its contract alone") {
    Bench bench = running(zone_init());
    bench.tell(Exited{0, 0});
    CHECK(bench.tell(Signalled{sig_fpe, 9}) == "kill group 15 0 in 7, kill group 18 0 in 7, arm 10000");
    CHECK(bench.state.main_gone == false);
    CHECK(bench.tell(ContractEmpty{7}) == rest);
    CHECK(bench.state.main_gone);
    CHECK(bench.tell(NoChildren{}) == "disarm, end reboot 1");
}

TEST_CASE("contract: of an application that ended for good the leftovers are waited for") {
    Bench bench = running(zone_init());
    bench.policy.restart = conf::Restart::never;
    CHECK(bench.tell(Exited{3, 0}) == rest + ", arm 10000");
    CHECK(bench.state.contract == 7);
    CHECK(bench.tell(ContractEmpty{7}) == "");
    CHECK(bench.state.exit_code == 3);  // of the application, not of its leftovers
    CHECK(bench.tell(NoChildren{}) == "disarm, end power off 3");
}

TEST_CASE("adopted: a child of ours ends with its status, a stranger with its contract") {
    Bench bench = zone_init();
    bench.state.started_ms = bench.now;
    adopt(bench.state, 7, 42);
    CHECK(bench.tell(Exited{1, 0}) == "kill group 9 42 in 7, arm 100");
    bench = shim();
    bench.state.started_ms = bench.now - 10'000;
    adopt(bench.state, 7, 0);
    CHECK(bench.tell(ContractEmpty{7}) == "spawn");  // since its start, which was under another image
    CHECK(bench.said(Say::vanished));
}

TEST_CASE("contract: a stop goes to it, and a daemon is gone once it is empty") {
    Bench bench = zone_init();
    bench.tell(Start{});
    bench.tell(Spawned{42, 7});
    SUBCASE("the first process is there") {
        CHECK(bench.tell(StopWanted{}) == "kill group 15 42 in 7, kill group 18 42 in 7, arm 10000");
        CHECK(bench.tell(Exited{0, 0}) == "kill group 9 42 in 7, disarm");
        CHECK(bench.tell(ContractEmpty{7}) == "");
    }
    SUBCASE("a daemon") {
        bench.tell(Exited{0, 0});
        CHECK(bench.state.last.kind == EndKind::none);
        CHECK(bench.tell(StopWanted{}) == "kill group 15 0 in 7, kill group 18 0 in 7, arm 10000");
        CHECK(bench.tell(ContractEmpty{7}) == "disarm");
        CHECK(last_exit_text(bench.state) == "stopped on request: ended with a status that is not known");
    }
    SUBCASE("a daemon whose watchdog is not told") {
        bench.tell(Exited{0, 0});
        CHECK(bench.tell(RestartWanted{Why::watchdog}) == "kill group 6 0 in 7, kill group 18 0 in 7, arm 10000");
        CHECK(bench.tell(ContractEmpty{7}) == "disarm, arm 100");
        return;
    }
    CHECK(bench.state.phase == Phase::down);
    CHECK(bench.state.contract == 0);
    CHECK(bench.tell(StartWanted{}) == "spawn");
}

TEST_CASE("the shim's SIGTERM stops the application alone, and the end is to stay") {
    Bench bench = running(shim());
    CHECK(bench.tell(Signalled{sig_term, 9}) == "kill group 15 42 in 7, kill group 18 42 in 7, arm 10000");
    REQUIRE(bench.said(Say::stop_requested));
    CHECK(sentence(bench.notes[0], "x") == "SIGTERM: asked to stay; stopping the application");
    CHECK(bench.tell(Exited{0, 0}) == "kill group 15 0 in 7, kill group 18 0 in 7");
    CHECK(bench.tell(TimerFired{}) == "kill group 9 0 in 7, arm 2000");
    CHECK(bench.tell(ContractEmpty{7}) == "");
    CHECK(bench.tell(NoChildren{}) == "disarm, end exit 0");
}

TEST_CASE("the shim's power off stops everybody") {
    Bench bench = running(shim());
    bench.tell(Signalled{sig_pwr, 9});
    CHECK(bench.tell(Exited{0, 0}) == rest);
    bench.tell(ContractEmpty{7});
    CHECK(bench.tell(NoChildren{}) == "disarm, end power off 0");
}

TEST_CASE("a zone that is being halted: no restart, and its SIGTERM does not hurry") {
    Bench bench = running(shim());
    CHECK(bench.tell(ZoneHalting{}) == "kill group 15 42 in 7, kill group 18 42 in 7, arm 10000");
    CHECK(bench.said(Say::zone_halting));
    CHECK(bench.tell(Signalled{sig_term, 9}) == "");
    CHECK(bench.tell(ZoneHalting{}) == "");
    CHECK(bench.tell(Exited{-1, 15}) == "kill group 15 0 in 7, kill group 18 0 in 7");
    bench.tell(ContractEmpty{7});
    CHECK(bench.tell(NoChildren{}) == "disarm, end exit 143");
    bench = running(shim());
    bench.tell(ContractEmpty{7});
    bench.tell(Exited{1, 0});
    REQUIRE(bench.state.phase == Phase::backing_off);
    CHECK(bench.tell(ZoneHalting{}) == "arm 10000");
    CHECK(bench.tell(NoChildren{}) == "disarm, end exit 1");
}

TEST_CASE("run levels that mean nothing are ignored, and said to be") {
    for (const int signal : {sig_quit, sig_ill, sig_trap, sig_abrt, sig_bus, sig_segv, sig_sys, sig_pipe}) {
        Bench bench = running(zone_init());
        CHECK(bench.tell(Signalled{signal, 9}) == "");
        REQUIRE(bench.said(Say::ignored_level));
        CHECK(sentence(bench.notes[0], "x").find(std::string("run level ") + run_level_of(signal)) !=
              std::string::npos);
        CHECK(bench.tell(Signalled{signal, 0}) == "");  // the kernel's, such as SIGPIPE
        CHECK(bench.notes.empty());
    }
    CHECK(std::string(run_level_of(sig_quit)) == "1");
    CHECK(std::string(run_level_of(sig_pipe)) == "c");
    CHECK(std::string(run_level_of(sig_term)).empty());
}
