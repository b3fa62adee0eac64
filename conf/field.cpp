#include "conf/field.hpp"

#include "conf/diagnostic.hpp"

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
    report.diagnostics.push_back(
        {std::string(report.file), item.key_line, item.key_column,
         "unknown key '" + json_escape(item.key) + "' in [" + std::string(path) + "]" + did_you_mean(item.key, names),
         Severity::error});
}

// A key of one platform in the other platform's overlay does nothing there: whoever wrote it expects something else.
void warn_platform(Report& report, const Node& item, std::string_view path, const Field& field) {
    const On overlay = overlay_platform(path);
    if (field.platform == On::all || overlay == On::all || overlay == field.platform) return;
    // [[platform.linux.interface]] dhcp has an error of its own.
    if (overlay == On::linux_os) return;
    report.diagnostics.push_back({std::string(report.file), item.key_line, item.key_column,
                                  std::string(path) + "." + item.key + ": has no effect on illumos",
                                  Severity::warning});
}

}  // namespace

void Site::fail(const Node& at, std::string_view message) const {
    std::string text(table);
    text += '.';
    text += field.name;
    text += ": ";
    text += message;
    report.add(at, std::move(text));
}

void Site::expected(const Node& at, std::string_view what) const {
    std::string text = "expected ";
    text += what;
    text += ", found ";
    text += kind_text(at.kind);
    fail(at, text);
}

On overlay_platform(std::string_view path) {
    if (path.substr(0, 15) == "platform.linux.") return On::linux_os;
    if (path.substr(0, 17) == "platform.illumos.") return On::illumos;
    return On::all;
}

void read_table(Report& report, const Node& table, std::string_view path, std::span<const Field> fields, void* object) {
    if (table.kind != Kind::table) {
        report.add(table, std::string(path) + ": expected a table, found " + std::string(kind_text(table.kind)));
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

}  // namespace conf
