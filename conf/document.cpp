#include "conf/document.hpp"

#include <utility>

#include "conf/toml.hpp"

namespace conf {
namespace {

constexpr std::size_t most_dots = 1000;  // in one line

Kind kind_of(toml::node_type type) {
    switch (type) {
        case toml::node_type::string:
            return Kind::string;
        case toml::node_type::integer:
            return Kind::integer;
        case toml::node_type::boolean:
            return Kind::boolean;
        case toml::node_type::floating_point:
            return Kind::floating;
        case toml::node_type::date:
            return Kind::date;
        case toml::node_type::time:
            return Kind::time;
        case toml::node_type::date_time:
            return Kind::date_time;
        case toml::node_type::array:
            return Kind::array;
        default:
            return Kind::table;
    }
}

// toml++ limits the nesting, and with it the depth of this recursion (TOML_MAX_NESTED_VALUES).
void copy(const toml::node& from, Node& to) {
    to.kind = kind_of(from.type());
    to.line = from.source().begin.line;
    to.column = from.source().begin.column;
    if (const auto* text = from.as_string()) to.text = text->get();
    if (const auto* number = from.as_integer()) to.number = number->get();
    if (const auto* truth = from.as_boolean()) to.number = truth->get() ? 1 : 0;
    if (const auto* array = from.as_array()) {
        for (const toml::node& item : *array) copy(item, to.items.emplace_back());
    }
    if (const auto* table = from.as_table()) {
        for (auto&& [key, item] : *table) {
            Node& member = to.items.emplace_back();
            copy(item, member);
            member.key = key.str();
            member.key_line = key.source().begin.line;
            member.key_column = key.source().begin.column;
        }
    }
}

// Dotted keys nest tables without a limit in toml++, and nested tables are copied and freed by recursion: a line of a
// million dots would overflow the stack. A dotted key cannot go over the end of its line. 0 where all lines are right.
std::uint32_t line_of_too_many_dots(std::string_view text) {
    std::uint32_t line = 1;
    std::size_t dots = 0;
    for (char c : text) {
        if (c == '.' && ++dots > most_dots) return line;
        if (c != '\n') continue;
        ++line;
        dots = 0;
    }
    return 0;
}

}  // namespace

const Node* find(const Node* table, std::string_view key) {
    if (table == nullptr || table->kind != Kind::table) return nullptr;
    for (const Node& item : table->items) {
        if (item.key == key) return &item;
    }
    return nullptr;
}

std::string_view kind_text(Kind kind) {
    static constexpr std::string_view texts[] = {"a string", "an integer",      "a boolean", "a float", "a date",
                                                 "a time",   "a date and time", "an array",  "a table"};
    return texts[static_cast<std::size_t>(kind)];
}

bool read_document(std::string_view text, std::string_view file, Node& root, Diagnostics& diagnostics) {
    if (const std::uint32_t line = line_of_too_many_dots(text)) {
        add(diagnostics, {std::string(file), line, 1, "more than 1000 dots in one line", Severity::error});
        return false;
    }
    const toml::parse_result result = toml::parse(text);
    if (result) {
        copy(result.table(), root);
        root.line = root.column = 1;
        return true;
    }
    const toml::source_position& at = result.error().source().begin;
    std::string_view description = result.error().description();
    if (description.substr(0, 6) == "Error ") description.remove_prefix(6);
    add(diagnostics, {std::string(file), at.line, at.column, cat({"not valid TOML: ", description}), Severity::error});
    return false;
}

}  // namespace conf
