// conf/arguments.hpp: the command line, as tini's and dumb-init's users write it.
#include <doctest/doctest.h>

#include "conf/arguments.hpp"

using conf::Arguments;
using conf::Argv;
using conf::parse_arguments;
using conf::Platform;
using conf::Role;
using conf::Verb;

namespace {

Arguments read(const Argv& argv) {
    return parse_arguments(argv, {}, false);
}

Arguments run_of(const Argv& command) {
    Arguments arguments;
    arguments.command = command;
    return arguments;
}

}  // namespace

TEST_CASE("no words at all run the machine's configuration") {
    CHECK(read({}) == Arguments{});
}

TEST_CASE("where the command begins") {
    Arguments dashes = run_of({"nginx", "-g", "daemon off;"});
    CHECK(read({"nginx", "-g", "daemon off;"}) == dashes);
    dashes.dashes = true;
    CHECK(read({"--", "nginx", "-g", "daemon off;"}) == dashes);
    Arguments verb_as_command = run_of({"check"});
    verb_as_command.dashes = true;
    CHECK(read({"--", "check"}) == verb_as_command);
    CHECK(read({"-s", "check"}).command == Argv{"check"});
    CHECK(read({"sh", "--", "-c"}).command == Argv{"sh", "--", "-c"});
    CHECK_FALSE(read({"sh", "--", "-c"}).dashes);
    CHECK(read({"-"}).command == Argv{"-"});
    CHECK(read({""}).command == Argv{""});
}

TEST_CASE("options of container mode") {
    struct Row {
        Argv argv;
        void (*set)(Arguments& expected);
    };
    const Row table[] = {
        {{"-s", "x"}, [](Arguments& e) { e.subreaper = true; }},
        {{"--subreaper", "x"}, [](Arguments& e) { e.subreaper = true; }},
        {{"-g", "x"}, [](Arguments& e) { e.group = true; }},
        {{"-sg", "x"}, [](Arguments& e) { e.subreaper = e.group = true; }},
        {{"-w", "x"}, [](Arguments& e) { e.warn_reaped = true; }},
        {{"-v", "x"}, [](Arguments& e) { e.verbosity = 1; }},
        {{"-vvv", "x"}, [](Arguments& e) { e.verbosity = 3; }},
        {{"-v", "--verbose", "x"}, [](Arguments& e) { e.verbosity = 2; }},
        {{"-e", "143", "x"}, [](Arguments& e) { e.remap_to_zero = {143}; }},
        {{"-e143", "-e", "0", "x"},
         [](Arguments& e) {
             e.remap_to_zero = {143, 0};
         }},
        {{"-sge255", "x"},
         [](Arguments& e) {
             e.subreaper = e.group = true;
             e.remap_to_zero = {255};
         }},
        {{"--remap-exit=7", "x"}, [](Arguments& e) { e.remap_to_zero = {7}; }},
        {{"-r15:2", "x"},
         [](Arguments& e) {
             e.rewrite = {{15, 2}};
         }},
        {{"-r", "TERM:INT", "x"},
         [](Arguments& e) {
             e.rewrite = {{15, 2}};
         }},
        {{"--rewrite", "SIGTERM:RTMIN+3", "x"},
         [](Arguments& e) {
             e.rewrite = {{15, 37}};
         }},
        {{"-r", "15:0", "-r", "1:15", "-r", "15:3", "x"},
         [](Arguments& e) {
             e.rewrite = {{15, 3}, {1, 15}};
         }},
        {{"-p", "SIGTERM", "x"}, [](Arguments& e) { e.parent_death_signal = 15; }},
        {{"-pKILL", "x"}, [](Arguments& e) { e.parent_death_signal = 9; }},
        {{"-c", "/a.toml", "x"}, [](Arguments& e) { e.config_file = "/a.toml"; }},
        {{"-c/a.toml", "x"}, [](Arguments& e) { e.config_file = "/a.toml"; }},
        {{"--config=/a.toml", "x"}, [](Arguments& e) { e.config_file = "/a.toml"; }},
        {{"--config", "/a.toml", "x"}, [](Arguments& e) { e.config_file = "/a.toml"; }},
        {{"--machine", "x"}, [](Arguments& e) { e.role = Role::machine; }},
        {{"--container", "x"}, [](Arguments& e) { e.role = Role::container; }},
    };
    for (const Row& row : table) {
        CAPTURE(row.argv[0]);
        Arguments expected = run_of({"x"});
        row.set(expected);
        CHECK(read(row.argv) == expected);
    }
}

TEST_CASE("options after the command are the command's") {
    CHECK(read({"sleep", "-s", "--json", "-e", "999"}) == run_of({"sleep", "-s", "--json", "-e", "999"}));
}

