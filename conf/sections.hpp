// The tables of mvinit.toml: one reader each, and the checks that need more than one key.
#pragma once

#include <span>
#include <string_view>

#include "conf/config.hpp"
#include "conf/field.hpp"

namespace conf {

// path: as messages name the table ("app", "platform.linux.app"). config is laid over key by key; a list is replaced.
void read_app(Report& report, const Node& node, std::string_view path, Config& config);
void read_setup(Report& report, const Node& node, std::string_view path, Config& config);
void read_system(Report& report, const Node& node, std::string_view path, Config& config);
void read_mounts(Report& report, const Node& node, std::string_view path, Config& config);
void read_interfaces(Report& report, const Node& node, std::string_view path, Config& config);
void read_dns(Report& report, const Node& node, std::string_view path, Config& config);
void read_end(Report& report, const Node& node, std::string_view path, Config& config);
void read_rescue(Report& report, const Node& node, std::string_view path, Config& config);
void read_console(Report& report, const Node& node, std::string_view path, Config& config);
void read_log(Report& report, const Node& node, std::string_view path, Config& config);

// [[name]]: each element of node, or an error where it is no array of tables. check is called after an element is read.
template <class Item>
void read_list(Report& report, const Node& node, std::string_view path, std::span<const Field> fields,
               std::vector<Item>& list, void (*check)(Report&, const Node&, std::string_view path, Item&)) {
    list.clear();
    if (node.kind != Kind::array) {
        return report.add(node, std::string(path) + ": expected a list of tables ([[" + std::string(path) +
                                    "]]), found " + std::string(kind_text(node.kind)));
    }
    for (const Node& item : node.items) {
        Item& element = list.emplace_back();
        read_table(report, item, path, fields, &element);
        if (item.kind == Kind::table) check(report, item, path, element);
    }
}

}  // namespace conf
