// Which streams are captured, and in how many pipes.
#include "init/capture.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "plumb/process.hpp"

using conf::Sink;
using conf::SinkKind;
using conf::Streams;
using init::CapturedStreams;

namespace {

Sink sink_to(SinkKind kind) {
    Sink sink;
    sink.to = kind;
    return sink;
}

}  // namespace

TEST_CASE("streams and pipes") {
    const Sink console = sink_to(SinkKind::console);
    const Sink file = sink_to(SinkKind::file);
    const Sink ring = sink_to(SinkKind::ring);
    const Sink syslog = sink_to(SinkKind::syslog);
    const Sink kmsg = sink_to(SinkKind::kmsg);
    Sink stamped = console;
    stamped.stamp = true;
    Sink out = file;
    out.streams = Streams::out;
    Sink err = file;
    err.streams = Streams::err;
    struct Row {
        std::vector<Sink> sinks;
        const char* stdout_to;
        const char* stderr_to;
        CapturedStreams wanted;
    };
    const Row rows[] = {
        {{console}, "", "", {true, true, true}},
        {{console, file, ring}, "", "", {true, true, true}},
        {{stamped}, "", "", {true, true, false}},
        {{file, syslog}, "", "", {true, true, false}},
        {{kmsg}, "", "", {true, true, false}},
        {{out}, "", "", {true, false, false}},
        {{err}, "", "", {false, true, false}},
        {{out, err}, "", "", {true, true, false}},
        {{out, console}, "", "", {true, true, false}},
        {{console}, "/dev/null", "", {false, true, false}},
        {{console}, "", "inherit", {true, false, false}},
        {{console}, "null", "null", {false, false, false}},
        {{out}, "console", "", {false, false, false}},
    };
    for (const Row& row : rows) {
        conf::App app;
        app.stdout_to = row.stdout_to;
        app.stderr_to = row.stderr_to;
        CHECK(init::captured_streams(row.sinks, app) == row.wanted);
    }
    CHECK(init::captured_streams({}, {}).out == false);
}

namespace {

int descriptors() {
    int count = 0;
    for (int descriptor = 0; descriptor < 64; ++descriptor) count += fcntl(descriptor, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

// In a process of its own, with so many descriptors beside the first three; what it says goes to said.
[[noreturn]] void open_with(int more, int said) {
    dup2(said, STDERR_FILENO);
    plumb::close_from(STDERR_FILENO + 1);
    const rlimit limit{static_cast<rlim_t>(3 + more), static_cast<rlim_t>(3 + more)};
    setrlimit(RLIMIT_NOFILE, &limit);
    Sink ring = sink_to(SinkKind::ring);
    ring.size = 4096;
    Sink file = sink_to(SinkKind::file);
    file.path = "/nowhere/log";
    init::Capture capture;
    init::Program program;
    capture.open({ring, file}, {}, program);
    if (!capture.sinks().empty()) _exit(program.given[1] >= 0 ? 1 : 2);
    _exit(descriptors() <= 3 + 1 && program.given[1] < 0 && capture.ring() < 0 ? 0 : 3);  // 1: the log's own
}

std::pair<int, std::string> outcome_with(int more) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) open_with(more, ends[1]);
    close(ends[1]);
    char text[1024] = {};
    const ssize_t size = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return {WEXITSTATUS(status), std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0)};
}

}  // namespace

TEST_CASE("without the descriptors that it takes nothing is captured, nothing is left open, and why is said") {
    constexpr int needed = 6;  // a pipe for the streams, the ring twice, a pipe for the file's logger
    for (const int more : {0, 1, 3, needed - 1}) {
        const auto [code, said] = outcome_with(more);
        CAPTURE(more);
        CHECK(code == 0);
        CHECK(said ==
              "mvinit: error: capture the application's output: Too many open files: [[sink]] is left out, the "
              "application has the console (raise fs.file-max, or make [[sink]] size smaller)\n");
    }
    CHECK(outcome_with(needed + 1).first == 1);
}
