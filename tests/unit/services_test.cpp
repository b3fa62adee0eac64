// The entries of inittab as a state machine: tables of what is started when, with a process table of the test's own.
#include "init/services.hpp"

#include <doctest/doctest.h>
#include <map>

using init::Services;

namespace {

constexpr std::uint64_t begin_ms = 1'000'000;

// Starts what is to be started, with pids from 100 up, until there is nothing to do: "id" for each start, "id!" for an
// inhibition, a last "..." where something is waited for.
struct Machine {
    Services services;
    std::uint64_t now_ms = begin_ms;
    std::int32_t last_pid = 99;
    std::map<std::string, std::int32_t> pids{};
    std::string failing{};  // the id whose spawn fails

    Machine(std::string_view text, int level = 3) : services(conf::parse_inittab(text).entries, level) {}

    std::string run() {
        std::string told;
        while (true) {
            const Services::Next next = services.next(now_ms);
            if (next.what == Services::What::nothing) return told;
            const std::string id = services[next.entry].id;
            told += (told.empty() ? "" : " ") + id;
            if (next.what == Services::What::inhibited) {
                told += "!";
            } else if (id == failing) {
                services.not_started(next.entry, now_ms);
            } else {
                services.started(next.entry, pids[id] = ++last_pid);
            }
        }
    }
    // The end of the entry's process, and what follows.
    std::string end(const std::string& id) {
        const conf::InittabEntry* ended = services.ended(pids[id]);
        CHECK(ended != nullptr);
        if (ended != nullptr) CHECK(ended->id == id);
        return run();
    }
};

}  // namespace

TEST_CASE("sysinit, then boot, then the level, each in the file's order; what is waited for holds up the rest") {
    Machine machine(
        "r1:3:respawn:/r1\n"
        "w1:3:wait:/w1\n"
        "o1:3:once:/o1\n"
        "s1::sysinit:/s1\n"
        "bw:3:bootwait:/bw\n"
        "b1:3:boot:/b1\n"
        "w2:3:wait:/w2\n"
        "r2:3:respawn:/r2\n"
        "s2::sysinit:/s2\n");
    CHECK(machine.run() == "s1");
    CHECK_FALSE(machine.services.all_begun());
    CHECK(machine.run() == "");
    CHECK(machine.end("s1") == "s2");
    CHECK(machine.end("s2") == "bw");
    CHECK(machine.end("bw") == "b1 r1 w1");
    CHECK(machine.end("b1") == "");  // still w1
    CHECK(machine.end("r1") == "");
    CHECK_FALSE(machine.services.all_begun());
    CHECK(machine.end("w1") == "o1 w2");
    CHECK(machine.end("w2") == "r2 r1");  // r1 has ended meanwhile
    CHECK(machine.services.all_begun());
    CHECK(machine.end("o1") == "");
    CHECK(machine.end("r2") == "r2");
    CHECK(machine.end("r1") == "r1");
    CHECK_FALSE(machine.services.deadline());
}

TEST_CASE("what is run at a level") {
    struct Row {
        const char* line;
        int level;
        bool run;
    };
    const Row table[] = {
        {"a:3:respawn:/x", 3, true},     {"a:3:respawn:/x", 2, false},     {"a::respawn:/x", 0, true},
        {"a::respawn:/x", 6, true},      {"a:s:wait:/x", 3, false},        {"a:23:wait:/x", 2, true},
        {"a:45:sysinit:/x", 3, true},    {"a:3:off:/x", 3, false},         {"a:3:ondemand:/x", 3, false},
        {"a:abc:ondemand:/x", 3, false}, {"a:3:initdefault:", 3, false},   {"smf::sysinit:/x", 3, false},
        {"smf:3:respawn:/x", 3, false},  {"a:3:powerfail:/x", 3, true},    {"a:0:powerwait:/x", 3, false},
        {"a:3:boot:/x", 3, true},        {"a:2:bootwait:/x", 3, false},    {"a:3:once:/x", 3, true},
        {"12:3::/x\n#padding", 3, true}, {"ab:3::/x\n#padding", 3, false}, {"mv5:5:once:/x", 3, false},
        {"S5:3:respawn:/x", 3, true},
    };
    for (const Row& row : table) {
        CAPTURE(row.line);
        CAPTURE(row.level);
        const conf::Inittab inittab = conf::parse_inittab(std::string(row.line) + "\n");
        REQUIRE(inittab.entries.size() == 1);
        CHECK(init::is_run_at(inittab.entries[0], row.level) == row.run);
    }
}