TEST_CASE("tini's variables count for commands alone") {
    const Arguments both = parse_arguments({"x"}, {"PATH", "TINI_SUBREAPER", "TINI_KILL_PROCESS_GROUP"}, false);
    CHECK(both.subreaper);
    CHECK(both.group);
    CHECK_FALSE(parse_arguments({"x"}, {"TINI_SUBREAPER"}, false).group);
    CHECK_FALSE(parse_arguments({"check"}, {"TINI_SUBREAPER"}, false).subreaper);
    CHECK_FALSE(parse_arguments({"x"}, {"TINI_SUBREAPERX"}, false).subreaper);
}

TEST_CASE("verbs") {
    struct Row {
        Argv argv;
        void (*set)(Arguments& expected);
    };
    const Row table[] = {
        {{"check"}, [](Arguments& e) { e.verb = Verb::check; }},
        {{"check", "a.toml", "--json"},
         [](Arguments& e) {
             e.verb = Verb::check;
             e.file = "a.toml";
             e.json = true;
         }},
        {{"check", "--", "--json"},
         [](Arguments& e) {
             e.verb = Verb::check;
             e.file = "--json";
         }},
        {{"check", "--platform", "linux"},
         [](Arguments& e) {
             e.verb = Verb::check;
             e.platform_given = true;
         }},
        {{"plan", "--platform=illumos", "--facts", "f.json", "--json", "-"},
         [](Arguments& e) {
             e.verb = Verb::plan;
             e.platform = Platform::illumos;
             e.platform_given = true;
             e.facts_file = "f.json";
             e.json = true;
             e.file = "-";
         }},
        {{"version"}, [](Arguments& e) { e.verb = Verb::version; }},
        {{"--version"}, [](Arguments& e) { e.verb = Verb::version; }},
        {{"-V"}, [](Arguments& e) { e.verb = Verb::version; }},
        {{"help"}, [](Arguments& e) { e.verb = Verb::help; }},
        {{"-h"}, [](Arguments& e) { e.verb = Verb::help; }},
        {{"--help", "anything", "-Z"}, [](Arguments& e) { e.verb = Verb::help; }},
        {{"plan", "-h"}, [](Arguments& e) { e.verb = Verb::help; }},
        {{"poweroff"}, [](Arguments& e) { e.verb = Verb::poweroff; }},
        {{"reboot"}, [](Arguments& e) { e.verb = Verb::reboot; }},
        {{"halt"}, [](Arguments& e) { e.verb = Verb::halt; }},
        {{"reload"}, [](Arguments& e) { e.verb = Verb::reload; }},
        {{"0"}, [](Arguments& e) { e.verb = Verb::poweroff; }},
        {{"6"}, [](Arguments& e) { e.verb = Verb::reboot; }},
        {{"q"}, [](Arguments& e) { e.verb = Verb::reload; }},
        {{"Q"}, [](Arguments& e) { e.verb = Verb::reload; }},
    };
    for (const Row& row : table) {
        CAPTURE(row.argv[0]);
        Arguments expected;
        row.set(expected);
        CHECK(read(row.argv) == expected);
    }
}

TEST_CASE("usage errors say what to write") {
    const std::pair<Argv, const char*> table[] = {
        {{"-x", "a"}, "unknown option '-x'; 'mvinit help' lists them"},
        {{"-sx", "a"}, "unknown option '-x'; 'mvinit help' lists them"},
        {{"--subreeper"}, "unknown option '--subreeper' (did you mean '--subreaper'?); 'mvinit help' lists them"},
        {{"--json", "a"}, "unknown option '--json'; 'mvinit help' lists them"},
        {{"check", "--facts", "f"}, "unknown option '--facts'; 'mvinit help' lists them"},
        {{"check", "-s"}, "unknown option '-s'; 'mvinit help' lists them"},
        {{"--machine=yes"}, "'--machine' takes no value"},
        {{"-e"}, "-e needs an exit code from 0 to 255"},
        {{"-e", "256", "a"}, "-e needs an exit code from 0 to 255, not '256'"},
        {{"-e-1", "a"}, "-e needs an exit code from 0 to 255, not '-1'"},
        {{"--remap-exit=", "a"}, "-e needs an exit code from 0 to 255, not ''"},
        {{"-e", "0001", "a"}, "-e needs an exit code from 0 to 255, not '0001'"},
        {{"-r"}, "-r needs two signals as FROM:TO, such as TERM:QUIT"},
        {{"-r", "TERM", "a"},
         "-r needs two signals as FROM:TO, such as TERM:QUIT or 15:3 (TO 0 drops the signal), not 'TERM'"},
        {{"-r", "0:15", "a"},
         "-r needs two signals as FROM:TO, such as TERM:QUIT or 15:3 (TO 0 drops the signal), not '0:15'"},
        {{"-r", "TERM:X", "a"},
         "-r needs two signals as FROM:TO, such as TERM:QUIT or 15:3 (TO 0 drops the signal), not 'TERM:X'"},
        {{"-p"}, "-p needs a signal such as TERM"},
        {{"-p", "TREM", "a"}, "-p needs a signal such as TERM, not 'TREM' (did you mean 'TERM'?)"},
        {{"-c"}, "-c needs a file"},
        {{"--config"}, "--config needs a file"},
        {{"--config=", "a"}, "-c needs a file"},
        {{"-s", "--"}, "nothing stands after '--': write the command to run there"},
        {{"plan", "--platform"}, "--platform needs linux or illumos"},
        {{"plan", "--platform", "linus"}, "--platform is linux or illumos, not 'linus' (did you mean 'linux'?)"},
        {{"plan", "--facts="}, "--facts needs a file"},
        {{"check", "a", "b"}, "one file at a time: 'b' is too many"},
        {{"version", "x"}, "'version' takes no further words"},
        {{"version", "--json"}, "unknown option '--json'; 'mvinit help' lists them"},
        {{"--control", "x", "a"}, "--control needs the path of a socket, from / on, not 'x'"},
    };
    for (const auto& [argv, message] : table) {
        CAPTURE(message);
        // The verb tells main which exit code a usage error has.
        const std::map<std::string, Verb> verbs{
            {"check", Verb::check}, {"plan", Verb::plan}, {"version", Verb::version}};
        const auto verb = verbs.find(argv.front());
        const Arguments failed = read(argv);
        CHECK(failed.error == message);
        CHECK(failed.verb == (verb != verbs.end() ? verb->second : Verb::run));
    }
}

