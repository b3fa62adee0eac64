// [[sink]]: values, sizes, and every message.
#include <doctest/doctest.h>

#include "conf/parse.hpp"

using conf::Platform;
using conf::Sink;

namespace {

std::string errors_of(const std::string& text) {
    std::string all;
    for (const conf::Diagnostic& each : conf::parse(text, "f", Platform::linux_os, false).diagnostics) {
        if (!all.empty()) all += '\n';
        all += conf::to_text(each);
    }
    return all;
}

}  // namespace

TEST_CASE("sinks with all their keys") {
    const conf::Parsed parsed = conf::parse(R"(
[[sink]]
to = "file"
path = "/var/log/app"
size = "10M"
files = 0
streams = "stderr"
stamp = true
when_full = "block"
buffer = 4096
[[sink]]
to = "ring"
[[sink]]
to = "syslog"
path = "/run/log"
[[sink]]
)",
                                            "f", Platform::linux_os, false);
    REQUIRE(parsed.diagnostics.empty());
    REQUIRE(parsed.config.sinks.size() == 4);
    Sink file;
    file.to = conf::SinkKind::file;
    file.path = "/var/log/app";
    file.size = 10 * 1024 * 1024;
    file.files = 0;
    file.streams = conf::Streams::err;
    file.stamp = true;
    file.when_full = conf::WhenFull::block;
    file.buffer = 4096;
    CHECK(parsed.config.sinks[0] == file);
    CHECK(parsed.config.sinks[1].size == 256 * 1024);
    CHECK(parsed.config.sinks[2].path == "/run/log");
    CHECK(parsed.config.sinks[3] == Sink{});
}

TEST_CASE("sizes") {
    struct Row {
        const char* text;
        std::uint64_t size;  // 0: an error
    };
    for (const Row& row : {Row{"1", 1}, Row{"\"1\"", 1}, Row{"\"1K\"", 1024}, Row{"\"3M\"", 3 << 20},
                           Row{"\"2G\"", std::uint64_t{2} << 30}, Row{"\"1073741824G\"", std::uint64_t{1} << 60},
                           Row{"\"1073741825G\"", 0}, Row{"\"\"", 0}, Row{"\"K\"", 0}, Row{"\"1k\"", 0},
                           Row{"\"1KB\"", 0}, Row{"\"1 K\"", 0}, Row{"\"-1\"", 0}, Row{"\"1.5M\"", 0}, Row{"-1", 0},
                           Row{"0", 0}, Row{"\"99999999999999999999\"", 0}}) {
        CAPTURE(row.text);
        const conf::Parsed parsed = conf::parse(
            std::string("[[sink]]\nto = \"file\"\npath = \"/x\"\nsize = ") + row.text, "f", Platform::linux_os, false);
        CHECK(parsed.diagnostics.empty() == (row.size != 0));
        if (row.size != 0) CHECK(parsed.config.sinks[0].size == row.size);
    }
}

TEST_CASE("what is wrong with a sink") {
    struct Row {
        const char* text;
        const char* errors;
    };
    const Row rows[] = {
        {"[[sink]]\nto = \"fil\"",
         "f:2:6: sink.to: \"fil\" is not one of console, ring, file, syslog or kmsg (did you mean 'file'?)"},
        {"[[sink]]\nto = \"file\"", "f:1:1: sink: path is missing: name the file"},
        {"[[sink]]\nto = \"file\"\npath = \"x\"", "f:3:8: sink.path: \"x\" is not an absolute path: begin it with '/'"},
        {"[[sink]]\npath = \"/x\"", "f:2:8: sink.path: is for to = file and syslog"},
        {"[[sink]]\nto = \"kmsg\"\nstamp = true", "f:3:9: sink.stamp: is for to = console, ring and file"},
        {"[[sink]]\nto = \"ring\"\nwhen_full = \"block\"",
         "f:3:13: sink.when_full: is for to = all but ring, which never stalls"},
        {"[[sink]]\nto = \"ring\"\nsize = \"1K\"", "f:1:1: sink.size: a ring has 4K to 1G"},
        {"[[sink]]\nbuffer = \"1K\"", "f:2:10: sink.buffer: is out of range (4096 to 67108864 bytes)"},
        {"[[sink]]\nbuffer = \"64Kb\"",
         "f:2:10: sink.buffer: is not a size: write a number of bytes, or digits with K, M or G, such as \"64K\", "
         "\"1M\""},
        {"[[sink]]\nto = \"ring\"\n[[sink]]\nto = \"ring\"", "f:3:1: sink: a second ring"},
        {"[[sink]]\nto = \"file\"\npath = \"/x\"\n[[sink]]\nto = \"file\"\npath = \"/x\"",
         "f:4:1: sink.path: \"/x\" is written by another sink"},
        {"[sink]\nto = \"ring\"", "f:1:1: sink: expected a list of tables ([[sink]]), found a table"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(errors_of(row.text) == row.errors);
    }
    std::string nine;
    for (int n = 0; n < 9; ++n) nine += "[[sink]]\n";
    CHECK(errors_of(nine).find("at most 8 sinks are possible") != std::string::npos);
}
