// [ready], [health] and [watchdog]: what they say, and every message about what is wrong; addresses and URLs of probes.
#include <doctest/doctest.h>

#include "conf/endpoint.hpp"
#include "conf/parse.hpp"

using conf::Config;
using conf::Platform;

namespace {

std::string errors_of(std::string_view text, Platform platform = Platform::linux_os) {
    std::string all;
    for (const conf::Diagnostic& each : conf::parse(text, "f", platform, false).diagnostics) {
        if (!all.empty()) all += '\n';
        all += conf::to_text(each);
    }
    return all;
}

Config config_of(std::string_view text, Platform platform = Platform::linux_os) {
    const conf::Parsed parsed = conf::parse(text, "f", platform, false);
    CHECK(parsed.diagnostics.empty());
    return parsed.config;
}

std::string endpoint_of(std::string_view text) {
    const auto found = conf::parse_endpoint(text);
    if (!found) return "-";
    return (found->address.v6 ? "6 " : "4 ") + std::to_string(found->address.bytes[found->address.v6 ? 15 : 3]) + " " +
           std::to_string(found->port);
}

std::string target_of(std::string_view url) {
    const auto found = conf::parse_http(url);
    if (!found) return "-";
    return std::to_string(found->endpoint.port) + " " + std::string(found->host) + " " + std::string(found->path);
}

}  // namespace