TEST_CASE("the run level: the configuration's, else that of initdefault, the highest of several, else 3") {
    struct Row {
        const char* text;
        int wanted;
        int level;
    };
    const Row table[] = {
        {"is:2:initdefault:\n", -1, 2},
        {"is:2:initdefault:\n", 4, 4},
        {"is:234:initdefault:\n", -1, 4},
        {"is::initdefault:\n", -1, 6},
        {"is:s:initdefault:\n", -1, 3},
        {"is:s2:initdefault:\n", -1, 2},
        {"a:2:respawn:/x\n", -1, 3},
        {"", -1, 3},
        {"", 0, 0},
        {"is:2:initdefault:\nit:4:initdefault:\n", -1, 2},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(init::run_level(conf::parse_inittab(row.text), row.wanted) == row.level);
    }
}

TEST_CASE(
    "a respawn entry is started ten times within two minutes, then left alone until seven minutes after the first") {
    Machine machine("co:3:respawn:/co\n");
    CHECK(machine.run() == "co");
    for (int start = 2; start <= 10; ++start) {
        machine.now_ms += 1'000;
        CHECK(machine.end("co") == "co");
    }
    machine.now_ms += 1'000;
    CHECK(machine.end("co") == "co!");
    CHECK(machine.run() == "");  // said once
    CHECK(machine.services.deadline() == begin_ms + 420'000);
    machine.now_ms = begin_ms + 419'999;
    CHECK(machine.run() == "");
    machine.now_ms = begin_ms + 420'000;
    CHECK(machine.run() == "co");
    CHECK_FALSE(machine.services.deadline());
    // init does not count the start that begins the new series.
    for (int start = 1; start <= 10; ++start) CHECK(machine.end("co") == "co");
    CHECK(machine.end("co") == "co!");
    CHECK(machine.services.deadline() == begin_ms + 840'000);
}

TEST_CASE("ten starts that took two minutes are not too rapid") {
    Machine machine("co:3:respawn:/co\n");
    CHECK(machine.run() == "co");
    for (int start = 2; start <= 40; ++start) {
        machine.now_ms += 12'000;
        CHECK(machine.end("co") == "co");
    }
}

TEST_CASE("a millisecond short of two minutes is too rapid") {
    for (const std::uint64_t span : {119'999, 120'000}) {
        Machine machine("co:3:respawn:/co\n");
        CHECK(machine.run() == "co");
        for (int start = 2; start <= 10; ++start) CHECK(machine.end("co") == "co");
        machine.now_ms += span;
        CHECK(machine.end("co") == (span < 120'000 ? "co!" : "co"));
    }
}

TEST_CASE("a request to look again starts what is inhibited, with a new series") {
    Machine machine("co:3:respawn:/co\nok:3:respawn:/ok\n");
    CHECK(machine.run() == "co ok");
    for (int start = 2; start <= 10; ++start) CHECK(machine.end("co") == "co");
    CHECK(machine.end("co") == "co!");
    CHECK(machine.end("ok") == "ok");  // the others go on
    machine.services.retry();
    CHECK(machine.run() == "co");
    for (int start = 2; start <= 10; ++start) CHECK(machine.end("co") == "co");
    CHECK(machine.end("co") == "co!");
}

TEST_CASE("once, boot and wait are not started again, also not by a request to look again") {
    Machine machine("o:3:once:/o\nb:3:boot:/b\nw:3:wait:/w\n");
    CHECK(machine.run() == "b o w");
    CHECK(machine.end("w") == "");
    CHECK(machine.end("o") == "");
    CHECK(machine.end("b") == "");
    machine.services.retry();
    CHECK(machine.run() == "");
}

TEST_CASE("entries with the same id share a process, as in init's table") {
    Machine machine(
        "x:3:respawn:/first\n"
        "x:3:respawn:/second\n"
        "x:3:once:/third\n"
        "s::sysinit:/one\n"
        "s::sysinit:/two\n");
    CHECK(machine.run() == "s");
    CHECK(machine.end("s") == "s");
    CHECK(machine.end("s") == "x");
    CHECK(machine.services.ended(machine.pids["x"])->line == 1);
    CHECK(machine.run() == "x");
    CHECK(machine.services.ended(machine.pids["x"])->line == 1);
}

TEST_CASE("powerfail and powerwait run on a power failure alone, in order, each time, and respawning waits for them") {
    Machine machine(
        "r:3:respawn:/r\n"
        "p1:3:powerwait:/p1\n"
        "p2:3:powerfail:/p2\n"
        "p3:2:powerfail:/p3\n");
    CHECK(machine.run() == "r");
    CHECK(machine.services.power_failed());
    CHECK(machine.run() == "p1");
    CHECK(machine.end("r") == "");
    CHECK(machine.end("p1") == "p2 r");
    CHECK(machine.services.power_failed());
    CHECK(machine.run() == "p1");  // p2 lives
    CHECK(machine.end("p2") == "");
    CHECK(machine.end("p1") == "p2");
    CHECK(machine.end("p2") == "");
}

TEST_CASE("a power failure during the first pass is taken after it") {
    Machine machine("s::sysinit:/s\nw:3:wait:/w\np:3:powerfail:/p\n");
    CHECK(machine.run() == "s");
    CHECK(machine.services.power_failed());
    CHECK(machine.end("s") == "w");
    CHECK(machine.end("w") == "p");
}

TEST_CASE("no powerfail entry of the level: the signal is for others") {
    Machine machine("r:3:respawn:/r\np:2:powerfail:/p\n");
    machine.run();
    CHECK_FALSE(machine.services.power_failed());
    CHECK(machine.run() == "");
}

TEST_CASE("nothing is started once the machine ends") {
    Machine machine("r:3:respawn:/r\np:3:powerfail:/p\nx:3:respawn:/x\n");
    machine.failing = "x";
    CHECK(machine.run() == "r x");
    CHECK(machine.services.deadline());
    machine.services.stop();
    CHECK(machine.end("r") == "");
    CHECK_FALSE(machine.services.power_failed());
    CHECK_FALSE(machine.services.deadline());
    machine.now_ms += 1'000'000;
    CHECK(machine.run() == "");
}

TEST_CASE("what could not be started: respawn again after a pause, the others never; nothing is waited for") {
    Machine machine("x::sysinit:/x\nx:3:respawn:/x\nx:3:wait:/x\nr:3:respawn:/r\n");
    machine.failing = "x";
    CHECK(machine.run() == "x x r");  // the pause is the id's
    CHECK(machine.services.all_begun());
    CHECK(machine.services.deadline() == begin_ms + 20'000);
    machine.now_ms += 19'999;
    CHECK(machine.run() == "");
    machine.now_ms += 1;
    CHECK(machine.run() == "x");
    machine.failing = "";
    machine.now_ms += 20'000;
    CHECK(machine.run() == "x");
    CHECK_FALSE(machine.services.deadline());
}

TEST_CASE("after an image of this program that went through the first pass, respawn entries alone are started") {
    Machine machine(
        "s::sysinit:/s\n"
        "a:3:respawn:/a\n"
        "w:3:wait:/w\n"
        "b:3:respawn:/b\n"
        "o:3:once:/o\n"
        "p:3:powerfail:/p\n");
    machine.services.resume();
    machine.services.adopt(3, -77);  // b, known by its contract alone
    CHECK(machine.services.all_begun());
    CHECK(machine.run() == "a");
    CHECK(machine.services.ended(77) == nullptr);
    REQUIRE(machine.services.ended(-77) != nullptr);
    CHECK(machine.run() == "b");
    CHECK(machine.end("b") == "b");
    CHECK(machine.services.power_failed());
    CHECK(machine.run() == "p");
}

TEST_CASE("a pid that is none of theirs, and none at all") {
    Machine machine("r:3:respawn:/r\n");
    CHECK(machine.run() == "r");
    for (const std::int32_t pid : {0, -1, 1, 99, 101}) CHECK(machine.services.ended(pid) == nullptr);
    Machine empty("");
    CHECK(empty.run() == "");
    CHECK(empty.services.all_begun());
    CHECK_FALSE(empty.services.deadline());
}