TEST_CASE("a machine's init takes the kernel's words with a grain of salt") {
    const auto lenient = [](const Argv& argv) { return parse_arguments(argv, {"TINI_SUBREAPER"}, true); };
    CHECK(lenient({"single", "-s", "-e", "999", "check", "--nonsense"}) == Arguments{});
    Arguments expected;
    expected.role = Role::container;
    expected.config_file = "/c.toml";
    expected.dashes = true;
    expected.command = {"app", "-s"};
    CHECK(lenient({"splash", "--container", "5", "--config=/c.toml", "--", "app", "-s"}) == expected);
    CHECK(lenient({"--config"}) == Arguments{});
    CHECK(lenient({"--machine=x"}) == Arguments{});
    CHECK(lenient({"check"}).verb == Verb::run);
    CHECK(lenient({"5"}).verb == Verb::run);
    CHECK(lenient({"-c", "/c.toml", "-s"}).config_file == "/c.toml");
    CHECK(lenient({"-m", "milestone/none", "-sr", "-v"}) == Arguments{});
    CHECK(lenient({"-c"}) == Arguments{});
}

TEST_CASE("inittab: its three verbs and their options") {
    Arguments expected;
    expected.verb = Verb::inittab;
    CHECK(read({"inittab", "check"}) == expected);
    expected.json = true;
    expected.root = "/zones/z/root";
    CHECK(read({"inittab", "check", "--json", "--root", "/zones/z/root"}) == expected);
    expected.json = false;
    expected.inittab = conf::InittabVerb::remove;
    CHECK(read({"inittab", "remove", "--root=/zones/z/root"}) == expected);
    expected.inittab = conf::InittabVerb::install;
    expected.install = "/opt/mvinit -v";
    CHECK(read({"inittab", "install", "--root=/zones/z/root", "--command", "/opt/mvinit -v"}) == expected);
    CHECK(read({"inittab", "check", "--help"}).verb == Verb::help);
    const std::pair<Argv, const char*> table[] = {
        {{"inittab"}, "inittab needs check, install or remove"},
        {{"inittab", "instal"}, "(did you mean 'install'?)"},
        {{"inittab", "--json"}, "not '--json'"},
        {{"inittab", "check", "/etc/inittab"}, "takes no further words"},
        {{"inittab", "check", "--rot", "/x"}, "(did you mean '--root'?)"},
        {{"inittab", "check", "--platform", "linux"}, "unknown option '--platform'"},
        {{"inittab", "check", "--root"}, "--root needs a directory"},
        {{"inittab", "install", "--json"}, "--json is for inittab check"},
        {{"inittab", "remove", "--json"}, "--json is for inittab check"},
        {{"inittab", "check", "--command", "/sbin/mvinit"}, "--command is for inittab install"},
        {{"inittab", "remove", "--command", "/sbin/mvinit"}, "--command is for inittab install"},
        {{"inittab", "check", "--root="}, "--root needs a directory"},
        {{"check", "--root", "/x"}, "unknown option '--root'"},
    };
    for (const auto& [argv, words] : table) {
        const Arguments failed = read(argv);
        CHECK_MESSAGE(failed.error.find(words) != std::string::npos, failed.error);
    }
}
