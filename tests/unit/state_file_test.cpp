// What a mvinit that is started again finds: the state file, and what follows from it.
#include "init/state_file.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <span>
#include <sys/wait.h>
#include <unistd.h>

#include "namespaces.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace init;
using conf::EndAction;
using plumb::HeldContract;

namespace {

Record some_record() {
    Record record;
    record.course.pid = 100;
    record.course.plan_done = 1;
    record.state.phase = Phase::running;
    record.state.app_pid = 42;
    record.state.contract = 7;
    record.state.restarts = 3;
    record.state.next_backoff_ms = 400;
    record.state.started_ms = 123'456;
    return record;
}

constexpr HeldContract application(std::int32_t id) {
    return {id, plumb::cookie_application};
}
constexpr HeldContract helper(std::int32_t id) {
    return {id, plumb::cookie_helper};
}

}  // namespace

TEST_CASE("state file: where it is kept") {
    using plumb::Start;
    for (const Start start : {Start::kernel, Start::zone_init, Start::shim})
        CHECK(state_file_path(bench::illumos_by(start)) == "/etc/svc/volatile/mvinit/state");
    CHECK(state_file_path(bench::illumos_by(Start::program)).empty());
    CHECK(state_file_path(bench::linux_as(conf::Role::machine)).empty());
}

TEST_CASE("state file: the commands that were run are known to the next mvinit, as many as there is room for") {
    const ScratchDirectory scratch;
    const std::string path = scratch / "mvinit.state";
    const std::size_t most = Steps{}.marks.size();
    const auto number = [](std::size_t n) { return step_mark("/sbin/route add " + std::to_string(n)); };
    {
        StateFile first;
        CHECK_FALSE(first.open(path));
        for (std::size_t n = 0; n <= most; ++n) first.mark(number(n));
        CHECK(first.is_marked(number(0)));
    }
    StateFile second;
    CHECK(second.open(path));
    for (std::size_t n = 0; n < most; ++n) CHECK(second.is_marked(number(n)));
    CHECK_FALSE(second.is_marked(number(most)));
    CHECK_FALSE(StateFile{}.is_marked(0));
    CHECK(step_mark("a b") != step_mark("a c"));
}

