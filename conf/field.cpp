#include "conf/field.hpp"

#include "conf/diagnostic.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

const Field* find_field(std::span<const Field> fields, std::string_view name) {
    for (const Field& field : fields) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

void report_unknown(Report& report, const Node& item, std::string_view path, std::span<const Field> fields) {
    std::vector<std::string_view> names;
    for (const Field& field : fields) names.push_back(field.name);
    report.add_key(item,
                   cat({"unknown key '", json_escape(item.key), "' in [", path, "]", did_you_mean(item.key, names)}));
}

// A key of one platform in the other platform's overlay does nothing there: whoever wrote it expects something else.
void warn_platform(Report& report, const Node& item, std::string_view path, const Field& field) {
    const On overlay = overlay_platform(path);
    if (field.platform == On::all || overlay == On::all || overlay == field.platform) return;
    // [[platform.linux.interface]] dhcp and [platform.linux.inittab] honour have errors of their own.
    if (overlay == On::linux_os) return;
    report.add_key(item, cat({path, ".", item.key, ": has no effect on illumos"}), Severity::warning);
}

}  // namespace

void Report::add_at(std::uint32_t line, std::uint32_t column, std::string message, Severity severity) {
    const auto stands_before = [line, column](const Diagnostic& other) {
        return line != other.line ? line < other.line : column < other.column;
    };
    conf::add(diagnostics, {std::string(file), line, column, std::move(message), severity});
    for (std::size_t at = diagnostics.size() - 1; at > 0 && stands_before(diagnostics[at - 1]); --at)
        std::swap(diagnostics[at - 1], diagnostics[at]);
}

void Site::fail(const Node& at, std::string_view message) const {
    report.add(at, cat({table, ".", field.name, ": ", message}));
}

void Site::expected(const Node& at, std::string_view what) const {
    fail(at, cat({"expected ", what, ", found ", kind_text(at.kind)}));
}

On overlay_platform(std::string_view path) {
    if (path.substr(0, 15) == "platform.linux.") return On::linux_os;
    if (path.substr(0, 17) == "platform.illumos.") return On::illumos;
    return On::all;
}

void read_table(Report& report, const Node& table, std::string_view path, std::span<const Field> fields, void* object) {
    if (table.kind != Kind::table) {
        report.add(table, cat({path, ": expected a table, found ", kind_text(table.kind)}));
        return;
    }
    for (const Node& item : table.items) {
        const Field* field = find_field(fields, item.key);
        if (field == nullptr) {
            report_unknown(report, item, path, fields);
            continue;
        }
        warn_platform(report, item, path, *field);
        field->read({report, item, *field, path}, object);
    }
}

void read_list(Report& report, const Node& node, std::string_view path, const ListOf& list, Config& config) {
    if (node.kind != Kind::array) {
        report.add(node, cat({path, ": expected a list of tables ([[", path, "]]), found ", kind_text(node.kind)}));
        return;
    }
    for (const Node& item : node.items) {
        void* element = list.append(config);
        read_table(report, item, path, list.fields, element);
        if (item.kind == Kind::table) list.check(report, item, path, element);
    }
}

}  // namespace conf
