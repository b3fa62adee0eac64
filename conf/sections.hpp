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
void read_hooks(Report& report, const Node& node, std::string_view path, Config& config);
void read_system(Report& report, const Node& node, std::string_view path, Config& config);
void read_boot(Report& report, const Node& node, std::string_view path, Config& config);
void read_mounts(Report& report, const Node& node, std::string_view path, Config& config);
void read_interfaces(Report& report, const Node& node, std::string_view path, Config& config);
void read_dns(Report& report, const Node& node, std::string_view path, Config& config);
void read_end(Report& report, const Node& node, std::string_view path, Config& config);
void read_rescue(Report& report, const Node& node, std::string_view path, Config& config);
void read_console(Report& report, const Node& node, std::string_view path, Config& config);
void read_log(Report& report, const Node& node, std::string_view path, Config& config);
void read_sinks(Report& report, const Node& node, std::string_view path, Config& config);
void read_control(Report& report, const Node& node, std::string_view path, Config& config);
void read_inittab(Report& report, const Node& node, std::string_view path, Config& config);
void read_ready(Report& report, const Node& node, std::string_view path, Config& config);
void read_health(Report& report, const Node& node, std::string_view path, Config& config);
void read_watchdog(Report& report, const Node& node, std::string_view path, Config& config);
void read_image(Report& report, const Node& node, std::string_view path, Config& config);  // for its errors alone

// Once all is read: that [health], table, has something to ask. nullptr: there is none.
void check_health(Report& report, const Node* table, const Config& config);

// Where read_list puts the elements of one kind.
struct ListOf {
    std::span<const Field> fields;
    void* (*append)(Config& config);
    void (*check)(Report& report, const Node& node, std::string_view path, void* element);  // after it is read
};

// [[name]]: each element of node, or an error where it is no array of tables. The list itself is empty before.
void read_list(Report& report, const Node& node, std::string_view path, const ListOf& list, Config& config);

}  // namespace conf
