// Which streams are captured, and in how many pipes.
#include "init/capture.hpp"

#include <doctest/doctest.h>

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
