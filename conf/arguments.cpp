#include "conf/arguments.hpp"

#include <algorithm>
#include <charconv>

#include "conf/text.hpp"

namespace conf {
namespace {

using Words = std::vector<std::string>;

// Where the reading of argv stands.
struct Reader {
    const Words& words;
    bool lenient;
    std::size_t at = 0;
    Arguments out{};

    bool failed() const { return !out.error.empty(); }
    bool done() const { return at >= words.size() || failed(); }
    void fail(std::string message) {
        if (!lenient && !failed()) out.error = std::move(message);
    }
};

// All of text as a number of at most 3 digits, or -1.
int small_number(std::string_view text) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return !text.empty() && text.size() <= 3 && text[0] != '-' && error == std::errc{} && rest == end ? value : -1;
}

void read_exit_code(Reader& reader, const std::string& value) {
    const int code = small_number(value);
    if (code < 0 || code > 255) return reader.fail(cat({"-e needs an exit code from 0 to 255, not '", value, "'"}));
    reader.out.remap_to_zero.push_back(code);
}

void read_rewrite(Reader& reader, const std::string& value) {
    const std::size_t colon = value.find(':');
    const auto from = parse_signal(std::string_view(value).substr(0, colon));
    const auto to =
        colon == std::string::npos ? std::nullopt : parse_signal(std::string_view(value).substr(colon + 1), true);
    if (!from || !to) {
        return reader.fail(cat(
            {"-r needs two signals as FROM:TO, such as TERM:QUIT or 15:3 (TO 0 drops the signal), not '", value, "'"}));
    }
    reader.out.rewrite[*from] = *to;
}

void read_death_signal(Reader& reader, const std::string& value) {
    const std::optional<int> number = parse_signal(value);
    if (!number) {
        return reader.fail(
            cat({"-p needs a signal such as TERM, not '", value, "'", did_you_mean(value, signal_names())}));
    }
    reader.out.parent_death_signal = *number;
}

void read_config(Reader& reader, const std::string& value) {
    if (value.empty()) return reader.fail("-c needs a file");
    reader.out.config_file = value;
}

void read_platform(Reader& reader, const std::string& value) {
    if (value != "linux" && value != "illumos") {
        return reader.fail(
            cat({"--platform is linux or illumos, not '", value, "'", did_you_mean(value, {"linux", "illumos"})}));
    }
    reader.out.platform = value == "illumos" ? Platform::illumos : Platform::linux_os;
    reader.out.platform_given = true;
}

void read_facts(Reader& reader, const std::string& value) {
    if (value.empty()) return reader.fail("--facts needs a file");
    reader.out.facts_file = value;
}

void read_root(Reader& reader, const std::string& value) {
    if (value.empty()) return reader.fail("--root needs a directory");
    reader.out.root = value;
}

// boot: counts in lenient reading
enum For : unsigned { run = 1, check = 2, plan = 4, boot = 8, inittab = 16 };

// An option; either set (no value) or take (a value follows) is there.
struct Option {
    char letter;  // 0: none
    std::string_view name;
    unsigned where;
    void (*set)(Arguments& out);
    void (*take)(Reader& reader, const std::string& value);
    std::string_view value;  // what follows, for messages
};

constexpr Option options[] = {
    {'c', "--config", run | boot, nullptr, read_config, "a file"},
    {0, "--machine", run | boot | plan, [](Arguments& out) { out.role = Role::machine; }, nullptr, ""},
    {0, "--container", run | boot | plan, [](Arguments& out) { out.role = Role::container; }, nullptr, ""},
    {'s', "--subreaper", run, [](Arguments& out) { out.subreaper = true; }, nullptr, ""},
    {'g', "--group", run, [](Arguments& out) { out.group = true; }, nullptr, ""},
    {'w', "--warn", run, [](Arguments& out) { out.warn_reaped = true; }, nullptr, ""},
    {'v', "--verbose", run, [](Arguments& out) { ++out.verbosity; }, nullptr, ""},
    {'e', "--remap-exit", run, nullptr, read_exit_code, "an exit code from 0 to 255"},
    {'r', "--rewrite", run, nullptr, read_rewrite, "two signals as FROM:TO, such as TERM:QUIT"},
    {'p', "--parent-death", run, nullptr, read_death_signal, "a signal such as TERM"},
    {0, "--json", check | plan | inittab, [](Arguments& out) { out.json = true; }, nullptr, ""},
    {0, "--platform", check | plan, nullptr, read_platform, "linux or illumos"},
    {0, "--facts", plan, nullptr, read_facts, "a file"},
    {0, "--root", inittab, nullptr, read_root, "a directory"},
    {0, "--command", inittab, nullptr, [](Reader& reader, const std::string& value) { reader.out.install = value; },
     "what the smf entry is to run"},
    {'h', "--help", run | check | plan | inittab, [](Arguments& out) { out.verb = Verb::help; }, nullptr, ""},
    {'V', "--version", run | check | plan | inittab, [](Arguments& out) { out.verb = Verb::version; }, nullptr, ""},
};

void report_unknown(Reader& reader, std::string_view word, unsigned where) {
    std::vector<std::string_view> names;
    for (const Option& option : options) {
        if ((option.where & where) != 0) names.push_back(option.name);
    }
    std::string message = "unknown option '";
    message += word;
    message += "'";
    if (word.starts_with("--")) message += did_you_mean(word, names);
    reader.fail(cat({message, "; 'mvinit help' lists them"}));
}

// The value of an option: attached to it, or the next word.
void take_value(Reader& reader, const Option& option, std::string_view shown, const std::string* attached) {
    if (attached != nullptr) return option.take(reader, *attached);
    if (reader.at < reader.words.size()) return option.take(reader, reader.words[reader.at++]);
    std::string message(shown);
    message += " needs ";
    message += option.value;
    reader.fail(std::move(message));
}

// "--name", "--name=value", "--name value"
void read_long(Reader& reader, const std::string& word, unsigned where) {
    const std::size_t equals = word.find('=');
    const std::string_view name = std::string_view(word).substr(0, equals);
    for (const Option& option : options) {
        if (option.name != name || (option.where & where) == 0) continue;
        const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
        if (option.take != nullptr)
            return take_value(reader, option, name, equals == std::string::npos ? nullptr : &value);
        if (equals != std::string::npos) return reader.fail(cat({"'", std::string(name), "' takes no value"}));
        return option.set(reader.out);
    }
    report_unknown(reader, word, where);
}

// "-sg", "-e143", "-e 143"
void read_short(Reader& reader, const std::string& word, unsigned where) {
    for (std::size_t i = 1; i < word.size() && !reader.failed(); ++i) {
        const auto* option = std::find_if(std::begin(options), std::end(options), [&](const Option& each) {
            return each.letter == word[i] && each.letter != 0 && (each.where & where) != 0;
        });
        const std::string shown = std::string("-") + word[i];
        if (option == std::end(options)) return report_unknown(reader, shown, where);
        if (option->take != nullptr) {
            const std::string rest = word.substr(i + 1);
            return take_value(reader, *option, shown, rest.empty() ? nullptr : &rest);
        }
        option->set(reader.out);
    }
}

void read_option(Reader& reader, const std::string& word, unsigned where) {
    word.starts_with("--") ? read_long(reader, word, where) : read_short(reader, word, where);
}

bool is_option(std::string_view word) {
    return word.size() > 1 && word[0] == '-';
}

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
        read_option(reader, word, run);
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
        if (word.starts_with("--") || word == "-c") read_option(reader, word, boot);
    }
}

