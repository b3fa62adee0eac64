// [system], [[mount]] and [boot].
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr Choice roles[] = {{"auto", static_cast<int>(Role::automatic)},
                            {"machine", static_cast<int>(Role::machine)},
                            {"container", static_cast<int>(Role::container)}};
constexpr Choice root_modes[] = {{"keep", static_cast<int>(RootMode::keep)},
                                 {"rw", static_cast<int>(RootMode::rw)},
                                 {"ro", static_cast<int>(RootMode::ro)}};

using Settings = std::map<std::string, std::string>;

bool is_sysctl_name(std::string_view name) {
    const auto has = [name](std::string_view part) { return name.find(part) != std::string_view::npos; };
    return !name.empty() && name.front() != '.' && name.front() != '/' && name.back() != '.' && !has("..") &&
           !has("//") && !has(" ") && !has(std::string_view("\0", 1));
}

// A bare net.core.somaxconn is nested tables in TOML: their names are put together again.
void read_settings(const Site& site, const Node& table, const std::string& prefix, Settings& out) {
    for (const Node& item : table.items) {
        const std::string name = prefix + item.key;
        if (item.kind == Kind::table) {
            read_settings(site, item, name + ".", out);
        } else if (!is_sysctl_name(name)) {
            site.fail(item, cat({quoted(name), " is no name of a setting: write it as \"net.core.somaxconn\""}));
        } else if (item.kind == Kind::integer) {
            out[name] = std::to_string(item.number);
        } else {
            std::string value;
            if (string_at(site, item, "a string or an integer for " + quoted(name), value)) out[name] = value;
        }
    }
}

void read_sysctl(const Site& site, Settings& out) {
    if (site.node.kind != Kind::table) return site.expected(site.node, "a table of settings");
    read_settings(site, site.node, "", out);
}

constexpr Field system_fields[] = {
    choice<&System::role>("role", roles),
    field<&System::hostname, read_hostname>("hostname"),
    choice<&System::root>("root", root_modes),
    field<&System::modules, read_names>("modules", On::linux_os),
    field<&System::sysctl, read_sysctl>("sysctl", On::linux_os),
    field<&System::power_button, read_boolean>("power_button", On::linux_os),
};

constexpr Field boot_fields[] = {
    field<&Boot::budget, read_duration>("budget", On::all, 0, 86'400'000),
};

constexpr Field mount_fields[] = {
    field<&Mount::source, read_name>("source"),
    field<&Mount::target, read_path>("target"),
    field<&Mount::type, read_name>("type"),
    field<&Mount::options, read_text>("options"),
    field<&Mount::optional, read_boolean>("optional"),
    field<&Mount::mkdir, read_boolean>("mkdir"),
};

// Mounts that have no type of their own (mount(2): MS_BIND, MS_REMOUNT, MS_MOVE and the propagation flags).
bool goes_without_type(std::string_view options) {
    static constexpr std::string_view words[] = {"bind",   "rbind",   "remount",    "move",
                                                 "shared", "rshared", "private",    "rprivate",
                                                 "slave",  "rslave",  "unbindable", "runbindable"};
    while (!options.empty()) {
        const std::string_view option = options.substr(0, options.find(','));
        for (std::string_view word : words) {
            if (option == word) return true;
        }
        options.remove_prefix(option.size() < options.size() ? option.size() + 1 : option.size());
    }
    return false;
}

void check_mount(Report& report, const Node& node, std::string_view path, void* element) {
    Mount& mount = *static_cast<Mount*>(element);
    if (find(&node, "target") == nullptr) report.add(node, cat({path, ": target is missing"}));
    if (find(&node, "type") == nullptr && !goes_without_type(mount.options)) {
        report.add(node, cat({path,
                              ": type is missing: only a mount with bind, remount or move in its "
                              "options goes without"}));
    }
    if (mount.source.empty()) mount.source = mount.type;
}

}  // namespace

void read_system(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, system_fields, &config.system);
}

void read_boot(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, boot_fields, &config.boot);
}

void read_mounts(Report& report, const Node& node, std::string_view path, Config& config) {
    config.mounts.clear();
    const auto append = [](Config& to) -> void* { return &to.mounts.emplace_back(); };
    read_list(report, node, path, {mount_fields, append, check_mount}, config);
}

}  // namespace conf
