// The two ways to start a program, by fork and with a child that shares our memory, tell the same.
#include <cerrno>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "init/spawn.hpp"
#include "plumb/contracts.hpp"

using namespace init;

namespace {

Program program_of(const std::string& path) {
    Program program;
    program.argv = {path};
    program.candidates = {path};
    return program;
}

int exit_code(const Child& child) {
    int status = 0;
    if (waitpid(child.pid, &status, 0) != child.pid || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

struct Row {
    const char* name;
    void (*change)(Program&);
    const char* stage;
    int error;
    int code;
};

const Row rows[] = {
    {"executed", [](Program&) {}, nullptr, 0, 0},
    {"no such file",
     [](Program& p) {
         p.candidates = {"/nowhere/app", "/nowhere"};
     },
     "exec", ENOENT, 127},
    {"no program",
     [](Program& p) {
         p.candidates = {"/etc/passwd", "/nowhere"};
     },
     "exec", EACCES, 126},
    {"a directory", [](Program& p) { p.candidates = {"/tmp"}; }, "exec", EACCES, 126},
    {"the second one",
     [](Program& p) {
         p.candidates = {"/nowhere", "/bin/true"};
     },
     nullptr, 0, 0},
    {"no such directory", [](Program& p) { p.cwd = "/nowhere"; }, "chdir", ENOENT, 125},
    {"a limit above the greatest",
     [](Program& p) {
         p.limits = {{RLIMIT_NOFILE, {conf::unlimited - 1, conf::unlimited - 1}}};
     },
     "limits", EPERM, 125},
    {"a descriptor that is not open", [](Program& p) { p.given[1] = 12345; }, "stdout", EBADF, 125},
    {"null",
     [](Program& p) {
         p.stdio = {"/dev/null", "/dev/null", "/dev/null"};
     },
     nullptr, 0, 0},
    {"a file in no directory", [](Program& p) { p.stdio[2] = "/nowhere/file"; }, "stderr", ENOENT, 125},
};

}  // namespace

TEST_CASE("both ways to start a program fail at the same stage, with the same error and exit code") {
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Program program = program_of("/bin/true");
        row.change(program);
        for (const bool fast : {false, true}) {
            CAPTURE(fast);
            const Child child =
                fast ? spawn_fast(program, plumb::cookie_application) : spawn(program, plumb::cookie_application);
            REQUIRE(child.pid > 0);
            CHECK(std::string(child.stage == nullptr ? "" : child.stage) == (row.stage == nullptr ? "" : row.stage));
            CHECK(child.error == row.error);
            CHECK(child.pending == -1);
            CHECK(exit_code(child) == row.code);
        }
    }
}

TEST_CASE("the child's umask, directory and session are its own, whether it shares our memory or not") {
    const mode_t mine = umask(022);
    umask(mine);
    for (const bool fast : {false, true}) {
        Program program = program_of("/bin/sh");
        program.argv = {"sh", "-c", "test $(umask) = 0037 && test $PWD = /tmp && test \"$A\" = 'b c'"};
        program.env = {"A=b c", "PATH=/usr/bin:/bin"};
        program.umask = 037;
        program.cwd = "/tmp";
        CHECK(exit_code(fast ? spawn_fast(program, 0) : spawn(program, 0)) == 0);
        const mode_t now = umask(mine);
        CHECK(now == mine);
    }
}