// "check" and "plan": options and at most one file, in any order.
void read_verb(Reader& reader, unsigned where) {
    bool options_over = false;
    bool file_given = false;
    while (!reader.done()) {
        const std::string& word = reader.words[reader.at++];
        if (!options_over && word == "--") {
            options_over = true;
        } else if (!options_over && is_option(word)) {
            read_option(reader, word, where);
            if (reader.out.verb == Verb::help || reader.out.verb == Verb::version) return;
        } else if (file_given) {
            reader.fail(cat({"one file at a time: '", word, "' is too many"}));
        } else {
            reader.out.file = word;
            file_given = true;
        }
    }
}

// "inittab": check, install or remove, and options.
void read_inittab(Reader& reader) {
    constexpr std::string_view names[] = {"check", "install", "remove"};
    const std::string word = reader.at < reader.words.size() ? reader.words[reader.at++] : std::string();
    const auto* found = std::find(std::begin(names), std::end(names), word);
    if (found == std::end(names))
        return reader.fail(cat({"inittab needs check, install or remove", word.empty() ? "" : ", not '" + word + "'",
                                did_you_mean(word, {names[0], names[1], names[2]})}));
    reader.out.inittab = static_cast<InittabVerb>(found - names);
    while (!reader.done() && is_option(reader.words[reader.at]))
        read_option(reader, reader.words[reader.at++], inittab);
    const bool installs = reader.out.inittab == InittabVerb::install;
    if (reader.out.json && reader.out.inittab != InittabVerb::check) reader.fail("--json is for inittab check");
    if (!reader.out.install.empty() && !installs) reader.fail("--command is for inittab install");
}

struct VerbName {
    std::string_view name;
    Verb verb;
};
// The last five as in `init 0`, where /sbin/init is mvinit: people and zoneadm shutdown write that.
constexpr VerbName verbs[] = {
    {"check", Verb::check},       {"plan", Verb::plan},  {"inittab", Verb::inittab}, {"version", Verb::version},
    {"help", Verb::help},         {"halt", Verb::halt},  {"reboot", Verb::reboot},   {"reload", Verb::reload},
    {"poweroff", Verb::poweroff}, {"5", Verb::poweroff}, {"6", Verb::reboot},        {"0", Verb::halt},
    {"q", Verb::reload},          {"Q", Verb::reload},
};

// True where the first word is a verb, which is then read to its end.
bool read_verb_first(Reader& reader) {
    if (reader.words.empty()) return false;
    for (const VerbName& each : verbs) {
        if (each.name != reader.words[0]) continue;
        reader.out.verb = each.verb;
        reader.at = 1;
        if (each.verb == Verb::check || each.verb == Verb::plan)
            read_verb(reader, each.verb == Verb::check ? check : plan);
        if (each.verb == Verb::inittab) read_inittab(reader);
        if (!reader.done()) reader.fail(cat({"'", std::string(each.name), "' takes no further words"}));
        return true;
    }
    return false;
}

bool has_name(const Words& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Arguments parse_arguments(const Words& argv, const Words& environment_names, bool lenient) {
    Reader reader{argv, lenient};
    if (lenient) {
        read_lenient(reader);
    } else if (!read_verb_first(reader)) {
        reader.out.subreaper = has_name(environment_names, "TINI_SUBREAPER");
        reader.out.group = has_name(environment_names, "TINI_KILL_PROCESS_GROUP");
        read_run(reader);
    }
    if (!reader.failed()) return std::move(reader.out);
    Arguments failed;
    failed.error = std::move(reader.out.error);
    failed.verb = reader.out.verb;
    return failed;
}

}  // namespace conf
