// How the machine or zone is ended: uadmin's numbers, who is signalled, and what is said when it does not work.
#include <cerrno>
#include <doctest/doctest.h>

#include "plumb/platform.hpp"
#include "tests/illumos/recorder.hpp"

namespace {

using conf::EndAction;
using plumb::end_machine;
using recorder::kernel;
using Calls = std::vector<std::string>;

TEST_CASE("each end is one uadmin(A_SHUTDOWN), in the global zone and in others") {
    struct Row {
        EndAction action;
        const char* call;
        const char* name;
    };
    for (const Row& row :
         {Row{EndAction::halt, "uadmin(2, 0, 0)", "halt"}, Row{EndAction::reboot, "uadmin(2, 1, 0)", "reboot"},
          Row{EndAction::poweroff, "uadmin(2, 6, 0)", "power off"}}) {
        for (const int zone : {0, 3}) {
            CAPTURE(row.call);
            recorder::reset();
            kernel().zone = zone;
            kernel().failures["uadmin"] = EPERM;
            const plumb::Error error = end_machine(row.action);
            CHECK(kernel().calls == Calls{row.call});
            CHECK(to_text(error) ==
                  std::string(row.name) + (zone == 0 ? " the machine" : " the zone") +
                      ": Operation not permitted: needs the privilege sys_config, in a zone sys_admin");
        }
    }
}

TEST_CASE("an end that was granted and does not come is waited for and told") {
    recorder::reset();
    kernel().zone = 3;
    const plumb::Error error = end_machine(EndAction::poweroff);
    CHECK(kernel().calls == Calls{"uadmin(2, 6, 0)", "poll(0, 60000)"});
    CHECK(to_text(error) ==
          "power off the zone: asked for, but still running after 1m: end it from the global zone: "
          "zoneadm -z NAME halt");
}

TEST_CASE("what is no end of a machine calls nothing") {
    for (const EndAction action : {EndAction::automatic, EndAction::exit, EndAction::rescue}) {
        recorder::reset();
        CHECK(to_text(end_machine(action)) == "end the machine: this action does not end a machine");
        CHECK(kernel().calls.empty());
    }
}

TEST_CASE("file systems are synced in the global zone only") {
    recorder::reset();
    CHECK(plumb::leave_file_systems().empty());
    CHECK(kernel().calls == Calls{"sync()"});
    kernel().calls.clear();
    kernel().zone = 1;
    CHECK(plumb::leave_file_systems().empty());
    CHECK(kernel().calls.empty());
}

TEST_CASE("everyone is kill(-1) for PID 1 of the global zone") {
    recorder::reset();
    kernel().pid = 1;
    plumb::signal_everyone(15);
    CHECK(kernel().calls == Calls{"kill(-1, 15)"});
}

TEST_CASE("everyone is the contracts held, for any other: kill(-1) would hit the zone's init") {
    struct Row {
        int zone;
        int pid;
    };
    for (const Row& row : {Row{4, 1}, Row{4, 977}, Row{0, 977}}) {
        recorder::reset();
        kernel().zone = row.zone;
        kernel().pid = row.pid;
        kernel().held = {41};
        recorder::publish();
        plumb::signal_everyone(9);
        CHECK(kernel().calls == Calls{"sigsend(13, 41, 9)"});
    }
}

TEST_CASE("the power button is a signal here") {
    recorder::reset();
    const auto button = plumb::open_power_button();
    REQUIRE(button.has_error());
    CHECK(to_text(button.error()) == "listen to the power button: illumos sends SIGPWR to PID 1 instead");
    CHECK_FALSE(plumb::read_power_button(0));
}

}  // namespace
