// conf/text.hpp and conf/diagnostic.hpp.
#include <doctest/doctest.h>

#include "conf/diagnostic.hpp"
#include "conf/text.hpp"

using namespace std::chrono_literals;
using conf::Diagnostic;
using conf::Severity;

TEST_CASE("durations that are right") {
    const std::pair<const char*, std::chrono::milliseconds> table[] = {
        {"0", 0ms},     {"0s", 0ms},   {"0ms", 0ms},          {"250ms", 250ms},         {"10s", 10s},
        {"1m30s", 90s}, {"2h", 2h},    {"90m", 90min},        {"1h2m3s4ms", 3723004ms}, {"10000h", 10000h},
        {"007s", 7s},   {"1s0ms", 1s}, {"36000000s", 10000h},
    };
    for (const auto& [text, value] : table) {
        CAPTURE(text);
        CHECK(conf::parse_duration(text) == value);
    }
}

TEST_CASE("durations that are wrong") {
    for (const char* text : {"",
                             "1",
                             "00",
                             "s",
                             "ms",
                             "-1s",
                             "+1s",
                             "1.5s",
                             "1 s",
                             " 1s",
                             "1s ",
                             "1S",
                             "1d",
                             "1s1m",
                             "1s2s",
                             "1ms1s",
                             "10001h",
                             "10000h1ms",
                             "99999999999999999999s",
                             "1m30",
                             "1sms",
                             "0x1s"}) {
        CAPTURE(text);
        CHECK_FALSE(conf::parse_duration(text).has_value());
    }
    CHECK_FALSE(conf::parse_duration(std::string_view("1s\0", 3)).has_value());
}

TEST_CASE("durations are written shortest") {
    const std::pair<std::chrono::milliseconds, const char*> table[] = {
        {0ms, "0"},   {1ms, "1ms"}, {100ms, "100ms"}, {1500ms, "1500ms"}, {1s, "1s"},     {60s, "1m"},
        {90s, "90s"}, {30s, "30s"}, {3600s, "1h"},    {36001s, "10h1s"},  {61min, "61m"}, {10000h, "10000h"},
    };
    for (const auto& [value, text] : table) {
        CHECK(conf::duration_text(value) == text);
        CHECK(conf::parse_duration(text) == value);
    }
}

