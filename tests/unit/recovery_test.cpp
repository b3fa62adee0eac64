// What follows from the record and the contracts that a predecessor on illumos has left.
#include <doctest/doctest.h>

#include "init/state_file.hpp"
#include "tests/unit/recorded.hpp"

using namespace init;
using bench::some_record;
using plumb::HeldContract;

namespace {

constexpr HeldContract application(std::int32_t id) {
    return {id, plumb::cookie_application};
}
constexpr HeldContract helper(std::int32_t id) {
    return {id, plumb::cookie_helper};
}

}  // namespace

TEST_CASE("recovery: a fresh boot") {
    const Recovery found = recover(nullptr, {}, 100);
    CHECK_FALSE(found.plan_done);
    CHECK_FALSE(found.goes_on);
    CHECK(found.state.phase == Phase::idle);
    CHECK_FALSE(found.end);
    CHECK(found.old.empty());
}

TEST_CASE("recovery: the application runs on, and all is as it was") {
    Record record = some_record();
    const Recovery again = recover(&record, {helper(3), application(7)}, 100);
    CHECK(again.plan_done);
    CHECK(again.goes_on);
    CHECK(record.state.phase == Phase::running);
    CHECK(record.state.contract == 7);
    CHECK(record.state.app_pid == 42);  // executed again in place: still our child
    CHECK(record.state.restarts == 3);
    CHECK(record.state.next_backoff_ms == 400);
    CHECK(again.old.empty());
}

TEST_CASE("recovery: another process has no children of the one before it") {
    Record record = some_record();
    record.hooking = {.active = true, .at = 2, .pid = 50, .cut_off = 51};
    record.caring.probe = 52;
    record.capturing.processes[0].pid = 53;
    record.supervising.former_pid = 54;
    const Recovery shim = recover(&record, {application(7)}, 101);
    CHECK(shim.goes_on);
    CHECK(record.state.phase == Phase::running);
    CHECK(record.state.app_pid == 0);
    CHECK(record.hooking.active);  // it is run again
    CHECK(record.hooking.at == 2);
    for (const std::int32_t pid :
         {record.hooking.pid, record.hooking.cut_off, record.caring.probe, record.supervising.former_pid})
        CHECK(pid == 0);
    CHECK(record.capturing.processes[0].pid == -1);
}

TEST_CASE("recovery: the application has ended meanwhile") {
    // Its contract is empty, which is going to be told.
    Record record = some_record();
    CHECK(recover(&record, {helper(3), {7, plumb::cookie_application, true}}, 100).goes_on);
    CHECK(record.state.contract == 7);
    CHECK(record.state.app_pid == 42);
    // That had been told, and the contract given up.
    record = some_record();
    CHECK(recover(&record, {helper(3)}, 100).goes_on);
    CHECK(record.state.contract == 0);
    CHECK(record.state.app_pid == 42);  // to be reaped, or missed
    CHECK(record.state.phase == Phase::running);
}

TEST_CASE("recovery: whatever was under way goes on") {
    for (const Phase phase : {Phase::preparing, Phase::quitting, Phase::cleaning, Phase::backing_off, Phase::down,
                              Phase::stopping, Phase::killing}) {
        Record record = some_record();
        record.state.phase = phase;
        record.state.next = Next::down;
        record.state.hooks_run = true;
        record.state.zone_halting = true;  // which is looked for again
        record.supervising.timer_ms = 5000;
        CHECK(recover(&record, {application(7)}, 100).goes_on);
        CHECK(record.state.phase == phase);
        CHECK(record.state.next == Next::down);
        CHECK(record.state.hooks_run);
        CHECK_FALSE(record.state.zone_halting);
        CHECK(record.supervising.timer_ms == 5000);
    }
}

TEST_CASE("recovery: it died before the plan was done, or begins anew") {
    Record record = some_record();
    record.course.plan_done = 0;
    const Recovery booting = recover(&record, {helper(3)}, 100);
    CHECK_FALSE(booting.plan_done);
    CHECK_FALSE(booting.goes_on);
    CHECK(booting.state.phase == Phase::idle);
    record = some_record();
    record.state.phase = Phase::idle;
    const Recovery anew = recover(&record, {helper(3)}, 100);
    CHECK(anew.plan_done);
    CHECK_FALSE(anew.goes_on);
}

TEST_CASE("recovery: an application of which nothing is on record is taken by its contract") {
    const Recovery unrecorded = recover(nullptr, {application(9)}, 100);
    CHECK(unrecorded.plan_done);
    CHECK(unrecorded.state.phase == Phase::running);
    CHECK(unrecorded.state.contract == 9);
    CHECK(unrecorded.state.app_pid == 0);
    // It was being started when we died.
    Record record = some_record();
    record.state.contract = record.state.app_pid = 0;
    record.state.phase = Phase::starting;
    record.supervising.action_count = 1;
    CHECK(recover(&record, {application(9)}, 100).goes_on);
    CHECK(record.state.phase == Phase::running);
    CHECK(record.state.contract == 9);
    CHECK(record.supervising.action_count == 0);  // not a second time
}

TEST_CASE("recovery: leftovers of an earlier application are given up, in whatever order they are found") {
    for (const auto& held :
         {std::vector{application(5), application(7)}, std::vector{application(7), application(5)}}) {
        Record record = some_record();
        const Recovery found = recover(&record, held, 100);
        CHECK(record.state.contract == 7);
        CHECK(found.old == std::vector<plumb::ContractId>{5});
    }
    Record record = some_record();
    record.state.phase = Phase::backing_off;
    record.state.contract = record.state.app_pid = 0;
    const Recovery found = recover(&record, {application(5)}, 100);
    CHECK(record.state.phase == Phase::backing_off);
    CHECK(record.state.contract == 0);
    CHECK(found.old == std::vector<plumb::ContractId>{5});
}
