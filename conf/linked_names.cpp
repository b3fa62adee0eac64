// poweroff, reboot, halt, shutdown, init and telinit: what people give these, whichever init they know them from.
// The options are those of sysvinit's halt(8) and shutdown(8), of systemd's, and of illumos' shutdown(8). There is no
// wtmp to write, nobody to warn and nothing but now: what asks for more than that is said to be so.
#include <string_view>

#include "conf/arguments_reader.hpp"

namespace conf {
namespace {

enum Name : std::uint8_t { ending = 1, shutting = 2, levels = 4 };

// What an option does.
enum class Does : std::uint8_t {
    nothing,
    value,
    poweroff,
    reboot,
    halt,
    force,
    grace,
    level,
    wtmp,
    cancel,
    warn,
    help
};

struct LinkedOption {
    char letter;  // 0: none
    std::uint8_t where;
    Does does;
    const char* name;
};
constexpr LinkedOption linked[] = {
    {'p', ending, Does::poweroff, "--poweroff"},
    {'P', shutting, Does::poweroff, "--poweroff"},
    {'h', shutting, Does::poweroff, ""},
    {0, ending, Does::reboot, "--reboot"},
    {'r', shutting, Does::reboot, "--reboot"},
    {0, ending, Does::halt, "--halt"},
    {'H', shutting, Does::halt, "--halt"},
    {'f', ending, Does::force, "--force"},
    {'w', ending, Does::wtmp, "--wtmp-only"},
    {'d', ending, Does::nothing, "--no-wtmp"},
    {'n', ending, Does::nothing, "--no-sync"},  // what is written back is written back
    {'i', ending, Does::nothing, ""},           // interfaces are not waited for
    {'h', ending, Does::nothing, ""},           // nor disks
    {'i', shutting, Does::level, ""},
    {'g', shutting, Does::grace, ""},
    {'y', shutting, Does::nothing, ""},
    {'c', shutting, Does::cancel, ""},
    {'k', shutting, Does::warn, ""},
    {'f', shutting, Does::nothing, ""},  // no fsck follows
    {'F', shutting, Does::nothing, ""},
    {'a', shutting, Does::nothing, ""},
    {'n', shutting, Does::nothing, ""},
    {'t', shutting | levels, Does::value, ""},  // stop_timeout says it
    {0, ending | shutting | levels, Does::nothing, "--no-wall"},
    {0, ending | shutting | levels, Does::help, "--help"},
};

constexpr std::string_view help_text =
    R"(These are names of mvinit, which ends the machine or container that it runs.

