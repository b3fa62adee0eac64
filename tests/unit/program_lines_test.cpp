// init/program_lines.hpp: what mvinit exec reads is what PID 1 writes.
#include "init/program_lines.hpp"

#include <doctest/doctest.h>

#include "init/control_answer.hpp"

using init::Program;

TEST_CASE("a program comes through the socket as it was") {
    Program program;
    program.argv = {"app"};
    program.env = {"A=1", "B=with\nnewline and % and \xff", "EMPTY="};
    program.cwd = "/srv/a b";
    program.identity = conf::Identity{33, 44, {44, 55}, "web", "/srv", "/bin/sh"};
    program.umask = 027;
    program.limits = {{7, {1024, conf::unlimited}}, {4, {0, 0}}};
    program.nice = -5;
    program.no_new_privs = true;
    program.capabilities = std::uint64_t{1} << 63 | 1U << 10;
    Program read;
    REQUIRE(init::read_program(init::program_lines(program), read));
    CHECK(read.env == program.env);
    CHECK(read.cwd == program.cwd);
    REQUIRE(read.identity);
    CHECK(read.identity->uid == 33);
    CHECK(read.identity->gid == 44);
    CHECK(read.identity->groups == program.identity->groups);
    CHECK(read.umask == program.umask);
    REQUIRE(read.limits.size() == 2);
    CHECK(read.limits[0].which == 7);
    CHECK(read.limits[0].limit == program.limits[0].limit);
    CHECK(read.limits[1].limit == program.limits[1].limit);
    CHECK(read.nice == program.nice);
    CHECK(read.no_new_privs);
    CHECK(read.capabilities == program.capabilities);
}

TEST_CASE("what is not said stays as it is with the caller") {
    Program read;
    REQUIRE(init::read_program(init::program_lines(Program{}), read));
    CHECK(read.env.empty());
    CHECK(read.cwd.empty());
    CHECK_FALSE(read.identity);
    CHECK_FALSE(read.umask);
    CHECK_FALSE(read.nice);
    CHECK_FALSE(read.no_new_privs);
    CHECK_FALSE(read.capabilities);
    CHECK(read.limits.empty());
}

TEST_CASE("names of a later version are passed over, numbers that are none are refused") {
    Program read;
    CHECK(init::read_program("colour blue\n\numask 18\nlonely\n", read));
    CHECK(read.umask == 18U);
    for (const char* bad : {"uid web\n", "uid \n", "uid 1 2\n", "limit 7 1024\n", "limit 7 x 1\n", "nice 1x\n",
                            "capabilities 99999999999999999999\n"}) {
        Program none;
        CHECK_MESSAGE(!init::read_program(bad, none), bad);
    }
}
