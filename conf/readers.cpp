// Readers of single values.
#include "conf/readers.hpp"

#include <charconv>

#include "conf/field.hpp"
#include "conf/text.hpp"

namespace conf {

std::string quoted(std::string_view text) {
    return "\"" + json_escape(text) + "\"";
}

bool string_at(const Site& site, const Node& at, std::string_view what, std::string& out) {
    if (at.kind != Kind::string) {
        site.expected(at, what);
        return false;
    }
    if (at.text.find('\0') != std::string::npos) {
        site.fail(at, "the text has a NUL character in it, which no program can be given");
        return false;
    }
    out = at.text;
    return true;
}

bool path_at(const Site& site, const Node& at, std::string& out) {
    std::string text;
    if (!string_at(site, at, "an absolute path", text)) return false;
    if (text.empty() || text[0] != '/') {
        site.fail(at, cat({quoted(text), " is not an absolute path: begin it with '/'"}));
        return false;
    }
    out = std::move(text);
    return true;
}

bool name_at(const Site& site, const Node& at, std::string& out) {
    std::string text;
    if (!string_at(site, at, "a string", text)) return false;
    if (text.empty()) {
        site.fail(at, "is empty");
        return false;
    }
    out = std::move(text);
    return true;
}

bool integer_at(const Site& site, const Node& at, std::int64_t& out) {
    if (at.kind != Kind::integer) {
        site.expected(at, "an integer");
        return false;
    }
    if (at.number < site.field.low || at.number > site.field.high) {
        site.fail(at, cat({std::to_string(at.number), " is out of range (", std::to_string(site.field.low), " to ",
                           std::to_string(site.field.high), ")"}));
        return false;
    }
    out = at.number;
    return true;
}

void read_text(const Site& site, std::string& out) {
    string_at(site, site.node, "a string", out);
}
void read_path(const Site& site, std::string& out) {
    path_at(site, site.node, out);
}
void read_name(const Site& site, std::string& out) {
    name_at(site, site.node, out);
}

void read_account(const Site& site, std::string& out) {
    if (site.node.kind != Kind::integer) {
        std::string text;
        if (!string_at(site, site.node, "a name or a number", text)) return;
        if (text.empty()) return site.fail("is empty");
        out = std::move(text);
        return;
    }
    std::int64_t number = 0;
    if (integer_at(site, site.node, number)) out = std::to_string(number);
}

void read_stream(const Site& site, std::string& out) {
    std::string text;
    if (!string_at(site, site.node, "\"console\", \"null\", \"inherit\" or an absolute path", text)) return;
    const bool word = text == "console" || text == "null" || text == "inherit";
    if (!word && (text.empty() || text[0] != '/')) {
        return site.fail(cat({quoted(text), " is neither console, null, inherit nor an absolute path",
                              did_you_mean(text, {"console", "null", "inherit"})}));
    }
    out = std::move(text);
}

void read_hostname(const Site& site, std::string& out) {
    std::string text;
    if (!string_at(site, site.node, "a string", text)) return;
    bool good = !text.empty() && text.size() <= 64;  // __NEW_UTS_LEN of Linux; illumos allows more
    for (char c : text) {
        const char small = static_cast<char>(c | 0x20);
        good = good && ((small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.');
    }
    if (!good) return site.fail(cat({quoted(text), " is not a host name: use 1 to 64 letters, digits, '-' and '.'"}));
    out = std::move(text);
}

void read_boolean(const Site& site, bool& out) {
    if (site.node.kind != Kind::boolean) return site.expected(site.node, "true or false");
    out = site.node.number != 0;
}

void read_int(const Site& site, int& out) {
    std::int64_t number = out;
    if (integer_at(site, site.node, number)) out = static_cast<int>(number);
}

void read_unsigned(const Site& site, std::uint32_t& out) {
    std::int64_t number = out;
    if (integer_at(site, site.node, number)) out = static_cast<std::uint32_t>(number);
}

void read_octal(const Site& site, std::uint32_t& out) {
    std::string text;
    if (!string_at(site, site.node, "a string of octal digits such as \"022\"", text)) return;
    std::uint32_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number, 8);
    if (text.empty() || error != std::errc{} || rest != end || number > 0777) {
        return site.fail(cat({quoted(text), " is not an octal number from 0 to 777, such as \"022\""}));
    }
    out = number;
}

void read_duration(const Site& site, Milliseconds& out) {
    std::string text;
    if (!string_at(site, site.node, "a duration such as \"10s\"", text)) return;
    const std::optional<Milliseconds> value = parse_duration(text);
    if (!value) {
        return site.fail(cat({quoted(text),
                              " is not a duration: write digits with h, m, s or ms, such as \"250ms\" or \"1m30s\", "
                              "at most 10000h"}));
    }
    if (value->count() < site.field.low) {
        return site.fail(cat({quoted(text), " is too short: at least ", duration_text(Milliseconds(site.field.low))}));
    }
    if (value->count() > site.field.high)
        return site.fail(cat({quoted(text), " is too long: at most ", duration_text(Milliseconds(site.field.high))}));
    out = *value;
}

void read_signal(const Site& site, int& out) {
    std::string text;
    if (!string_at(site, site.node, "a signal such as \"TERM\"", text)) return;
    const std::optional<int> number = parse_signal(text);
    if (!number) return site.fail(cat({quoted(text), " is not a signal", did_you_mean_signal(text)}));
    out = *number;
}

std::string did_you_mean_signal(std::string_view text) {
    std::string name(text);
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (name.compare(0, 3, "SIG") == 0) name.erase(0, 3);
    return did_you_mean(name, signal_names());
}

bool read_choice(const Site& site, int& out) {
    std::string choices;
    std::vector<std::string_view> words;
    for (const Choice& each : site.field.choices) {
        if (site.node.kind == Kind::string && site.node.text == each.word) {
            out = each.value;
            return true;
        }
        if (!words.empty()) choices += &each == &site.field.choices.back() ? " or " : ", ";
        choices += each.word;
        words.push_back(each.word);
    }
    if (site.node.kind != Kind::string) {
        site.expected(site.node, "one of " + choices);
    } else {
        site.fail(cat({quoted(site.node.text), " is not one of ", choices, did_you_mean(site.node.text, words)}));
    }
    return false;
}

}  // namespace conf
