// Whether the kernel's OOM killer did it: what its files and its log say.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "plumb/oom.hpp"

using namespace plumb;

TEST_CASE("oom: counters") {
    struct Case {
        const char* text;
        std::int64_t count;
    };
    const Case cases[] = {{"low 0\nhigh 0\nmax 5\noom 3\noom_kill 2\noom_group_kill 1\n", 2},
                          {"oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", 7},
                          {"oom_kill_disable 0\nunder_oom 0\n", -1},  // Linux before 4.13
                          {"oom_kill 4", 4},
                          {"oom_kill x\n", -1},
                          {"oom_kill -1\n", -1},
                          {"oom_kill\n", -1},
                          {"", -1}};
    for (const Case& c : cases) CHECK(counter_in(c.text, "oom_kill") == c.count);
}

TEST_CASE("oom: our control group") {
    constexpr const char* both = "12:cpu,cpuacct:/\n4:memory:/docker/abc\n3:freezer,memory2:/x\n0::/init.scope\n";
    CHECK(group_path(both, "memory").path == "/docker/abc");
    CHECK(group_path(both, "cpuacct").path == "/");
    CHECK(group_path(both, "").path == "/init.scope");
    CHECK(group_path("0::/\n", "").ok);
    CHECK(group_path("0::/\n", "").path == "/");
    CHECK_FALSE(group_path("0::/\n", "memory").ok);
    CHECK_FALSE(group_path("", "").ok);
    CHECK_FALSE(group_path("nonsense\n1:x\n", "x").ok);
}

TEST_CASE("oom: the victim in the kernel's log") {
    struct Case {
        const char* record;
        std::int32_t pid;
        std::uint64_t at_ms;
    };
    const Case cases[] = {
        {"3,339,5140900,-;Out of memory: Killed process 123 (node) total-vm:5kB, anon-rss:4kB\n", 123, 5140},
        {"3,339,5140900,-,caller=T1;Memory cgroup out of memory: Killed process 7 (a b) total-vm:5kB\n", 7, 5140},
        {"3,339,5140900,-;oom-kill:constraint=CONSTRAINT_NONE,task=node,pid=123,uid=0\n", 0, 0},
        {"3,339,5140900,-;Killed process x (node)\n", 0, 0},
        {"3,339,5140900,-;Killed process 99999999999 (node)\n", 0, 0},
        {"3,339,-;Killed process 123 (node)\n", 0, 0},
        {"3;Killed process 123 (node)\n", 0, 0},
        {"Killed process 123 (node)\n", 0, 0},
        {"", 0, 0}};
    for (const Case& c : cases) {
        CAPTURE(c.record);
        CHECK(victim_in(c.record).pid == c.pid);
        CHECK(victim_in(c.record).at_ms == c.at_ms);
    }
}

TEST_CASE("oom: nobody was killed between two looks at this very machine") {
    const OomCount before = count_oom_kills(false);
    CHECK(before.machine == -1);  // not asked for
    CHECK(was_oom_killed(before, 1, 0, false) == Oom::none);
}

TEST_CASE("oom: who has not come to its exec is told from who has, and who has ended") {
    CHECK(is_before_exec("7 (mvinit) R 1 7 7 0 -1 4194368 12 0"));
    CHECK(is_before_exec("7 (a) b) (c) R 1 7 7 0 -1 64 12 0"));
    CHECK_FALSE(is_before_exec("7 (nginx) S 1 7 7 0 -1 4194304 12 0"));
    CHECK_FALSE(is_before_exec("7 (mvinit) Z 1 7 7 0 -1 4194372 12 0"));
    CHECK_FALSE(is_before_exec("7 (mvinit) R 1 7"));
    CHECK_FALSE(is_before_exec(""));
}

TEST_CASE("oom: each source has its name") {
    CHECK(std::string(oom_words(Oom::none)).empty());
    CHECK(std::string(oom_words(Oom::events)) == "cgroup memory.events");
    CHECK(std::string(oom_words(Oom::oom_control)) == "cgroup memory.oom_control");
    CHECK(std::string(oom_words(Oom::vmstat)) == "/proc/vmstat");
    CHECK(std::string(oom_words(Oom::log)) == "the kernel's log");
}
