// Readers of arrays and of tables whose keys are free.
#include "conf/field.hpp"
#include "conf/readers.hpp"

namespace conf {
namespace {

bool word_at(const Site& site, const Node& at, std::string& out) {
    return string_at(site, at, "a string", out);
}

bool is_environment_name(std::string_view name) {
    return !name.empty() && name.find('=') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

bool read_each(const Site& site, std::string_view what, ReadOne one, Strings& out) {
    if (site.node.kind != Kind::array) {
        site.expected(site.node, what);
        return false;
    }
    Strings all;
    bool good = true;
    for (const Node& item : site.node.items) good = one(site, item, all.emplace_back()) && good;
    if (good) out = std::move(all);
    return good;
}

void read_argv(const Site& site, Strings& out) {
    Strings words;
    if (!read_each(site, "an array of strings such as [\"/bin/app\", \"-v\"]", word_at, words)) return;
    if (words.empty()) return site.fail("is empty: name the program to run");
    if (words[0].empty()) return site.fail(site.node.items[0], "the program's name is empty");
    out = std::move(words);
}

void read_names(const Site& site, Strings& out) {
    read_each(site, "an array of strings", name_at, out);
}

void read_paths(const Site& site, Strings& out) {
    read_each(site, "an array of absolute paths", path_at, out);
}

void read_codes(const Site& site, std::vector<int>& out) {
    if (site.node.kind != Kind::array) return site.expected(site.node, "an array of integers");
    std::vector<int> codes;
    bool good = true;
    for (const Node& item : site.node.items) {
        std::int64_t number = 0;
        good = integer_at(site, item, number) && good;
        codes.push_back(static_cast<int>(number));
    }
    if (good) out = std::move(codes);
}

void read_environment(const Site& site, Environment& out) {
    if (site.node.kind != Kind::table) return site.expected(site.node, "a table of strings");
    for (const Node& item : site.node.items) {
        std::string value;
        if (!is_environment_name(item.key)) {
            site.fail(item,
                      cat({quoted(item.key), " is no name of a variable: it must not be empty nor have '=' in it"}));
        } else if (string_at(site, item, "a string for " + quoted(item.key), value)) {
            out[item.key] = std::move(value);
        }
    }
}

}  // namespace conf
