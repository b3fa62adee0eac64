// Process contracts: the terms, bit by bit, the events, and those that a predecessor left.
#include "plumb/contracts.hpp"

#include <cerrno>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/illumos/recorder.hpp"

namespace {

using recorder::calls_of;
using recorder::kernel;
using Calls = std::vector<std::string>;

const Calls terms{"ct_tmpl_set_critical(template, 1)",        "ct_tmpl_set_informative(template, 0)",
                  "ct_pr_tmpl_set_fatal(template, 32)",       "ct_pr_tmpl_set_param(template, 1)",
                  "ct_tmpl_set_cookie(template, 1836449793)", "ct_tmpl_activate(template)"};

void fresh() {
    plumb::close_contract_template();
    recorder::reset();
    recorder::publish();
}

TEST_CASE("a contract's terms: critical EMPTY, informative none, fatal HWERR, INHERIT, the cookie; then active") {
    fresh();
    REQUIRE(plumb::open_contract(plumb::cookie_application).has_value());
    CHECK(kernel().calls == terms);
    kernel().calls.clear();
    errno = EDOM;
    plumb::close_contract_template();
    CHECK(errno == EDOM);
    CHECK(kernel().calls == Calls{"ct_tmpl_clear(template)"});
    plumb::close_contract_template();
    CHECK(kernel().calls.size() == 1);
}

TEST_CASE("whichever call for the terms fails, nothing is active and the errno is told") {
    for (const std::string& term : terms) {
        fresh();
        const std::string name = term.substr(0, term.find('('));
        CAPTURE(name);
        kernel().failures[name] = EPERM;
        errno = EIO;  // libcontract returns its error and leaves errno as it was
        const auto failed = plumb::open_contract(plumb::cookie_application);
        REQUIRE(failed.has_error());
        CHECK(to_text(failed.error()) == "open contract /system/contract/process/template: Operation not permitted");
        CHECK(kernel().calls.back() == term);
        kernel().calls.clear();
        plumb::close_contract_template();
        CHECK(kernel().calls.empty());
    }
}

TEST_CASE("without /system/contract there are none, and it is said") {
    fresh();
    CHECK(plumb::have_contracts());
    recorder::reset();
    CHECK_FALSE(plumb::have_contracts());
    CHECK(to_text(plumb::open_contract(1).error()) ==
          "open contract /system/contract/process/template: No such file or directory: is /system/contract mounted?");
    CHECK(to_text(plumb::open_contract_events().error()) ==
          "open /system/contract/process/pbundle: No such file or directory: is /system/contract mounted?");
    CHECK(plumb::latest_contract() == 0);
    CHECK(plumb::find_contracts().empty());
}

TEST_CASE("the template is not handed on to programs") {
    fresh();
    const int before = ::dup(STDERR_FILENO);
    ::close(before);
    REQUIRE(plumb::open_contract(1).has_value());
    CHECK(::fcntl(before, F_GETFD) == FD_CLOEXEC);
    plumb::close_contract_template();
    CHECK(::fcntl(before, F_GETFD) == -1);
}

TEST_CASE("the latest contract is read with the least detail") {
    fresh();
    REQUIRE(plumb::open_contract(plumb::cookie_application).has_value());
    kernel().calls.clear();
    kernel().latest = 77;
    CHECK(plumb::latest_contract() == 77);
    CHECK(kernel().calls == Calls{"ct_status_read(latest, 0)"});
    kernel().failures["ct_status_read"] = ESRCH;
    CHECK(plumb::latest_contract() == 0);
}

TEST_CASE("a fork without a template of its own began no contract, whatever an earlier fork's is") {
    fresh();
    kernel().latest = 77;
    CHECK(plumb::latest_contract() == 0);
    kernel().failures["ct_tmpl_activate"] = EPERM;
    CHECK(plumb::open_contract(plumb::cookie_application).has_error());
    CHECK(plumb::latest_contract() == 0);
}

TEST_CASE("the bundle of events does not block, is closed over exec, and begins with the oldest") {
    fresh();
    const auto events = plumb::open_contract_events();
    REQUIRE(events.has_value());
    CHECK((::fcntl(*events, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(::fcntl(*events, F_GETFD) == FD_CLOEXEC);
    CHECK(kernel().calls == Calls{"ct_event_reset(pbundle)"});
    ::close(*events);
}

TEST_CASE("events: an empty contract is acknowledged and abandoned, another critical one only acknowledged") {
    constexpr unsigned empty = 0x1, core = 0x8, acknowledged = 0x1, informative = 0x2;
    struct Row {
        recorder::Event event;
        bool is_empty;
        Calls after;
    };
    for (const Row& row :
         {Row{{9, empty, 0, 500}, true, {"ct_event_read()", "ct_ctl_ack(9/ctl, 500)", "ct_ctl_abandon(9/ctl)"}},
          Row{{9, empty, acknowledged, 500}, true, {"ct_event_read()", "ct_ctl_abandon(9/ctl)"}},
          Row{{9, core, 0, 501}, false, {"ct_event_read()", "ct_ctl_ack(9/ctl, 501)"}},
          Row{{9, core, informative, 502}, false, {"ct_event_read()"}},
          Row{{10, empty, 0, 503}, true, {"ct_event_read()"}}}) {  // gone already: no control file
        fresh();
        kernel().cookies[9] = 1;
        recorder::publish();
        kernel().events.push_back(row.event);
        const plumb::ContractEvent event = plumb::read_contract_event(0);
        CHECK(event.id == row.event.contract);
        CHECK(event.empty == row.is_empty);
        CHECK(kernel().calls == row.after);
        CHECK(plumb::read_contract_event(0).id == 0);
    }
}

TEST_CASE("a contract is signalled as a whole, by the platform's number") {
    fresh();
    CHECK(plumb::signal_contract(42, 15) == 0);
    CHECK(plumb::signal_contract(42, 65) == 0);  // SIGEMT, which is 64 in this build
    CHECK(kernel().calls == Calls{"sigsend(13, 42, 15)", "sigsend(13, 42, 64)"});
    kernel().failures["sigsend"] = ESRCH;
    CHECK(plumb::signal_contract(42, 9) == ESRCH);
}

TEST_CASE("abandoning writes to the contract's control file") {
    fresh();
    kernel().cookies[5] = 0;
    recorder::publish();
    plumb::abandon_contract(5);
    plumb::abandon_contract(6);
    CHECK(kernel().calls == Calls{"ct_ctl_abandon(5/ctl)"});
}

TEST_CASE("after a new start in place the contracts held are found with their cookies") {
    fresh();
    kernel().cookies = {{5, plumb::cookie_application}, {8, plumb::cookie_helper}};
    kernel().held = {5, 8};
    recorder::publish();
    auto found = plumb::find_contracts();
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == 5);
    CHECK(found[0].cookie == plumb::cookie_application);
    CHECK(found[1].id == 8);
    CHECK(found[1].cookie == plumb::cookie_helper);
    CHECK(calls_of("ct_ctl_adopt").empty());
}

TEST_CASE("a dead predecessor's contracts are read from our own contract and adopted") {
    fresh();
    kernel().own_contract = 30;
    kernel().cookies = {{30, 1}, {21, plumb::cookie_application}};
    kernel().inherited = {21};
    recorder::publish();
    const auto found = plumb::find_contracts();
    REQUIRE(found.size() == 1);
    CHECK(found.front().id == 21);
    CHECK(found.front().cookie == plumb::cookie_application);
    CHECK_FALSE(found.front().empty);
    CHECK(kernel().calls == Calls{"ct_status_read(30/status, 2)", "ct_pr_status_get_contracts()",
                                  "ct_ctl_adopt(21/ctl)", "ct_status_read(21/status, 0)", "sigsend(13, 21, 0)"});
    kernel().failures["sigsend"] = ESRCH;
    CHECK(plumb::find_contracts().front().empty);
}

TEST_CASE("what cannot be adopted is not ours") {
    for (const char* const name : {"ct_ctl_adopt", "ct_pr_status_get_contracts", "ct_status_read"}) {
        fresh();
        kernel().own_contract = 30;
        kernel().cookies = {{30, 1}, {21, plumb::cookie_application}};
        kernel().inherited = {21};
        kernel().failures[name] = EINVAL;
        recorder::publish();
        CHECK(plumb::find_contracts().empty());
    }
}

}  // namespace