  poweroff | reboot | halt [-f] [-p]   -f: kill what does not stop at once
                                       halt -p: power off
  shutdown [-h|-P|-r|-H] now           power off (default), reboot, halt
  init | telinit 0|6|q                 power off, reboot, reload; on illumos
                                       0 halts and 5 powers off

Other options are accepted and mean nothing here; other times than now are
refused. See mvinit(8).
)";

struct Linked {
    Reader reader;
    unsigned where;
    Platform platform;
    std::string_view when{};  // "now", "+0" ...; empty: not said
};

void take_level(Linked& linked_name, std::string_view level) {
    const std::optional<Verb> verb = level_verb(level, linked_name.platform);
    if (verb)
        linked_name.reader.out.verb = *verb;
    else
        linked_name.reader.fail(
            "run level '%' means nothing here: 0 and 6 end the machine, q reads the configuration again; for a shell: "
            "mvinit exec --rescue",
            level);
}

void carry_out(Linked& all, Does does, std::string_view value) {
    Arguments& out = all.reader.out;
    switch (does) {
        case Does::poweroff:
            out.verb = Verb::poweroff;
            break;
        case Does::reboot:
            out.verb = Verb::reboot;
            break;
        case Does::halt:
            out.verb = Verb::halt;
            break;
        case Does::force:
            out.force = true;
            break;
        case Does::grace:
            all.when = value == "0" ? "now" : value;
            break;
        case Does::level:
            take_level(all, value);
            break;
        case Does::wtmp:
            out.nothing = "there is no wtmp here: nothing was written, nothing is ended\n";
            break;
        case Does::cancel:
            out.nothing = "nothing is ever scheduled here, so there is nothing to cancel\n";
            break;
        case Does::warn:
            out.nothing = "nobody is logged in here to be warned: nothing was done\n";
            break;
        case Does::help:
            out.nothing = help_text;
            break;
        case Does::nothing:
        case Does::value:
            break;
    }
}

bool takes_value(Does does) {
    return does == Does::value || does == Does::grace || does == Does::level;
}

const LinkedOption* find(unsigned where, char letter, std::string_view name) {
    for (const LinkedOption& each : linked) {
        if ((each.where & where) == 0) continue;
        if (letter != 0 ? each.letter == letter : each.name == name) return &each;
    }
    return nullptr;
}

// One option of word, from at on; returns where the next one of the same word begins.
std::size_t read_one(Linked& all, const std::string& word, std::size_t at) {
    const bool is_long = word[1] == '-';
    const LinkedOption* option = find(all.where, is_long ? '\0' : word[at], word);
    if (option == nullptr) {
        const std::string_view shown = is_long ? std::string_view(word) : std::string_view(word).substr(at, 1);
        all.reader.fail("unknown option '%%'; --help lists them", is_long ? "" : "-", shown);
        return word.size();
    }
    if (!takes_value(option->does)) {
        carry_out(all, option->does, "");
        return is_long ? word.size() : at + 1;
    }
    std::string_view value = std::string_view(word).substr(at + 1);
    if (value.empty() && !all.reader.done()) value = all.reader.words[all.reader.at++];
    if (value.empty()) all.reader.fail("'%' needs a value", word);
    carry_out(all, option->does, value);
    return word.size();
}

void read_all(Linked& all) {
    bool first = true;
    while (!all.reader.done() && all.reader.out.nothing.empty()) {
        const std::string& word = all.reader.words[all.reader.at++];
        if (is_option(word)) {
            for (std::size_t at = 1; at < word.size() && !all.reader.failed();) at = read_one(all, word, at);
        } else if (all.where == levels) {
            if (!first) all.reader.fail("one run level at a time: '%' is too many", word);
            take_level(all, word);
            first = false;
        } else if (all.where == ending) {
            all.reader.fail("'%' is too much: no words follow here", word);
        } else if (all.when.empty()) {
            all.when = word;
        } else {
            all.reader.at = all.reader.words.size();  // the message to users
        }
    }
}

void check_time(Linked& all) {
    if (all.when == "now" || all.when == "+0" || all.when == "0") return;
    if (all.when.empty()) return all.reader.fail("when? mvinit knows only now: shutdown now, shutdown -r now");
    all.reader.fail("'%': mvinit ends the machine now or not at all; have something else wait, then shutdown now",
                    all.when);
}

struct KnownName {
    const char* name;
    std::uint8_t where;
    Verb verb;
};
constexpr KnownName names[] = {
    {"poweroff", ending, Verb::poweroff},   {"reboot", ending, Verb::reboot}, {"halt", ending, Verb::halt},
    {"shutdown", shutting, Verb::poweroff}, {"telinit", levels, Verb::halt},  {"init", levels, Verb::halt},
};

// init is asked for a level by one character and nothing else: all else is for the init of a container.
bool is_level(const Words& argv) {
    return argv.size() == 1 && argv[0].size() == 1 &&
           std::string_view("0123456789sSqQuUabcABC").find(argv[0][0]) != std::string_view::npos;
}

}  // namespace

bool parse_linked_name(std::string_view name, const Words& argv, Platform platform, Arguments& out) {
    name.remove_prefix(name.rfind('/') + 1);  // npos + 1 is 0
    for (const KnownName& each : names) {
        if (each.name != name || (name == "init" && !is_level(argv))) continue;
        Linked all{{argv, false, out}, each.where, platform};
        out.verb = each.verb;
        read_all(all);
        if (each.where == levels && argv.empty()) all.reader.fail("telinit needs a run level: 0, 6 or q");
        if (each.where == shutting && out.nothing.empty() && !all.reader.failed()) check_time(all);
        if (all.reader.failed()) out.verb = each.verb;
        return true;
    }
    return false;
}

}  // namespace conf
