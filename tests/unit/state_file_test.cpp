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
#include "plumb/platform.hpp"
#include "tests/unit/recorded.hpp"
#include "tests/unit/supervisor_bench.hpp"

using namespace init;
using bench::some_record;

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
        file.record().state = some_record().state;
        file.save();
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
    file.save();
}

TEST_CASE("state file: begun anew, what is left is that the plan was carried out, and how") {
    const ScratchDirectory scratch;
    StateFile file;
    CHECK_FALSE(file.open(scratch / "state"));
    file.record() = some_record();
    file.record().supervising.has_end = true;
    file.mark(77);
    file.begin_anew();
    Record record;
    const auto text = plumb::read_file(scratch / "state", most_state_bytes);
    REQUIRE(text.has_value());
    REQUIRE(read_state(std::as_bytes(std::span(*text)), record).good);
    CHECK(record.course.plan_done == 1);
    CHECK(record.course.pid == 100);
    CHECK(record.state.phase == Phase::idle);
    CHECK_FALSE(record.supervising.has_end);
    CHECK(file.is_marked(77));
}
