// [control].
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

void read_socket_path(const Site& site, std::string& out) {
    std::string text;
    if (!path_at(site, site.node, text)) return;
    if (text.size() <= longest_socket_path) {
        out = std::move(text);
        return;
    }
    site.fail(cat({quoted(text), " is too long for a socket: at most ", std::to_string(longest_socket_path),
                   " bytes, it has ", std::to_string(text.size())}));
}

constexpr Field control_fields[] = {
    field<&Control::enabled, read_boolean>("enabled"),
    field<&Control::path, read_socket_path>("path"),
    field<&Control::group, read_account>("group", On::all, 0, UINT32_MAX - 1),
};

}  // namespace

void read_control(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, control_fields, &config.control);
}

}  // namespace conf