TEST_CASE("what the tables of care say") {
    const Config config = config_of(R"(
[ready]
http = "http://127.0.0.1:8080/up"
timeout = "30s"
interval = "250ms"
[health]
command = ["/bin/check", "-q"]
interval = "5s"
timeout = "1s"
failures = 2
[watchdog]
app = "10s"
device = "/dev/watchdog"
timeout = "12s"
)");
    CHECK(config.ready.probe.http == "http://127.0.0.1:8080/up");
    CHECK(config.ready.timeout.count() == 30'000);
    CHECK(config.ready.interval.count() == 250);
    CHECK(config.health.probe.command == conf::Argv{"/bin/check", "-q"});
    CHECK(config.health.failures == 2);
    CHECK(config.watchdog.app.count() == 10'000);
    CHECK(config.watchdog.device == "/dev/watchdog");
    CHECK(config.watchdog.timeout.count() == 12'000);
    CHECK(config_of("[ready]\nnotify = true").ready.notify);
    CHECK(config_of("[ready]\nfd = 3").ready.fd == 3);
    CHECK(config_of("[ready]\nafter = \"2s\"").ready.after.count() == 2'000);
    CHECK(config_of("[ready]\ntcp = \"[::1]:80\"").ready.probe.tcp == "[::1]:80");
}

TEST_CASE("an overlay's way takes the place of the other one, and leaves the times") {
    const char* text =
        "[ready]\nnotify = true\ntimeout = \"9s\"\n[health]\ntcp = \"[::1]:1\"\nfailures = 7\n"
        "[platform.illumos.ready]\nafter = \"1s\"\n[platform.illumos.health]\nhttp = \"http://[::1]/\"\n";
    const Config here = config_of(text);
    CHECK(here.ready.notify);
    CHECK(here.health.probe.tcp == "[::1]:1");
    const Config there = config_of(text, Platform::illumos);
    CHECK_FALSE(there.ready.notify);
    CHECK(there.ready.after.count() == 1'000);
    CHECK(there.ready.timeout.count() == 9'000);
    CHECK(there.health.probe.tcp.empty());
    CHECK(there.health.probe.http == "http://[::1]/");
    CHECK(there.health.failures == 7);
}

TEST_CASE("messages about the tables of care") {
    const struct {
        const char* text;
        const char* errors;
    } table[] = {
        {"[ready]\nnotify = true\nfd = 3", "f:3:1: ready.fd: notify is given already"},
        {"[ready]\ntcp = \"[::1]:1\"\nhttp = \"http://[::1]/\"\ncommand = [\"/x\"]",
         "f:3:1: ready.http: tcp is given already"},
        {"[ready]\nnotify = false\nfd = 3", ""},
        {"[ready]\nfd = 2", "f:2:6: ready.fd: 2 is out of range (3 to 1023)"},
        {"[ready]\nafter = \"0\"", "f:2:9: ready.after: \"0\" is too short: at least 1ms"},
        {"[ready]\nafter = \"2s\"\ntimeout = \"2s\"",
         "f:1:1: ready: timeout is over before the application counts as ready by after"},
        {"[ready]\nnotfy = true", "f:2:1: unknown key 'notfy' in [ready] (did you mean 'notify'?)"},
        {"[ready]\ntcp = \"localhost:80\"",
         "f:2:7: ready.tcp: \"localhost:80\" is no address with a port: write \"127.0.0.1:80\" or \"[::1]:80\"; names "
         "are not looked up"},
        {"[ready]\ntcp = 80",
         "f:2:7: ready.tcp: expected an address with a port such as \"127.0.0.1:80\", found an "
         "integer"},
        {"[health]\nhttp = \"https://127.0.0.1/\"",
         "f:2:8: health.http: https is not spoken here: ask a port without it, or let a command ask"},
        {"[health]\nhttp = \"127.0.0.1/\"",
         "f:2:8: health.http: \"127.0.0.1/\" cannot be asked for: write \"http://127.0.0.1:80/path\" or "
         "\"http://[::1]:80/path\"; names are not looked up"},
        {"[health]\ninterval = \"5s\"", "f:1:1: health: nothing is asked: give tcp, http or command"},
        {"[health]\ncommand = []", "f:2:11: health.command: is empty: name the program to run"},
        {"[health]\ntcp = \"[::1]:1\"\nfailures = 0", "f:3:12: health.failures: 0 is out of range (1 to 1000000)"},
        {"[health]\ntcp = \"[::1]:1\"\ninterval = \"5ms\"",
         "f:3:12: health.interval: \"5ms\" is too short: at least "
         "10ms"},
        {"[watchdog]\ntimeout = \"1500ms\"", "f:2:11: watchdog.timeout: the device counts whole seconds"},
        {"[watchdog]\ntimeout = \"0\"", "f:2:11: watchdog.timeout: \"0\" is too short: at least 1s"},
        {"[watchdog]\ntimeout = \"65536s\"", "f:2:11: watchdog.timeout: \"65536s\" is too long: at most 65535s"},
        {"[boot]\nbudget = \"25h\"", "f:2:10: boot.budget: \"25h\" is too long: at most 24h"},
        {"[watchdog]\ndevice = \"watchdog\"",
         "f:2:10: watchdog.device: \"watchdog\" is not an absolute path: begin it "
         "with '/'"},
        {"[watchdg]", "f:1:2: unknown table [watchdg] (did you mean 'watchdog'?)"},
    };
    for (const auto& row : table) {
        CAPTURE(row.text);
        CHECK(errors_of(row.text) == row.errors);
    }
    CHECK(errors_of("[platform.illumos.watchdog]\ndevice = \"/dev/watchdog\"", Platform::illumos) ==
          "f:2:1: warning: platform.illumos.watchdog.device: has no effect on illumos");
}

TEST_CASE("addresses with a port") {
    const struct {
        const char* text;
        const char* found;
    } table[] = {
        {"127.0.0.1:80", "4 1 80"},
        {"[::1]:65535", "6 1 65535"},
        {"127.0.0.1", "-"},
        {"127.0.0.1:", "-"},
        {"127.0.0.1:0", "-"},
        {"127.0.0.1:65536", "-"},
        {"127.0.0.1:80x", "-"},
        {"127.0.0.1:-1", "-"},
        {"::1:80", "-"},
        {"[::1]", "-"},
        {"[::1", "-"},
        {"[127.0.0.1]:80", "-"},
        {"[::1]80", "-"},
        {"10.0.0.1/8:80", "-"},
        {"", "-"},
        {":80", "-"},
        {"127.0.0.1: 80", "-"},
        {"127.0.0.1:+80", "-"},
    };
    for (const auto& row : table) {
        CAPTURE(row.text);
        CHECK(endpoint_of(row.text) == row.found);
    }
}

TEST_CASE("URLs") {
    const struct {
        const char* url;
        const char* found;
    } table[] = {
        {"http://127.0.0.1", "80 127.0.0.1 /"},
        {"http://127.0.0.1/", "80 127.0.0.1 /"},
        {"http://127.0.0.1:8080/a/b?c=d", "8080 127.0.0.1:8080 /a/b?c=d"},
        {"http://[::1]:81/x", "81 [::1]:81 /x"},
        {"http://[::1]", "80 [::1] /"},
        {"http://127.0.0.1?x", "-"},
        {"http://localhost/", "-"},
        {"http://me@127.0.0.1/", "-"},
        {"http://127.0.0.1/a b", "-"},
        {"http://127.0.0.1/a\r\nX: y", "-"},
        {"http://127.0.0.1/#a", "-"},
        {"http://127.0.0.1/\xc3\xa4", "-"},
        {"http://", "-"},
        {"HTTP://127.0.0.1/", "-"},
        {"ftp://127.0.0.1/", "-"},
        {"http:/127.0.0.1/", "-"},
    };
    for (const auto& row : table) {
        CAPTURE(row.url);
        CHECK(target_of(row.url) == row.found);
    }
}
