#include "conf/text.hpp"

#include <charconv>
#include <cstdint>

namespace conf {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr Unit units[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr std::int64_t longest = 10'000LL * 3'600'000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Takes digits and a unit below the index first from the front of text; false where there are none.
bool take_part(std::string_view& text, std::size_t& first, std::int64_t& total) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || !is_digit(text[0]) || error != std::errc{} || number > longest) return false;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length])) ++length;
    for (std::size_t i = first; i < std::size(units); ++i) {
        if (text.substr(0, length) != units[i].name) continue;
        if (number > longest / units[i].milliseconds) return false;
        total += number * units[i].milliseconds;
        first = i + 1;
        text.remove_prefix(length);
        return total <= longest;
    }
    return false;
}

// value in the units whose bit is set in mask; "" where these units do not give it exactly.
std::string in_units(std::int64_t value, unsigned mask) {
    std::string text;
    for (std::size_t i = 0; i < std::size(units); ++i) {
        if ((mask >> i & 1U) == 0 || value < units[i].milliseconds) continue;
        text += std::to_string(value / units[i].milliseconds);
        text += units[i].name;
        value %= units[i].milliseconds;
    }
    return value == 0 ? text : "";
}

// Drops the quotes that the kernel drops: round the word, or round the value of name="value".
std::string unquoted(std::string_view word) {
    const bool whole = !word.empty() && word[0] == '"';
    if (whole) word.remove_prefix(1);
    std::string text(word);
    const std::size_t equals = text.find('=');
    const bool value =
        equals != std::string::npos && equals != 0 && equals + 1 < text.size() && text[equals + 1] == '"';
    if (value) text.erase(equals + 1, 1);
    if ((whole || value) && !text.empty() && text.back() == '"') text.pop_back();
    return text;
}

bool is_plain(std::string_view word) {
    static constexpr std::string_view plain = "%+,-./:=@_";
    for (char c : word) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !is_digit(c) && plain.find(c) == std::string_view::npos) return false;
    }
    return !word.empty();
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text == "0") return std::chrono::milliseconds(0);
    std::int64_t total = 0;
    std::size_t first = 0;
    do {
        if (!take_part(text, first, total)) return std::nullopt;
    } while (!text.empty());
    return std::chrono::milliseconds(total);
}

std::string duration_text(std::chrono::milliseconds value) {
    std::string best = value.count() == 0 ? "0" : std::to_string(value.count()) + "ms";
    for (unsigned mask = 1U << std::size(units); --mask > 0;) {
        const std::string text = in_units(value.count(), mask);
        if (!text.empty() && text.size() < best.size()) best = text;
    }
    return best;
}

std::vector<std::string> split_kernel_words(std::string_view text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_blank(text[at])) {
            ++at;
            continue;
        }
        const std::size_t begin = at;
        for (bool quoted = false; at < text.size() && (quoted || !is_blank(text[at])); ++at) {
            if (text[at] == '"') quoted = !quoted;
        }
        words.push_back(unquoted(text.substr(begin, at - begin)));
    }
    return words;
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) {
        if (&word != words.data()) text += separator;
        text += word;
    }
    return text;
}

std::string shell_quote(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        if (&word != words.data()) text += ' ';
        if (is_plain(word)) {
            text += word;
            continue;
        }
        text += '\'';
        for (char c : word) {
            if (c == '\'') text += "'\\'";
            text += c;
        }
        text += '\'';
    }
    return text;
}

}  // namespace conf
