// [end], [rescue], [console] and [inittab].
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr Choice end_actions[] = {
    {"auto", static_cast<int>(EndAction::automatic)}, {"poweroff", static_cast<int>(EndAction::poweroff)},
    {"reboot", static_cast<int>(EndAction::reboot)},  {"halt", static_cast<int>(EndAction::halt)},
    {"exit", static_cast<int>(EndAction::exit)},      {"rescue", static_cast<int>(EndAction::rescue)}};
constexpr Choice power_off_ways[] = {{"auto", static_cast<int>(PowerOffBy::automatic)},
                                     {"poweroff", static_cast<int>(PowerOffBy::poweroff)},
                                     {"reboot", static_cast<int>(PowerOffBy::reboot)}};
constexpr Choice levels[] = {{"debug", static_cast<int>(LogLevel::debug)},
                             {"info", static_cast<int>(LogLevel::info)},
                             {"warning", static_cast<int>(LogLevel::warning)},
                             {"error", static_cast<int>(LogLevel::error)}};

constexpr Field end_fields[] = {
    choice<&End::success>("success", end_actions),
    choice<&End::failure>("failure", end_actions),
    choice<&End::boot_failure>("boot_failure", end_actions),
    choice<&End::poweroff_by>("poweroff_by", power_off_ways),
};

constexpr Field rescue_fields[] = {
    field<&Rescue::command, read_argv>("command"),
    field<&Rescue::on_boot_failure, read_boolean>("on_boot_failure"),
    field<&Rescue::on_app_failure, read_boolean>("on_app_failure"),
    field<&Rescue::on_request, read_boolean>("on_request"),
};

constexpr Field console_fields[] = {
    field<&Console::device, read_path>("device"),
    choice<&Console::level>("level", levels),
};

constexpr Field inittab_fields[] = {
    field<&HonourInittab::honour, read_boolean>("honour", On::illumos),
    field<&HonourInittab::level, read_int>("level", On::illumos, 0, 6),
};

}  // namespace

void read_end(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, end_fields, &config.end);
}

void read_rescue(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, rescue_fields, &config.rescue);
}

void read_console(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, console_fields, &config.console);
}

void read_inittab(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, inittab_fields, &config.inittab);
}

}  // namespace conf
