#include "packaging/image/report.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "conf/diagnostic.hpp"
#include "packaging/image/escaped.hpp"
#include "packaging/image/size_text.hpp"

namespace image {
namespace {

constexpr std::size_t largest_shown = 10;

struct Kinds {
    const char* pattern;
    const char* name;
};
// Nothing that a program opens to do its work: paths that people and compilers read.
constexpr Kinds slim_kinds[] = {
    {"/usr/share/doc", "documents"},
    {"/usr/share/man", "documents"},
    {"/usr/share/info", "documents"},
    {"/usr/share/lintian", "documents"},
    {"/usr/share/bug", "documents"},
    {"/usr/share/doc-base", "documents"},
    {"/usr/share/locale", "locales"},
    {"/usr/share/i18n", "locales"},
    {"/usr/lib/locale", "locales"},
    {"/usr/include", "for compilers"},
    {"/usr/lib/**/*.a", "for compilers"},
    {"/usr/lib/**/*.la", "for compilers"},
    {"/usr/lib/**/pkgconfig", "for compilers"},
    {"/usr/lib/debug", "for debuggers"},
    {"/lib/**/*.a", "for compilers"},
};

void count(std::vector<Group>& groups, const std::string& name, std::uint64_t bytes) {
    auto place = std::find_if(groups.begin(), groups.end(), [&name](const Group& each) { return each.name == name; });
    if (place == groups.end()) place = groups.insert(groups.end(), Group{name, 0, 0});
    ++place->files;
    place->bytes += bytes;
}

void sort_groups(std::vector<Group>& groups) {
    std::stable_sort(groups.begin(), groups.end(), [](const Group& one, const Group& other) {
        return one.bytes != other.bytes ? one.bytes > other.bytes : one.name < other.name;
    });
}

std::string row(const std::string& name, std::uint64_t files, std::uint64_t bytes, std::uint64_t all) {
    char line[128];
    const auto part = static_cast<unsigned>(all == 0 ? 0 : (bytes * 1000 + all / 2) / all);
    std::snprintf(line, sizeof line, "  %-16s %6llu files %12s %3u.%u %%\n", name.c_str(),
                  static_cast<unsigned long long>(files), size_text(bytes).c_str(), part / 10, part % 10);
    return line;
}

std::string largest_text(const Contents& contents) {
    std::vector<std::pair<std::uint64_t, std::string>> files;
    for (const auto& [path, entry] : contents.entries())
        if (has_bytes(entry)) files.emplace_back(entry.size, path);
    std::stable_sort(files.begin(), files.end(),
                     [](const auto& one, const auto& other) { return one.first > other.first; });
    if (files.size() > largest_shown) files.resize(largest_shown);
    std::string text = "\nThe largest files:\n";
    for (const auto& [bytes, path] : files) {
        const std::string size = size_text(bytes);
        text += "  " + std::string(size.size() < 12 ? 12 - size.size() : 0, ' ') + size + "  " + escaped(path) + "\n";
    }
    return text;
}

struct Kept {
    bool is_there = false;  // by one of its names
    std::uint64_t bytes = 0;
};

// What slim has of each file of whole, by the first of its names there, which need not be the one that slim keeps.
std::map<std::string, Kept> kept_files(const Contents& whole, const Contents& slim) {
    std::map<std::string, Kept> all;
    for (const auto& [path, entry] : whole.entries()) {
        if (entry.kind != Kind::file) continue;
        Kept& kept = all[entry.link.empty() ? path : entry.link];
        const Entry* left = slim.find(path);
        if (left == nullptr) continue;
        kept.is_there = true;
        if (has_bytes(*left)) kept.bytes += left->size;
    }
    return all;
}

std::string groups_json(const std::vector<Group>& groups) {
    std::string text = "[";
    for (const Group& each : groups)
        text +=
            conf::cat({text.size() == 1 ? "" : ",", "{\"name\":\"", conf::json_escape(each.name),
                       "\",\"files\":", std::to_string(each.files), ",\"bytes\":", std::to_string(each.bytes), "}"});
    return text + "]";
}

}  // namespace

std::string slim_kind(const std::string& path) {
    for (const Kinds& each : slim_kinds)
        if (covers(each.pattern, path)) return each.name;
    return {};
}

std::string group_of(const std::string& path, const Entry& entry) {
    if (entry.kind != Kind::file) return "other";
    if (base_of(path) == "mvinit") return "mvinit";
    if (path.find("/modules/") != std::string::npos && path.find("/lib/modules/") != std::string::npos)
        return "kernel modules";
    if (std::string kind = slim_kind(path); !kind.empty()) return kind;
    if (entry.shared_elf || base_of(path).find(".so") != std::string::npos) return "libraries";
    if (path.starts_with("/etc/")) return "configuration";
    return (entry.mode & 0111) != 0 ? "programs" : "data";
}

std::vector<Group> difference(const Contents& whole, const Contents& slim) {
    const std::map<std::string, Kept> kept = kept_files(whole, slim);
    std::vector<Group> groups;
    for (const auto& [path, entry] : whole.entries()) {
        if (!has_bytes(entry)) continue;
        const std::string kind = slim_kind(path);
        const Kept& left = kept.at(path);
        if (!left.is_there)
            count(groups, kind.empty() ? "rarely loaded" : kind, entry.size);
        else if (left.bytes < entry.size)
            count(groups, "symbols", entry.size - left.bytes);
    }
    sort_groups(groups);
    return groups;
}

Report make_report(const Contents& contents, const std::vector<Group>& slim) {
    Report report;
    report.slim = slim;
    report.entries = contents.entries().size();
    for (const auto& [path, entry] : contents.entries()) {
        if (!has_bytes(entry)) continue;
        count(report.groups, group_of(path, entry), entry.size);
        report.bytes += entry.size;
        report.debug += entry.debug;
    }
    sort_groups(report.groups);
    return report;
}

std::string report_text(const Report& report, const Contents& contents) {
    std::string text = conf::cat({std::to_string(report.entries), " entries, ", size_text(report.bytes), "\n\n"});
    for (const Group& each : report.groups) text += row(each.name, each.files, each.bytes, report.bytes);
    text += largest_text(contents);
    std::uint64_t saved = 0;
    for (const Group& each : report.slim) saved += each.bytes;
    if (!report.slim.empty()) {
        text += conf::cat({"\nimage.slim would leave out ", size_text(saved), ":\n"});
        for (const Group& each : report.slim) text += row(each.name, each.files, each.bytes, report.bytes);
    }
    if (report.debug > 0)
        text += conf::cat(
            {"\nSymbols that only a debugger reads: ", size_text(report.debug), "; image.slim takes them out.\n"});
    return text;
}

std::string report_json(const Report& report, const std::string& packages) {
    return conf::cat({"{\"entries\":", std::to_string(report.entries), ",\"bytes\":", std::to_string(report.bytes),
                      ",\"groups\":", groups_json(report.groups), ",\"slim\":", groups_json(report.slim),
                      ",\"debug\":", std::to_string(report.debug), ",\"packages\":", packages, "}\n"});
}

}  // namespace image
