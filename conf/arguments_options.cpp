#include <algorithm>
#include <charconv>
#include <utility>

#include "conf/arguments_reader.hpp"
#include "conf/text.hpp"

namespace conf {
namespace {

// All of text as a number of at most 3 digits, or -1.
int small_number(std::string_view text) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return !text.empty() && text.size() <= 3 && text[0] != '-' && error == std::errc{} && rest == end ? value : -1;
}

void read_exit_code(Reader& reader, const std::string& value) {
    const int code = small_number(value);
    if (code < 0 || code > 255) return reader.fail("-e needs an exit code from 0 to 255, not '%'", value);
    reader.out.remap_to_zero.push_back(code);
}

void read_rewrite(Reader& reader, const std::string& value) {
    const std::size_t colon = value.find(':');
    const auto from = parse_signal(std::string_view(value).substr(0, colon));
    const auto to =
        colon == std::string::npos ? std::nullopt : parse_signal(std::string_view(value).substr(colon + 1), true);
    if (!from || !to) {
        return reader.fail(
            "-r needs two signals as FROM:TO, such as TERM:QUIT or 15:3 (TO 0 drops the signal), not '%'", value);
    }
    reader.out.rewrite[*from] = *to;
}

void read_death_signal(Reader& reader, const std::string& value) {
    reader.out.parent_death_signal = read_signal(reader, "-p", value);
}

void read_config(Reader& reader, const std::string& value) {
    if (value.empty()) return reader.fail("-c needs a file");
    reader.out.config_file = value;
}

void read_platform(Reader& reader, const std::string& value) {
    if (value != "linux" && value != "illumos") {
        return reader.fail("--platform is linux or illumos, not '%'%", value,
                           did_you_mean(value, {"linux", "illumos"}));
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

void read_control(Reader& reader, const std::string& value) {
    if (value.empty() || value.front() != '/')
        return reader.fail("--control needs the path of a socket, from / on, not '%'", value);
    reader.out.control = value;
}

void read_timeout(Reader& reader, const std::string& value) {
    const auto duration = parse_duration(value);
    if (!duration || duration->count() > UINT32_MAX)
        return reader.fail("--timeout needs a duration such as 500ms, 10s or 1m30s, 1000h at most, not '%'", value);
    reader.out.timeout_ms = static_cast<std::uint32_t>(duration->count());
}

void read_lines(Reader& reader, const std::string& value) {
    std::uint32_t lines = 0;
    const char* end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, lines);
    if (error != std::errc{} || rest != end) return reader.fail("-n needs a number of lines, not '%'", value);
    reader.out.lines = lines;
}

void read_svg(Reader& reader, const std::string& value) {
    if (value.empty()) return reader.fail("--svg needs a file");
    reader.out.svg = value;
}

// An option; either set (no value) or take (a value follows) is there.
struct Option {
    char letter;  // 0: none
    const char* name;
    unsigned where;
    void (*set)(Arguments& out);
    void (*take)(Reader& reader, const std::string& value);
    const char* value;  // what follows, for messages
};

constexpr Option options[] = {
    {'c', "--config", for_run | for_boot, nullptr, read_config, "a file"},
    {0, "--machine", for_run | for_boot | for_plan, [](Arguments& out) { out.role = Role::machine; }, nullptr, ""},
    {0, "--container", for_run | for_boot | for_plan, [](Arguments& out) { out.role = Role::container; }, nullptr, ""},
    {'s', "--subreaper", for_run, [](Arguments& out) { out.subreaper = true; }, nullptr, ""},
    {'g', "--group", for_run, [](Arguments& out) { out.group = true; }, nullptr, ""},
    {'w', "--warn", for_run, [](Arguments& out) { out.warn_reaped = true; }, nullptr, ""},
    {'v', "--verbose", for_run, [](Arguments& out) { ++out.verbosity; }, nullptr, ""},
    {'e', "--remap-exit", for_run, nullptr, read_exit_code, "an exit code from 0 to 255"},
    {'r', "--rewrite", for_run, nullptr, read_rewrite, "two signals as FROM:TO, such as TERM:QUIT"},
    {'p', "--parent-death", for_run, nullptr, read_death_signal, "a signal such as TERM"},
    {0, "--control", for_run | for_boot | for_asking, nullptr, read_control, "the path of a socket"},
    {0, "--json", for_check | for_plan | for_inittab | for_asking, [](Arguments& out) { out.json = true; }, nullptr,
     ""},
    {0, "--platform", for_check | for_plan, nullptr, read_platform, "linux or illumos"},
    {0, "--facts", for_plan, nullptr, read_facts, "a file"},
    {0, "--root", for_inittab, nullptr, read_root, "a directory"},
    {0, "--command", for_inittab, nullptr, [](Reader& reader, const std::string& value) { reader.out.install = value; },
     "what the smf entry is to run"},
    {0, "--no-wait", for_paced, [](Arguments& out) { out.no_wait = true; }, nullptr, ""},
    {0, "--timeout", for_paced | for_wait, nullptr, read_timeout, "a duration such as 10s"},
    {0, "--ready", for_wait, [](Arguments& out) { out.wait_for = WaitFor::ready; }, nullptr, ""},
    {0, "--down", for_wait, [](Arguments& out) { out.wait_for = WaitFor::down; }, nullptr, ""},
    {'f', "--follow", for_log, [](Arguments& out) { out.follow = true; }, nullptr, ""},
    {'n', "--lines", for_log, nullptr, read_lines, "a number of lines"},
    {0, "--rescue", for_exec, [](Arguments& out) { out.rescue = true; }, nullptr, ""},
    {0, "--svg", for_analyze, nullptr, read_svg, "a file"},
    {0, "--check", for_upgrade, [](Arguments& out) { out.check = true; }, nullptr, ""},
    {'h', "--help", for_all, [](Arguments& out) { out.verb = Verb::help; }, nullptr, ""},
    {'V', "--version", for_all, [](Arguments& out) { out.verb = Verb::version; }, nullptr, ""},
};

void report_unknown(Reader& reader, std::string_view word, unsigned where) {
    std::vector<std::string_view> names;
    for (const Option& option : options) {
        if ((option.where & where) != 0) names.emplace_back(option.name);
    }
    reader.fail("unknown option '%'%; 'mvinit help' lists them", word,
                word.starts_with("--") ? did_you_mean(word, names) : "");
}

// The value of an option: attached to it, or the next word.
void take_value(Reader& reader, const Option& option, std::string_view shown, const std::string* attached) {
    if (attached != nullptr) return option.take(reader, *attached);
    if (reader.at < reader.words.size()) return option.take(reader, reader.words[reader.at++]);
    reader.fail("% needs %", shown, option.value);
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
        if (equals != std::string::npos) return reader.fail("'%' takes no value", name);
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

}  // namespace

void Reader::fail(const char* text, std::string_view first, std::string_view second) {
    if (lenient || failed()) return;
    for (; *text != '\0'; ++text) {
        if (*text != '%')
            out.error += *text;
        else
            out.error += std::exchange(first, second);
    }
}

void read_option(Reader& reader, const std::string& word, unsigned where) {
    word.starts_with("--") ? read_long(reader, word, where) : read_short(reader, word, where);
}

int read_signal(Reader& reader, const char* what, const std::string& word) {
    const std::optional<int> number = parse_signal(word);
    if (number) return *number;
    reader.fail("% needs a signal such as TERM, not %", what,
                cat({"'", word, "'", did_you_mean(word, signal_names())}));
    return 0;
}

bool is_option(std::string_view word) {
    return word.size() > 1 && word[0] == '-';
}

}  // namespace conf
