#include "conf/arguments.hpp"

#include <algorithm>

#include "conf/arguments_reader.hpp"
#include "conf/text.hpp"

namespace conf {
namespace {

void take_command(Reader& reader) {
    reader.out.command.assign(reader.words.begin() + static_cast<std::ptrdiff_t>(reader.at), reader.words.end());
    reader.at = reader.words.size();
}

void read_run(Reader& reader) {
    while (!reader.done()) {
        const std::string& word = reader.words[reader.at];
        if (!is_option(word)) return take_command(reader);
        ++reader.at;
        if (word == "--") {
            reader.out.dashes = true;
            if (reader.at == reader.words.size())
                reader.fail("nothing stands after '--': write the command to run there");
            return take_command(reader);
        }
        read_option(reader, word, for_run);
        if (reader.out.verb != Verb::run) return;
    }
}

// What the kernel hands on: our long options and what stands after "--", the rest is not meant for us.
void read_lenient(Reader& reader) {
    while (!reader.done()) {
        const std::string& word = reader.words[reader.at++];
        if (word == "--") {
            reader.out.dashes = true;
            return take_command(reader);
        }
        if (word.starts_with("--") || word == "-c") read_option(reader, word, for_boot);
    }
}

// What a verb takes beside options.
enum class Takes : std::uint8_t { nothing, file, signal, command, inittab };

// What a verb may have one of: a file or a signal.
void take_word(Reader& reader, const std::string& word, Takes takes, bool first) {
    if (takes == Takes::nothing) return reader.fail("'%' takes no further words", verb_name(reader.out.verb));
    if (!first)
        return reader.fail("% at a time: '%' is too many", takes == Takes::file ? "one file" : "one signal", word);
    if (takes == Takes::signal)
        reader.out.signal = read_signal(reader, "kill", word);
    else
        reader.out.file = word;
}

// Options and at most one word, in any order.
void read_words(Reader& reader, unsigned where, Takes takes) {
    bool options_over = false;
    bool first = true;
    while (!reader.done()) {
        const std::string& word = reader.words[reader.at++];
        if (!options_over && word == "--") {
            options_over = true;
        } else if (!options_over && is_option(word)) {
            read_option(reader, word, where);
            if (reader.out.verb == Verb::help || reader.out.verb == Verb::version) return;
        } else {
            take_word(reader, word, takes, first);
            first = false;
        }
    }
    if (takes == Takes::signal && first) reader.fail("kill needs a signal, such as TERM or HUP");
}

// "exec": options up to the first word that is none; the rest is the command.
void read_exec(Reader& reader) {
    while (!reader.done() && is_option(reader.words[reader.at]) && reader.out.verb == Verb::exec) {
        const std::string& word = reader.words[reader.at++];
        if (word == "--") break;
        read_option(reader, word, for_exec);
    }
    take_command(reader);
    if (reader.out.command.empty() && !reader.out.rescue && reader.out.verb == Verb::exec)
        reader.fail("exec needs a command: mvinit exec -- COMMAND, or exec --rescue for a shell");
}

// "inittab": check, install or remove, and options.
void read_inittab(Reader& reader) {
    constexpr std::string_view names[] = {"check", "install", "remove"};
    const std::string word = reader.at < reader.words.size() ? reader.words[reader.at++] : std::string();
    const auto* found = std::find(std::begin(names), std::end(names), word);
    if (found == std::end(names))
        return word.empty() ? reader.fail("inittab needs check, install or remove")
                            : reader.fail("inittab needs check, install or remove, not '%'%", word,
                                          did_you_mean(word, {names[0], names[1], names[2]}));
    reader.out.inittab = static_cast<InittabVerb>(found - names);
    while (!reader.done() && is_option(reader.words[reader.at]))
        read_option(reader, reader.words[reader.at++], for_inittab);
    const bool installs = reader.out.inittab == InittabVerb::install;
    if (reader.out.json && reader.out.inittab != InittabVerb::check) reader.fail("--json is for inittab check");
    if (!reader.out.install.empty() && !installs) reader.fail("--command is for inittab install");
    if (!reader.done()) reader.fail("'inittab' takes no further words");
}

struct VerbName {
    const char* name;
    Verb verb;
    unsigned where;
    Takes takes = Takes::nothing;
};
constexpr VerbName verbs[] = {
    {"check", Verb::check, for_check, Takes::file},
    {"plan", Verb::plan, for_plan, Takes::file},
    {"version", Verb::version, 0},
    {"help", Verb::help, 0},
    {"inittab", Verb::inittab, for_inittab, Takes::inittab},
    {"poweroff", Verb::poweroff, for_told},
    {"reboot", Verb::reboot, for_told},
    {"halt", Verb::halt, for_told},
    {"reload", Verb::reload, for_told},
    {"status", Verb::status, for_told},
    {"start", Verb::start, for_paced},
    {"stop", Verb::stop, for_paced},
    {"restart", Verb::restart, for_paced},
    {"kill", Verb::kill, for_told, Takes::signal},
    {"log", Verb::log, for_log},
    {"wait", Verb::wait, for_wait},
    {"exec", Verb::exec, for_exec, Takes::command},
    {"analyze", Verb::analyze, for_analyze},
    {"upgrade", Verb::upgrade, for_upgrade, Takes::file},
};

// `init 0`, where /sbin/init is mvinit: people and zoneadm shutdown write that.
bool read_level(Reader& reader, Platform platform) {
    const std::string& word = reader.words[0];
    if (word.size() != 1 || std::string_view("056qQ").find(word[0]) == std::string_view::npos) return false;
    const std::optional<Verb> verb = level_verb(word, platform);
    reader.at = 1;
    // Not to be taken for a command.
    reader.out.verb = verb.value_or(Verb::halt);
    if (!verb) reader.fail("run level 5 means nothing here: 0 powers off, 6 reboots, q reads the configuration again");
    read_words(reader, for_told, Takes::nothing);
    return true;
}

// True where the first word is a verb, which is then read to its end.
bool read_verb(Reader& reader) {
    for (const VerbName& each : verbs) {
        if (each.name != reader.words[0]) continue;
        reader.out.verb = each.verb;
        reader.at = 1;
        if (each.takes == Takes::inittab)
            read_inittab(reader);
        else if (each.takes == Takes::command)
            read_exec(reader);
        else
            read_words(reader, each.where, each.takes);
        return true;
    }
    return false;
}

bool has_name(const Words& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<Verb> level_verb(std::string_view level, Platform platform) {
    const bool illumos = platform == Platform::illumos;
    if (level == "0") return illumos ? Verb::halt : Verb::poweroff;
    if (level == "5" && illumos) return Verb::poweroff;
    if (level == "6") return Verb::reboot;
    if (level == "q" || level == "Q") return Verb::reload;
    return std::nullopt;
}

std::string_view verb_name(Verb verb) {
    return verb == Verb::run ? "run" : verbs[static_cast<std::size_t>(verb) - 1].name;
}

std::string meant_verb(const Arguments& arguments) {
    if (arguments.verb != Verb::run || arguments.dashes || arguments.command.empty()) return "";
    std::vector<std::string_view> names;
    for (const VerbName& each : verbs) names.emplace_back(each.name);
    return did_you_mean(arguments.command.front(), names);
}

void parse_arguments(const Words& argv, const Words& environment_names, bool lenient, Platform platform,
                     Arguments& out) {
    Reader reader{argv, lenient, out};
    if (lenient) {
        read_lenient(reader);
    } else if (argv.empty() || (!read_level(reader, platform) && !read_verb(reader))) {
        out.subreaper = has_name(environment_names, "TINI_SUBREAPER");
        out.group = has_name(environment_names, "TINI_KILL_PROCESS_GROUP");
        read_run(reader);
    }
    // Who asks for JSON is told what is wrong so, too, wherever it stands.
    if (reader.failed()) out.json = out.verb >= Verb::poweroff && has_name(argv, "--json");
}

}  // namespace conf
