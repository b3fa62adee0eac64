// A TOML text as a plain tree with positions: what the schema readers work on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/diagnostic.hpp"

namespace conf {

enum class Kind : std::uint8_t { string, integer, boolean, floating, date, time, date_time, array, table };

struct Node {
    Kind kind = Kind::table;
    std::uint32_t line = 1;  // of the value, or of the table's header
    std::uint32_t column = 1;
    std::string key;  // empty in an array
    std::uint32_t key_line = 0;
    std::uint32_t key_column = 0;
    std::string text;         // of a string
    std::int64_t number = 0;  // of an integer; 0 or 1 of a boolean
    std::vector<Node> items;  // of an array, or of a table in the order of its keys
};

// The member called key, or nullptr. table may be nullptr or no table.
const Node* find(const Node* table, std::string_view key);

// "a string", "an integer" ...
std::string_view kind_text(Kind kind);

// Reads text into root. TOML stops at its first syntax error: false, and that one error is added.
bool read_document(std::string_view text, std::string_view file, Node& root, Diagnostics& diagnostics);

}  // namespace conf
