#include "conf/parse.hpp"

#include <algorithm>

#include "conf/sections.hpp"

namespace conf {
namespace {

struct Section {
    std::string_view name;
    void (*read)(Report& report, const Node& node, std::string_view path, Config& config);
};
constexpr Section sections[] = {
    {"app", read_app},       {"setup", read_setup},          {"system", read_system},
    {"mount", read_mounts},  {"interface", read_interfaces}, {"dns", read_dns},
    {"end", read_end},       {"rescue", read_rescue},        {"console", read_console},
    {"log", read_log},       {"inittab", read_inittab},      {"hook", read_hooks},
    {"sink", read_sinks},    {"control", read_control},      {"ready", read_ready},
    {"health", read_health}, {"watchdog", read_watchdog},    {"boot", read_boot},
    {"image", read_image},
};
constexpr std::string_view platform_names[] = {"linux", "illumos"};  // by Platform

const Node* overlay_of(const Node& root, Platform platform) {
    return find(find(&root, "platform"), platform_names[static_cast<std::size_t>(platform)]);
}

// The table called name that is in effect: the overlay's, else the file's own, else nullptr.
const Node* in_effect(const Node& root, Platform platform, std::string_view name) {
    const Node* over = find(overlay_of(root, platform), name);
    return over != nullptr ? over : find(&root, name);
}

void report_unknown_table(Report& report, const Node& item, std::string_view prefix) {
    std::vector<std::string_view> names;
    for (const Section& section : sections) names.push_back(section.name);
    if (prefix.empty()) names.emplace_back("platform");
    const bool table = item.kind == Kind::table || item.kind == Kind::array;
    report.add_key(item,
                   cat({table ? "unknown table [" : "unknown key '", prefix, json_escape(item.key), table ? "]" : "'",
                        did_you_mean(item.key, names), table ? "" : ": keys stand in a table such as [app]"}));
}

// Reads every table of node, which is the whole file (prefix "") or one platform's overlay.
void read_sections(Report& report, const Node& node, const std::string& prefix, Config& config) {
    for (const Node& item : node.items) {
        const auto* section = std::find_if(std::begin(sections), std::end(sections),
                                           [&item](const Section& each) { return each.name == item.key; });
        if (section != std::end(sections)) {
            section->read(report, item, prefix + item.key, config);
        } else if (!prefix.empty() || item.key != "platform") {
            report_unknown_table(report, item, prefix);
        }
    }
}

bool expect_table(Report& report, const Node& node, const std::string& path) {
    if (node.kind == Kind::table) return true;
    report.add(node, cat({path, ": expected a table, found ", kind_text(node.kind)}));
    return false;
}

// The overlay of platform goes over config; the other one is read for its errors alone.
void read_overlays(Report& report, const Node& root, Platform platform, Config& config) {
    const Node* overlays = find(&root, "platform");
    if (overlays == nullptr || !expect_table(report, *overlays, "platform")) return;
    const std::vector<std::string_view> names(std::begin(platform_names), std::end(platform_names));
    for (const Node& item : overlays->items) {
        const std::string path = "platform." + item.key;
        if (std::find(names.begin(), names.end(), item.key) == names.end()) {
            report.add_key(item, cat({"unknown platform '", json_escape(item.key), "': write linux or illumos",
                                      did_you_mean(item.key, names)}));
        } else if (expect_table(report, item, path)) {
            Config scratch;
            const bool ours = item.key == platform_names[static_cast<std::size_t>(platform)];
            read_sections(report, item, path + ".", ours ? config : scratch);
        }
    }
}

void check_dhcp(Report& report, const Node* list) {
    if (list == nullptr || list->kind != Kind::array) return;
    for (const Node& item : list->items) {
        const Node* dhcp = find(&item, "dhcp");
        if (dhcp == nullptr || dhcp->kind != Kind::boolean || dhcp->number == 0) continue;
        report.add(*dhcp,
                   "interface.dhcp: mvinit has no DHCP client on Linux: boot the kernel with ip=dhcp, or write "
                   "static addresses");
    }
}

// dhcp is wrong wherever it is in effect on Linux; in a file read for illumos, only in Linux's own overlay.
void check_linux_dhcp(Report& report, const Node& root, Platform platform) {
    const Node* own = find(overlay_of(root, Platform::linux_os), "interface");
    if (own != nullptr || platform == Platform::linux_os) {
        check_dhcp(report, in_effect(root, Platform::linux_os, "interface"));
    }
}

void check_targets(Report& report, const Node* list) {
    if (list == nullptr || list->kind != Kind::array) return;
    std::vector<const Node*> seen;
    for (const Node& item : list->items) {
        const Node* target = find(&item, "target");
        if (target == nullptr || target->kind != Kind::string) continue;
        for (const Node* other : seen) {
            if (other->text != target->text) continue;
            report.add(*target, cat({"mount.target: '", json_escape(target->text), "' is mounted already, in line ",
                                     std::to_string(other->line)}));
            break;
        }
        seen.push_back(target);
    }
}

void check_app(Report& report, const Node& root, Platform platform, bool command_required, const App& app) {
    const Node* table = in_effect(root, platform, "app");
    const auto has = [&](std::string_view key) {
        return find(find(&root, "app"), key) != nullptr ||
               find(find(overlay_of(root, platform), "app"), key) != nullptr;
    };
    if (command_required && !has("command")) {
        report.add(table == nullptr ? root : *table,
                   "app.command is missing: write command = [\"/path/of/the/program\"] in [app]");
    }
    if (table != nullptr && app.max_backoff < app.backoff) {
        report.add(*table, "app.max_backoff is shorter than app.backoff");
    }
}

}  // namespace

void parse(std::string_view text, std::string_view file, Platform platform, bool command_required, Parsed& parsed) {
    Node root;
    if (!read_document(text, file, root, parsed.diagnostics)) return;
    Report report{file, {}};
    read_sections(report, root, "", parsed.config);
    read_overlays(report, root, platform, parsed.config);
    check_linux_dhcp(report, root, platform);
    check_targets(report, find(&root, "mount"));
    for (Platform each : {Platform::linux_os, Platform::illumos}) {
        check_targets(report, find(overlay_of(root, each), "mount"));
    }
    check_app(report, root, platform, command_required, parsed.config.app);
    check_health(report, in_effect(root, platform, "health"), parsed.config);
    parsed.diagnostics = std::move(report.diagnostics);
}

}  // namespace conf
