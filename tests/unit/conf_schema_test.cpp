// The schema, the parser, the man page and the sample configuration are held against each other.
#include <doctest/doctest.h>
#include <fstream>
#include <set>
#include <sstream>

#include "conf/image.hpp"
#include "conf/parse.hpp"
#include "conf/schema.hpp"

using conf::Config;
using conf::Key;
using conf::Platform;

namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(std::string(MVINIT_SOURCE_DIR) + "/" + path);
    std::stringstream text;
    text << file.rdbuf();
    INFO(path);
    REQUIRE(file.good());
    return text.str();
}

// "interface[].mtu" -> "[[interface]]" and "mtu".
std::pair<std::string, std::string> split_path(std::string_view path) {
    std::string table(path.substr(0, path.rfind('.')));
    const std::string key(path.substr(path.rfind('.') + 1));
    if (table.size() > 2 && table.compare(table.size() - 2, 2, "[]") == 0) {
        return {"[[" + table.substr(0, table.size() - 2) + "]]", key};
    }
    return {"[" + table + "]", key};
}

// What else an element of a list must have to be right.
std::string company(const std::string& table, const std::string& key) {
    if (table == "[[setup]]" && key != "command") return "command = [\"/x\"]\n";
    if (table == "[[hook]]") {
        return std::string(key == "when" ? "" : "when = \"after_stop\"\n") +
               (key == "command" ? "" : "command = [\"/x\"]\n");
    }
    if (table == "[[interface]]" && key != "name") return "name = \"x\"\n";
    if (table == "[[sink]]" && key != "to")
        return std::string("to = \"file\"\n") + (key == "path" ? "" : "path = \"/x\"\n");
    if (table == "[health]" && key != "tcp" && key != "http" && key != "command") return "tcp = \"[::1]:80\"\n";
    if (table != "[[mount]]") return "";
    return std::string(key == "target" ? "" : "target = \"/x\"\n") + (key == "type" ? "" : "type = \"x\"\n");
}

// A right value for the keys that have no default.
std::string example(const Key& key) {
    if (!key.default_text.empty()) return std::string(key.default_text);
    if (key.type == "argv") return "[\"/x\", \"y\"]";
    if (key.type == "integer") return "3";
    if (key.path == "hook[].when") return "\"before_stop\"";
    if (key.type == "size") return "\"1M\"";
    if (key.type == "duration") return "\"2s\"";
    if (key.path.ends_with(".tcp")) return "\"127.0.0.1:80\"";
    if (key.path.ends_with(".http")) return "\"http://127.0.0.1:80/health\"";
    if (key.path == "app.capabilities") return "[\"chown\"]";
    if (key.path == "interface[].mac") return "\"52:54:00:12:34:56\"";
    if (key.path == "system.hostname" || key.path == "interface[].name" || key.path == "interface[].driver") {
        return "\"x\"";
    }
    return "\"/x\"";
}

std::string document(const Key& key, const std::string& value) {
    const auto [table, name] = split_path(key.path);
    return table + "\n" + company(table, name) + name + (value.empty() ? "" : " = " + value) + "\n";
}

// All that a file says: PID 1's values, and mvimage's.
struct Values {
    Config config;
    conf::Image image;
    bool operator==(const Values&) const = default;
};

Values values_of(const std::string& text) {
    return {conf::parse(text, "f", Platform::linux_os, false).config, conf::parse_image(text, Platform::linux_os)};
}

std::string errors_of(const std::string& text, Platform platform = Platform::linux_os) {
    std::string all;
    for (const conf::Diagnostic& each : conf::parse(text, "f", platform, false).diagnostics) {
        all += conf::to_text(each) + "\n";
    }
    return all;
}

std::string roff(std::string_view text) {
    std::string out;
    for (char c : text) out += c == '"' ? std::string("\\(dq") : c == '-' ? std::string("\\-") : std::string(1, c);
    return out;
}

}  // namespace

TEST_CASE("the schema is well formed") {
    const std::set<std::string_view> types = {"string",   "argv", "strings", "boolean", "integer", "integers",
                                              "duration", "size", "table",   "enum",    "signal",  "octal"};
    const std::set<std::string_view> platforms = {"all", "linux", "illumos"};
    std::set<std::string_view> paths;
    for (const Key& key : conf::schema()) {
        CAPTURE(key.path);
        CHECK(paths.insert(key.path).second);
        CHECK(types.count(key.type) == 1);
        CHECK(platforms.count(key.platforms) == 1);
        REQUIRE(key.summary.size() > 1);
        CHECK(key.summary.back() == '.');
        CHECK(key.summary.find('\n') == std::string_view::npos);
    }
    CHECK(paths.size() > 60);
}

