// conf/arguments.hpp: the verbs that ask the mvinit that runs, and what usage() says of all verbs.
#include <doctest/doctest.h>
#include <span>

#include "conf/arguments.hpp"

using conf::Arguments;
using conf::Argv;
using conf::Platform;
using conf::Verb;
using conf::WaitFor;

namespace {

Arguments read(const Argv& argv) {
    return conf::parse_arguments(argv, {"TINI_SUBREAPER"}, false);
}

struct Row {
    Argv argv;
    Verb verb;
    void (*set)(Arguments& expected);
};

void check(std::span<const Row> table) {
    for (const Row& row : table) {
        CAPTURE(row.argv);
        Arguments expected;
        expected.verb = row.verb;
        row.set(expected);
        CHECK(read(row.argv) == expected);
    }
}

}  // namespace

TEST_CASE("what is asked of the mvinit that runs") {
    const Row table[] = {
        {{"status"}, Verb::status, [](Arguments&) {}},
        {{"status", "--json"}, Verb::status, [](Arguments& e) { e.json = true; }},
        {{"status", "--control", "/run/x"}, Verb::status, [](Arguments& e) { e.control = "/run/x"; }},
        {{"start", "--no-wait"}, Verb::start, [](Arguments& e) { e.no_wait = true; }},
        {{"stop", "--timeout", "1m30s"}, Verb::stop, [](Arguments& e) { e.timeout_ms = 90'000; }},
        {{"restart", "--timeout=0", "--json"}, Verb::restart, [](Arguments& e) { e.json = true; }},
        {{"kill", "HUP"}, Verb::kill, [](Arguments& e) { e.signal = 1; }},
        {{"kill", "--json", "sigrtmin+3"},
         Verb::kill,
         [](Arguments& e) {
             e.json = true;
             e.signal = 37;
         }},
        {{"kill", "15", "--json"},
         Verb::kill,
         [](Arguments& e) {
             e.json = true;
             e.signal = 15;
         }},
        {{"poweroff", "--json"}, Verb::poweroff, [](Arguments& e) { e.json = true; }},
        {{"0", "--control=/s"}, Verb::poweroff, [](Arguments& e) { e.control = "/s"; }},
    };
    check(table);
}

TEST_CASE("what is asked of the mvinit that runs, with more to say") {
    const Row table[] = {
        {{"log"}, Verb::log, [](Arguments&) {}},
        {{"log", "-f", "-n", "20"},
         Verb::log,
         [](Arguments& e) {
             e.follow = true;
             e.lines = 20;
         }},
        {{"log", "-fn0"},
         Verb::log,
         [](Arguments& e) {
             e.follow = true;
             e.lines = 0;
         }},
        {{"log", "--follow", "--lines=7"},
         Verb::log,
         [](Arguments& e) {
             e.follow = true;
             e.lines = 7;
         }},
        {{"wait"}, Verb::wait, [](Arguments&) {}},
        {{"wait", "--down", "--timeout", "500ms"},
         Verb::wait,
         [](Arguments& e) {
             e.wait_for = WaitFor::down;
             e.timeout_ms = 500;
         }},
        {{"wait", "--down", "--ready"}, Verb::wait, [](Arguments&) {}},
        {{"exec", "ls", "-f", "--json"},
         Verb::exec,
         [](Arguments& e) {
             e.command = {"ls", "-f", "--json"};
         }},
        {{"exec", "--json", "--", "--rescue"},
         Verb::exec,
         [](Arguments& e) {
             e.json = true;
             e.command = {"--rescue"};
         }},
        {{"exec", "--rescue"}, Verb::exec, [](Arguments& e) { e.rescue = true; }},
        {{"exec", "--rescue", "--"}, Verb::exec, [](Arguments& e) { e.rescue = true; }},
        {{"analyze", "--svg", "-", "--json"},
         Verb::analyze,
         [](Arguments& e) {
             e.svg = "-";
             e.json = true;
         }},
        {{"exec", "-h"}, Verb::help, [](Arguments&) {}},
        {{"kill", "-h"}, Verb::help, [](Arguments&) {}},
        {{"status", "-V"}, Verb::version, [](Arguments&) {}},
    };
    check(table);
}

TEST_CASE("with run --control has the socket there, also from the kernel's command line") {
    CHECK(conf::parse_arguments({"--control", "/s", "x"}, {}, false).control == "/s");
    CHECK(conf::parse_arguments({"single", "--control=/s"}, {}, true).control == "/s");
}

TEST_CASE("wrong usage of the verbs that ask") {
    const std::pair<Argv, const char*> table[] = {
        {{"status", "x"}, "'status' takes no further words"},
        {{"status", "--follow"}, "unknown option '--follow'; 'mvinit help' lists them"},
        {{"status", "--jsno"}, "unknown option '--jsno' (did you mean '--json'?); 'mvinit help' lists them"},
        {{"poweroff", "now"}, "'poweroff' takes no further words"},
        {{"poweroff", "--timeout", "1s"}, "unknown option '--timeout'; 'mvinit help' lists them"},
        {{"start", "--timeout", "5"}, "--timeout needs a duration such as 500ms, 10s or 1m30s, 1000h at most, not '5'"},
        {{"start", "--timeout", "2000h"},
         "--timeout needs a duration such as 500ms, 10s or 1m30s, 1000h at most, not '2000h'"},
        {{"start", "--timeout"}, "--timeout needs a duration such as 10s"},
        {{"kill"}, "kill needs a signal, such as TERM or HUP"},
        {{"kill", "TREM"}, "kill needs a signal such as TERM, not 'TREM' (did you mean 'TERM'?)"},
        {{"kill", "0"}, "kill needs a signal such as TERM, not '0'"},
        {{"kill", "TERM", "HUP"}, "one signal at a time: 'HUP' is too many"},
        {{"log", "-n", "-1"}, "-n needs a number of lines, not '-1'"},
        {{"log", "-n", "99999999999"}, "-n needs a number of lines, not '99999999999'"},
        {{"log", "-n", ""}, "-n needs a number of lines, not ''"},
        {{"wait", "down"}, "'wait' takes no further words"},
        {{"exec"}, "exec needs a command: mvinit exec -- COMMAND, or exec --rescue for a shell"},
        {{"exec", "--"}, "exec needs a command: mvinit exec -- COMMAND, or exec --rescue for a shell"},
        {{"exec", "-x"}, "unknown option '-x'; 'mvinit help' lists them"},
        {{"analyze", "--svg="}, "--svg needs a file"},
        {{"reload", "--control=run"}, "--control needs the path of a socket, from / on, not 'run'"},
        {{"5"}, "run level 5 means nothing here: 0 powers off, 6 reboots, q reads the configuration again"},
    };
    for (const auto& [argv, message] : table) {
        CAPTURE(argv);
        const Arguments failed = read(argv);
        CHECK(failed.error == message);
        CHECK(failed.verb != Verb::run);
        CHECK_FALSE(failed.json);
    }
    CHECK(read({"kill", "--json", "X"}).json);
    CHECK_FALSE(read({"check", "--json", "a", "b"}).json);
}

TEST_CASE("run levels are the platform's") {
    using conf::level_verb;
    CHECK(level_verb("0", Platform::linux_os) == Verb::poweroff);
    CHECK(level_verb("0", Platform::illumos) == Verb::halt);
    CHECK_FALSE(level_verb("5", Platform::linux_os));
    CHECK(level_verb("5", Platform::illumos) == Verb::poweroff);
    for (const Platform platform : {Platform::linux_os, Platform::illumos}) {
        CHECK(level_verb("6", platform) == Verb::reboot);
        CHECK(level_verb("q", platform) == Verb::reload);
        CHECK(level_verb("Q", platform) == Verb::reload);
        for (const char* none : {"1", "2", "3", "4", "s", "S", "", "00"}) CHECK_FALSE(level_verb(none, platform));
    }
    CHECK(conf::parse_arguments({"5"}, {}, false, Platform::illumos).verb == Verb::poweroff);
    CHECK(conf::parse_arguments({"0"}, {}, false, Platform::illumos).verb == Verb::halt);
}

TEST_CASE("a misspelt verb is told from a command") {
    CHECK(conf::meant_verb(read({"chek", "/etc/x.toml"})) == " (did you mean 'check'?)");
    CHECK(conf::meant_verb(read({"-v", "staus"})) == " (did you mean 'status'?)");
    CHECK(conf::meant_verb(read({"nginx"})).empty());
    CHECK(conf::meant_verb(read({"/bin/chek"})).empty());
    CHECK(conf::meant_verb(read({"--", "chek"})).empty());
    CHECK(conf::meant_verb(read({"check"})).empty());
    CHECK(conf::meant_verb(read({})).empty());
}

TEST_CASE("the names of verbs are those that are read") {
    for (unsigned number = 1; number <= static_cast<unsigned>(Verb::analyze); ++number) {
        const auto verb = static_cast<Verb>(number);
        CAPTURE(number);
        Argv argv{std::string(conf::verb_name(verb))};
        if (verb == Verb::kill) argv.emplace_back("TERM");
        if (verb == Verb::exec) argv.emplace_back("x");
        if (verb == Verb::inittab) argv.emplace_back("check");
        const Arguments read_back = read(argv);
        CHECK(read_back.verb == verb);
        CHECK(read_back.error.empty());
        CHECK(conf::usage().find(std::string(" ") + argv[0]) != std::string::npos);
    }
}

TEST_CASE("usage fits a serial console") {
    const std::string text = conf::usage();
    CHECK(text.back() == '\n');
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = text.find('\n', start);
        CHECK_MESSAGE(end - start < 80, text.substr(start, end - start));
        start = end + 1;
    }
}
