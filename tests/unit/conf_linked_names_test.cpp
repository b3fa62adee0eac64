// conf/arguments.hpp: poweroff, reboot, halt, shutdown, init and telinit as people write them.
#include <doctest/doctest.h>

#include "conf/arguments.hpp"

using conf::Arguments;
using conf::Argv;
using conf::Platform;
using conf::Verb;

namespace {

std::optional<Arguments> parse_linked_name(const char* name, const Argv& argv, Platform platform) {
    Arguments arguments;
    if (!conf::parse_linked_name(name, argv, platform, arguments)) return {};
    return arguments;
}

struct Row {
    const char* name;
    Argv argv;
    Verb verb;
    bool force = false;
};

}  // namespace

TEST_CASE("linked names end the machine as people know it") {
    const Row table[] = {
        {"poweroff", {}, Verb::poweroff},
        {"/usr/sbin/reboot", {}, Verb::reboot},
        {"halt", {}, Verb::halt},
        {"halt", {"-p"}, Verb::poweroff},
        {"reboot", {"--poweroff"}, Verb::poweroff},
        {"poweroff", {"--reboot"}, Verb::reboot},
        {"poweroff", {"-f"}, Verb::poweroff, true},
        {"reboot", {"-dnfih"}, Verb::reboot, true},
        {"reboot", {"--no-wall", "--no-sync", "--no-wtmp"}, Verb::reboot},
        {"shutdown", {"now"}, Verb::poweroff},
        {"shutdown", {"-h", "now"}, Verb::poweroff},
        {"shutdown", {"-P", "+0"}, Verb::poweroff},
        {"shutdown", {"-r", "now", "back", "soon"}, Verb::reboot},
        {"shutdown", {"-Hf", "now"}, Verb::halt},
        {"shutdown", {"now", "-r"}, Verb::reboot},
        {"shutdown", {"-t", "5", "-r", "0"}, Verb::reboot},
        {"shutdown", {"-y", "-g0", "-i6"}, Verb::reboot},
        {"shutdown", {"-y", "-g", "0", "-i", "0"}, Verb::poweroff},
        {"shutdown", {"--reboot", "--no-wall", "now"}, Verb::reboot},
        {"telinit", {"0"}, Verb::poweroff},
        {"telinit", {"-t", "5", "6"}, Verb::reboot},
        {"telinit", {"q"}, Verb::reload},
        {"/sbin/init", {"0"}, Verb::poweroff},
        {"init", {"Q"}, Verb::reload},
    };
    for (const Row& row : table) {
        CAPTURE(row.name);
        CAPTURE(row.argv);
        Arguments expected;
        expected.verb = row.verb;
        expected.force = row.force;
        const auto found = parse_linked_name(row.name, row.argv, Platform::linux_os);
        REQUIRE(found);
        CHECK(*found == expected);
    }
    CHECK(parse_linked_name("init", {"5"}, Platform::illumos)->verb == Verb::poweroff);
    CHECK(parse_linked_name("init", {"0"}, Platform::illumos)->verb == Verb::halt);
    CHECK(parse_linked_name("shutdown", {"-y", "-g0", "-i5"}, Platform::illumos)->verb == Verb::poweroff);
}

TEST_CASE("linked names that end nothing say so") {
    const std::pair<Row, const char*> table[] = {
        {{"halt", {"-w"}, Verb::halt}, "no wtmp"},
        {{"shutdown", {"-c"}, Verb::poweroff}, "nothing to cancel"},
        {{"shutdown", {"-k", "now"}, Verb::poweroff}, "nothing was done"},
        {{"reboot", {"--help"}, Verb::reboot}, "poweroff | reboot | halt"},
        {{"telinit", {"--help"}, Verb::halt}, "init | telinit 0|6|q"},
    };
    for (const auto& [row, words] : table) {
        const auto found = parse_linked_name(row.name, row.argv, Platform::linux_os);
        REQUIRE(found);
        CHECK(found->error.empty());
        CHECK_MESSAGE(found->nothing.find(words) != std::string::npos, found->nothing);
    }
}

TEST_CASE("what linked names cannot do is refused, with what to write") {
    const std::pair<Row, const char*> table[] = {
        {{"poweroff", {"-x"}, Verb::poweroff}, "unknown option '-x'; --help lists them"},
        {{"poweroff", {"--forse"}, Verb::poweroff}, "unknown option '--forse'; --help lists them"},
        {{"poweroff", {"now"}, Verb::poweroff}, "'now' is too much: no words follow here"},
        {{"shutdown", {}, Verb::poweroff}, "when? mvinit knows only now: shutdown now, shutdown -r now"},
        {{"shutdown", {"-r"}, Verb::poweroff}, "when? mvinit knows only now: shutdown now, shutdown -r now"},
        {{"shutdown", {"+5"}, Verb::poweroff},
         "'+5': mvinit ends the machine now or not at all; have something else wait, then shutdown now"},
        {{"shutdown", {"-h", "20:00", "bye"}, Verb::poweroff},
         "'20:00': mvinit ends the machine now or not at all; have something else wait, then shutdown now"},
        {{"shutdown", {"-y", "-g60", "-i5"}, Verb::poweroff},
         "run level '5' means nothing here: 0 and 6 end the machine, q reads the configuration again; for a shell: "
         "mvinit exec --rescue"},
        {{"shutdown", {"-t"}, Verb::poweroff}, "'-t' needs a value"},
        {{"telinit", {}, Verb::halt}, "telinit needs a run level: 0, 6 or q"},
        {{"telinit", {"0", "6"}, Verb::halt}, "one run level at a time: '6' is too many"},
        {{"init", {"1"}, Verb::halt},
         "run level '1' means nothing here: 0 and 6 end the machine, q reads the configuration again; for a shell: "
         "mvinit exec --rescue"},
    };
    for (const auto& [row, message] : table) {
        const auto found = parse_linked_name(row.name, row.argv, Platform::linux_os);
        REQUIRE(found);
        CHECK(found->error == message);
        CHECK(found->verb == row.verb);
    }
}

TEST_CASE("other names, and init with anything but a run level, are read as ever") {
    for (const char* name : {"mvinit", "/sbin/mvinit", "", "poweroff2", "/poweroff/mvinit"})
        CHECK_FALSE(parse_linked_name(name, {"0"}, Platform::linux_os));
    for (const Argv& argv : {Argv{}, Argv{"-c", "/x.toml"}, Argv{"--", "0"}, Argv{"-s", "sh"}, Argv{"sh"}})
        CHECK_FALSE(parse_linked_name("init", argv, Platform::linux_os));
}