TEST_CASE("the parser takes every key of the schema, on its platforms without a word") {
    for (const Key& key : conf::schema()) {
        CAPTURE(key.path);
        const std::string text = document(key, example(key));
        CHECK(errors_of(text) == "");
        CHECK(errors_of(text, Platform::illumos) == "");
    }
}

TEST_CASE("a default of the schema is the default of Config or Image") {
    for (const Key& key : conf::schema()) {
        if (key.default_text.empty()) continue;
        CAPTURE(key.path);
        const auto [table, name] = split_path(key.path);
        const std::string without = table + "\n" + company(table, name);
        CHECK(values_of(document(key, example(key))) == values_of(without));
        if (company(table, name).empty() && table.compare(0, 2, "[[") != 0) {
            CHECK(values_of(without) == Values{});
        }
    }
}

TEST_CASE("a key without default leaves Config as it is only when it is left out") {
    for (const Key& key : conf::schema()) {
        if (!key.default_text.empty()) continue;
        CAPTURE(key.path);
        CHECK_FALSE(values_of(document(key, example(key))) == Values{});
    }
}

TEST_CASE("the parser knows no key that the schema lacks") {
    std::set<std::string> tables;
    for (const Key& key : conf::schema()) tables.insert(split_path(key.path).first);
    for (const std::string& table : tables) {
        // Near every name of the table in turn: the hint never names one outside the schema.
        for (const Key& key : conf::schema()) {
            const auto [own, name] = split_path(key.path);
            const std::string errors = errors_of(table + "\n" + company(table, "") + name + " = {}\n");
            CAPTURE(table);
            CAPTURE(name);
            bool known = false;
            for (const Key& other : conf::schema()) known = known || split_path(other.path) == std::pair(table, name);
            CHECK((errors.find("unknown key") == std::string::npos) == known);
        }
    }
}

TEST_CASE("a value of a foreign type is refused with the type that is expected") {
    for (const Key& key : conf::schema()) {
        CAPTURE(key.path);
        for (const char* value : {"1979-05-27", "1.5"}) {
            const std::string errors = errors_of(document(key, value));
            CHECK(errors.find("expected ") != std::string::npos);
            CHECK(errors.find(value == std::string("1.5") ? "found a float" : "found a date") != std::string::npos);
        }
    }
}

TEST_CASE("keys of one platform warn in the other's table") {
    for (const Key& key : conf::schema()) {
        if (key.platforms == "illumos") continue;
        CAPTURE(key.path);
        std::string text = document(key, example(key));
        text.insert(text.find_last_of('[', text.find(']')) + 1, "platform.illumos.");
        CHECK((errors_of(text).find("warning: platform.illumos.") != std::string::npos) == (key.platforms == "linux"));
    }
}

TEST_CASE("the man page lists every key with type, default and platforms, and no other") {
    std::set<std::string> expected;
    for (const Key& key : conf::schema()) {
        const auto [table, name] = split_path(key.path);
        const std::string standard = key.default_text.empty() ? "none" : roff(key.default_text);
        expected.insert(table + " .BR " + name + " \" (" + std::string(key.type) + "; default " + standard + "; " +
                        std::string(key.platforms) + ")\"");
    }
    std::set<std::string> found;
    std::istringstream page(read_file("packaging/man/mvinit.toml.5"));
    std::string table;
    for (std::string line; std::getline(page, line);) {
        if (line.compare(0, 4, ".SS ") == 0) table = line.substr(4);
        if (line.find("; default ") != std::string::npos) found.insert(table + " " + line);
    }
    for (const std::string& each : expected) {
        INFO("missing in the man page: " << each);
        CHECK(found.count(each) == 1);
    }
    for (const std::string& each : found) {
        INFO("not in the schema: " << each);
        CHECK(expected.count(each) == 1);
    }
}

TEST_CASE("the sample configuration is right, with its comments taken away too") {
    const std::string sample = read_file("packaging/mvinit.toml");
    CHECK(errors_of(sample) == "");
    CHECK(errors_of(sample, Platform::illumos) == "");
    std::string all;
    std::istringstream lines(sample);
    for (std::string line; std::getline(lines, line);) {
        const bool example_line =
            line.compare(0, 2, "# ") == 0 && (line.find(" = ") != std::string::npos || line.compare(0, 3, "# [") == 0);
        all += (example_line ? line.substr(2) : line) + "\n";
    }
    CHECK(all.find("\n[[mount]]") != std::string::npos);
    CHECK(errors_of(all) == "");
}