TEST_CASE("signals") {
    const std::pair<const char*, int> table[] = {
        {"TERM", 15},     {"SIGTERM", 15}, {"term", 15},       {"sigTerm", 15}, {"15", 15},      {"HUP", 1},
        {"INT", 2},       {"KILL", 9},     {"USR1", 10},       {"USR2", 12},    {"CHLD", 17},    {"CLD", 17},
        {"IOT", 6},       {"POLL", 29},    {"PWR", 30},        {"SYS", 31},     {"UNUSED", 31},  {"WINCH", 28},
        {"RTMIN", 34},    {"RTMIN+3", 37}, {"SIGRTMIN+3", 37}, {"RTMAX", 64},   {"RTMAX-1", 63}, {"RTMIN+30", 64},
        {"RTMAX-30", 34}, {"1", 1},        {"64", 64},         {"32", 32},
    };
    for (const auto& [text, number] : table) {
        CAPTURE(text);
        CHECK(conf::parse_signal(text) == number);
    }
    for (const char* text : {"", "SIG", "TERMS", "65", "-1", "+1", "0", "15 ", "RTMIN+31", "RTMAX-31", "RTMIN-1",
                             "RTMAX+1", "RTMIN+", "RTMIN+-1", "999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(conf::parse_signal(text).has_value());
    }
    CHECK(conf::parse_signal("0", true) == 0);
}

TEST_CASE("every signal's name reads back to its number") {
    for (int number = 1; number <= 64; ++number) {
        if (number == 32 || number == 33) continue;  // glibc keeps these; they have no name
        CAPTURE(number);
        CHECK(conf::parse_signal(conf::signal_name(number)) == number);
    }
    for (std::string_view name : conf::signal_names()) CHECK(conf::parse_signal(name).has_value());
    CHECK(conf::signal_name(15) == "SIGTERM");
    CHECK(conf::signal_name(34) == "SIGRTMIN");
    CHECK(conf::signal_name(37) == "SIGRTMIN+3");
    CHECK(conf::signal_name(64) == "SIGRTMAX");
    CHECK(conf::signal_name(33) == "signal 33");
    CHECK(conf::signal_name(99) == "signal 99");
    CHECK(conf::signal_name(0) == "signal 0");
    CHECK(conf::signal_name(-1) == "signal -1");
}

TEST_CASE("the kernel's words") {
    using Words = std::vector<std::string>;
    const std::pair<const char*, Words> table[] = {
        {"", {}},
        {" \n\t ", {}},
        {"a b\n", {"a", "b"}},
        {"a  b=c", {"a", "b=c"}},
        {"\"a b\" c", {"a b", "c"}},
        {"x=\"a b\" c", {"x=a b", "c"}},
        {"-g \"daemon off;\"", {"-g", "daemon off;"}},
        {"a\"b c\"d", {"a\"b c\"d"}},
        {"\"open end", {"open end"}},
        {"x=\"open end", {"x=open end"}},
        {"\"\"", {""}},
        {"\"x=\"a b\"\"", {"x=a", "b\"\""}},
        {"=\"a\"", {"=\"a\""}},
    };
    for (const auto& [text, words] : table) {
        CAPTURE(text);
        CHECK(conf::split_kernel_words(text) == words);
    }
}

TEST_CASE("join and shell quoting") {
    CHECK(conf::join({}, ",") == "");
    CHECK(conf::join({"a"}, ",") == "a");
    CHECK(conf::join({"", "", "b"}, ", ") == ", , b");
    CHECK(conf::shell_quote({}) == "");
    CHECK(conf::shell_quote({"/bin/ls", "-l", "a b", "", "it's", "$x", "a=b", "~", "x;y"}) ==
          "/bin/ls -l 'a b' '' 'it'\\''s' '$x' a=b '~' 'x;y'");
}

TEST_CASE("the nearest name") {
    const std::vector<std::string_view> names = {"command", "cwd", "user", "group", "umask"};
    const std::pair<const char*, const char*> table[] = {
        {"comand", " (did you mean 'command'?)"},
        {"commnad", " (did you mean 'command'?)"},
        {"Command", " (did you mean 'command'?)"},
        {"kwd", " (did you mean 'cwd'?)"},
        {"usr", " (did you mean 'user'?)"},
        {"command", ""},
        {"something", ""},
        {"", ""},
        {"x", ""},
        {"groups", " (did you mean 'group'?)"},
    };
    for (const auto& [word, text] : table) {
        CAPTURE(word);
        CHECK(conf::did_you_mean(word, names) == text);
    }
    CHECK(conf::did_you_mean("word", {}) == "");
    CHECK(conf::did_you_mean(std::string(100'000, 'a'), names) == "");
}

TEST_CASE("a diagnostic as text and JSON") {
    const Diagnostic full{"f.toml", 3, 7, "no \"x\"\n", Severity::error};
    CHECK(conf::to_text(full) == "f.toml:3:7: no \"x\"\n");
    CHECK(conf::to_text({"f.toml", 3, 0, "m", Severity::warning}) == "f.toml:3: warning: m");
    CHECK(conf::to_text({"f.toml", 0, 0, "m", Severity::error}) == "f.toml: m");
    CHECK(conf::to_text({"", 0, 0, "m", Severity::error}) == "m");
    CHECK(conf::to_json({}) == "[]\n");
    CHECK(conf::to_json({full, {"", 0, 0, "w", Severity::warning}}) ==
          "[\n  {\"file\": \"f.toml\", \"line\": 3, \"column\": 7, \"severity\": \"error\", \"message\": \"no "
          "\\\"x\\\"\\n\"},"
          "\n  {\"file\": \"\", \"line\": 0, \"column\": 0, \"severity\": \"warning\", \"message\": \"w\"}\n]\n");
    CHECK(conf::has_errors({full}));
    CHECK_FALSE(conf::has_errors({{"", 0, 0, "w", Severity::warning}}));
    CHECK_FALSE(conf::has_errors({}));
}

TEST_CASE("JSON escapes") {
    CHECK(conf::json_escape("a\"b\\c\n\t\x01\x1f\x7f\xc3\xa9") == "a\\\"b\\\\c\\n\\t\\u0001\\u001f\\u007f\xc3\xa9");
    CHECK(conf::json_escape(std::string_view("\0", 1)) == "\\u0000");
}
