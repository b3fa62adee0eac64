// Table-driven reading: a table of the file is a list of fields, each with its reader and the member it fills.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/config.hpp"
#include "conf/document.hpp"

namespace conf {

struct Choice {
    std::string_view word;
    int value;
};

// Collects what is wrong in one file, in the order of the file.
struct Report {
    std::string_view file;
    Diagnostics diagnostics;

    void add_at(std::uint32_t line, std::uint32_t column, std::string message, Severity severity = Severity::error);
    void add(const Node& at, std::string message) { add_at(at.line, at.column, std::move(message)); }
    void add_key(const Node& at, std::string message, Severity severity = Severity::error) {
        add_at(at.key_line, at.key_column, std::move(message), severity);
    }
};

enum class On : std::uint8_t { all, linux_os, illumos };

struct Site;

struct Field {
    std::string_view name;
    void (*read)(const Site& site, void* object);
    On platform = On::all;
    std::int32_t low = 0;  // of an integer, or of a duration in milliseconds; beside platform it takes no room
    std::int64_t high = INT64_MAX;
    std::span<const Choice> choices = {};
};

// One key where it stands: what a reader needs.
struct Site {
    Report& report;
    const Node& node;
    const Field& field;
    std::string_view table;  // "app", "platform.linux.interface"

    // "table.key: message" at node, or at an item below it.
    void fail(const Node& at, std::string_view message) const;
    void fail(std::string_view message) const { fail(node, message); }
    // "expected <what>, found <kind>"
    void expected(const Node& at, std::string_view what) const;
};

template <auto Member>
struct MemberOf;
template <class Object, class Value, Value Object::*Member>
struct MemberOf<Member> {
    static Value& in(void* object) { return static_cast<Object*>(object)->*Member; }
    using Type = Value;
};

// A field whose member Member is filled by Read(site, member).
template <auto Member, auto Read>
constexpr Field field(std::string_view name, On platform = On::all, std::int32_t low = 0,
                      std::int64_t high = INT64_MAX) {
    return {name, [](const Site& site, void* object) { Read(site, MemberOf<Member>::in(object)); }, platform, low, high,
            {}};
}

// The place of the chosen word in field.choices; false, and a message, where there is none.
bool read_choice(const Site& site, int& out);

// A field of an enumeration.
template <auto Member>
constexpr Field choice(std::string_view name, std::span<const Choice> choices) {
    return {name,
            [](const Site& site, void* object) {
                int value = 0;
                auto& member = MemberOf<Member>::in(object);
                if (read_choice(site, value)) member = static_cast<typename MemberOf<Member>::Type>(value);
            },
            On::all,
            0,
            0,
            choices};
}

// Reads every key of table; unknown keys are errors. object is what the fields' members belong to.
void read_table(Report& report, const Node& table, std::string_view path, std::span<const Field> fields, void* object);

// The platform whose overlay path lies in, or On::all.
On overlay_platform(std::string_view path);

using Strings = std::vector<std::string>;

// Readers. Each leaves out as it was when the value is wrong, and says so.
void read_text(const Site& site, std::string& out);      // any string
void read_path(const Site& site, std::string& out);      // absolute
void read_name(const Site& site, std::string& out);      // not empty
void read_account(const Site& site, std::string& out);   // name, or number as string or integer
void read_stream(const Site& site, std::string& out);    // console, null, inherit or an absolute path
void read_hostname(const Site& site, std::string& out);  // 1 to 64 letters, digits, '-', '.'
void read_boolean(const Site& site, bool& out);
void read_int(const Site& site, int& out);                 // low to high
void read_unsigned(const Site& site, std::uint32_t& out);  // low to high
void read_octal(const Site& site, std::uint32_t& out);     // "0" to "777"
void read_duration(const Site& site, Milliseconds& out);   // low to high
void read_size(const Site& site, std::uint64_t& out);      // bytes, low to high; "64K", "1M"
void read_signal(const Site& site, int& out);
void read_argv(const Site& site, Strings& out);             // at least one word, the first not empty
void read_names(const Site& site, Strings& out);            // none empty
void read_paths(const Site& site, Strings& out);            // all absolute
void read_codes(const Site& site, std::vector<int>& out);   // each low to high
void read_environment(const Site& site, Environment& out);  // merged into what is there

}  // namespace conf