TEST_CASE("state file: what is not good is not taken, and why is said") {
    const ScratchDirectory scratch;
    const std::string path = scratch / "mvinit.state";
    {
        StateFile file;
        file.open(path);
        file.record() = some_record();
        file.save();
        file.save();
    }
    std::string good;
    {
        std::ifstream in(path, std::ios::binary);
        good.assign(std::istreambuf_iterator<char>(in), {});
    }
    REQUIRE(good.size() == sizeof(StateMemory));
    const auto read = [](const std::string& bytes, Record& record) {
        return read_state(std::as_bytes(std::span(bytes)), record);
    };
    const auto changed = [&](std::initializer_list<std::size_t> places) {
        std::string bytes = good;
        for (const std::size_t at : places) bytes[at] = static_cast<char>(bytes[at] ^ 1);
        return bytes;
    };
    const std::size_t first = offsetof(StateMemory, slots);
    const std::size_t second = first + sizeof(Slot);
    Record record;
    CHECK(read(good, record).good);
    CHECK(record.course.pid == 100);
    CHECK(record.state.contract == 7);
    CHECK(record.state.started_ms == 123'456);
    // One of the two copies is enough.
    for (const std::size_t one : {first + 100, second + 100}) {
        Record other;
        CHECK(read(changed({one}), other).good);
        CHECK(other.state.app_pid == 42);
    }
    struct Case {
        std::string bytes;
        const char* problem;
    };
    const Case cases[] = {{"", "it is too short"},
                          {good.substr(0, 15), "it is too short"},
                          {good.substr(0, second + sizeof(Slot) - 1), "it is too short"},
                          {changed({0}), "it is not mvinit's"},
                          {changed({first + 100, second + 100}), "its checksum is wrong"},
                          {changed({first + 8, second + 8}), "its checksum is wrong"}};
    for (const Case& c : cases) {
        Record none;
        const Found found = read(c.bytes, none);
        CHECK_FALSE(found.good);
        REQUIRE(found.problem != nullptr);
        CHECK(std::string(found.problem) == c.problem);
    }
}

TEST_CASE("recovery: a fresh boot") {
    const Recovery found = recover({}, {}, 100);
    CHECK_FALSE(found.plan_done);
    CHECK(found.state.phase == Phase::idle);
    CHECK_FALSE(found.end);
    CHECK(found.old.empty());
}

TEST_CASE("recovery: the application runs on") {
    const Recovery again = recover(some_record(), {helper(3), application(7)}, 100);
    CHECK(again.plan_done);
    CHECK(again.state.phase == Phase::running);
    CHECK(again.state.contract == 7);
    CHECK(again.state.app_pid == 42);  // executed again in place: still our child
    CHECK(again.state.restarts == 3);
    CHECK(again.state.next_backoff_ms == 400);
    CHECK(again.old.empty());
    const Recovery shim = recover(some_record(), {application(7)}, 101);
    CHECK(shim.state.phase == Phase::running);
    CHECK(shim.state.app_pid == 0);  // another process' child
}

TEST_CASE("recovery: the plan was carried out, the application is gone") {
    const Recovery found = recover(some_record(), {helper(3)}, 101);
    CHECK(found.plan_done);
    CHECK(found.state.phase == Phase::idle);
    CHECK(found.state.app_pid == 0);
    CHECK(found.state.contract == 0);
    CHECK(found.state.restarts == 3);
}

TEST_CASE("recovery: who was down, or on the way there, stays down") {
    struct Case {
        Phase phase;
        Next next;
        Phase then;
    };
    const Case cases[] = {{Phase::down, Next::none, Phase::down},      {Phase::quitting, Next::down, Phase::down},
                          {Phase::cleaning, Next::down, Phase::down},  {Phase::quitting, Next::again, Phase::idle},
                          {Phase::cleaning, Next::again, Phase::idle}, {Phase::preparing, Next::none, Phase::idle}};
    for (const Case& c : cases) {
        Record record = some_record();
        record.state.phase = c.phase;
        record.state.next = c.next;
        record.state.hooks_run = true;
        const Recovery found = recover(record, {}, 100);
        CHECK(found.state.phase == c.then);
        CHECK_FALSE(found.state.hooks_run);
    }
}

TEST_CASE("recovery: an application that was being stopped is known to be") {
    Record record = some_record();
    record.state.phase = Phase::quitting;
    record.state.next = Next::down;
    CHECK(recover(record, {application(7)}, 100).state.next == Next::down);
    record.state.phase = Phase::starting;
    CHECK(recover(record, {application(7)}, 100).state.next == Next::none);
}

TEST_CASE("recovery: it died before the plan was done") {
    Record record;
    record.course.pid = 100;
    const Recovery found = recover(record, {helper(3)}, 100);
    CHECK_FALSE(found.plan_done);
    CHECK(found.state.phase == Phase::idle);
}

TEST_CASE("recovery: an application of which nothing is on record is taken by its contract") {
    for (const bool recorded : {false, true}) {
        Record record = some_record();
        record.state.contract = 0;
        record.state.phase = Phase::starting;
        const Recovery found = recover(recorded ? std::optional(record) : std::nullopt, {application(9)}, 100);
        CHECK(found.plan_done);
        CHECK(found.state.phase == Phase::running);
        CHECK(found.state.contract == 9);
        CHECK(found.state.app_pid == 0);
    }
}

TEST_CASE("recovery: leftovers of an earlier application are given up, in whatever order they are found") {
    for (const auto& held :
         {std::vector{application(5), application(7)}, std::vector{application(7), application(5)}}) {
        const Recovery found = recover(some_record(), held, 100);
        CHECK(found.state.contract == 7);
        CHECK(found.old == std::vector<plumb::ContractId>{5});
    }
}

TEST_CASE("recovery: an end that was under way goes on, a stop of the shim does not") {
    struct Case {
        EndAction pending;
        bool ends;
    };
    for (const Case& c : {Case{EndAction::poweroff, true}, Case{EndAction::reboot, true}, Case{EndAction::halt, true},
                          Case{EndAction::exit, false}, Case{EndAction::automatic, false}}) {
        Record record = some_record();
        record.state.phase = Phase::stopping;
        record.state.pending_end = c.pending;
        record.state.exit_code = 3;
        const Recovery found = recover(record, {application(7)}, 100);
        CHECK(found.end.has_value() == c.ends);
        if (found.end) CHECK(found.end->action == c.pending);
        if (found.end) CHECK(found.end->exit_code == 3);
        CHECK(found.state.pending_end == EndAction::automatic);
    }
}

TEST_CASE("state file: written on every change, held by who keeps it") {
    const ScratchDirectory scratch;
    const std::string path = scratch / "state";
    CHECK(holder_of(path) == 0);
    int ready[2];
    int done[2];
    REQUIRE(pipe(ready) == 0);
    REQUIRE(pipe(done) == 0);
    const pid_t child = fork();
    if (child == 0) {
        close(done[1]);  // its end is what we wait for
        StateFile file;
        char byte = file.open(path) ? 'r' : 'n';
        file.record().course.pid = getpid();
        file.plan_done(true);
        file.write(some_record().state);
        if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) < 0) _exit(1);
        _exit(0);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    CHECK(byte == 'n');  // there was nothing to read
    CHECK(holder_of(path) == child);
    close(done[1]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(holder_of(path) == 0);
    StateFile next;
    REQUIRE(next.open(path));
    CHECK(next.record().course.pid == child);
    CHECK(next.record().course.plan_done == 1);
    CHECK(next.record().state.contract == 7);
    for (const int end : {ready[0], ready[1], done[0]}) close(end);
}

TEST_CASE("state file: without a path nothing is kept") {
    StateFile file;
    CHECK_FALSE(file.open(""));
    file.write(State{});
}
