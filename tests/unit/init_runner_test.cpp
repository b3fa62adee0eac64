// What a helper writes, taken by the runner. The signals of the test's process are blocked meanwhile, as PID 1's are.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/wait.h>

#include "init/runner.hpp"

using namespace init;

namespace {

struct Blocked {
    sigset_t before{};
    Blocked() {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &before);
    }
    ~Blocked() {
        const timespec now{0, 0};
        sigset_t child;
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        while (sigtimedwait(&child, nullptr, &now) > 0) continue;
        sigprocmask(SIG_SETMASK, &before, nullptr);
    }
};

plumb::Result<std::string> output(const char* script, plumb::Deadline deadline = std::chrono::seconds{30}) {
    const Blocked blocked;
    const ProgramInputs inputs;
    Runner runner({}, inputs);
    return runner.output({{"/bin/sh", "-c", script}, {{"WORD", "from the environment"}}}, deadline);
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

}  // namespace

TEST_CASE("a helper's output is what it wrote to standard output, up to 4096 bytes") {
    CHECK(*output("true") == "");
    CHECK(*output("echo one; echo not this >&2; echo $WORD") == "one\nfrom the environment\n");
    const auto most = output("printf %4096s x");
    REQUIRE(most.has_value());
    CHECK(most->size() == 4096);
}

TEST_CASE("more output than may be is an error, whether the helper ends or not") {
    for (const char* script : {"printf %4097s x", "while :; do echo more and more; done"}) {
        CAPTURE(script);
        const auto result = output(script);
        REQUIRE(result.has_error());
        CHECK(result.error().error == EFBIG);
        CHECK(plumb::to_text(result.error()).find("wrote more than 4096 bytes") != std::string::npos);
    }
}

TEST_CASE("a helper that fails has no output, but an error") {
    const auto code = output("echo answer; exit 4");
    REQUIRE(code.has_error());
    CHECK(plumb::to_text(code.error()).find("exited with code 4") != std::string::npos);
    const auto slow = output("echo answer; exec sleep 1000", std::chrono::milliseconds{100});
    REQUIRE(slow.has_error());
    CHECK(slow.error().error == ETIMEDOUT);
    const Blocked blocked;
    const ProgramInputs inputs;
    Runner runner({}, inputs);
    const auto missing = runner.output({{"/no/such/helper"}, {}}, std::chrono::seconds{30});
    REQUIRE(missing.has_error());
    CHECK(missing.error().error == ENOENT);
}

TEST_CASE("what a helper leaves behind with its output open is not waited for") {
    // In a session of its own, as a daemon would be: it lives on, and is ended here.
    const auto result = output("setsid sleep 1000 & echo $!");
    REQUIRE(result.has_value());
    const auto pid = static_cast<pid_t>(std::stoi(*result));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
}

TEST_CASE("taking output leaves no descriptor open") {
    const std::size_t before = open_descriptors();
    for (int n = 0; n < 3; ++n) output(n == 0 ? "true" : n == 1 ? "exit 1" : "printf %5000s x");
    CHECK(open_descriptors() == before);
}
