#include "packaging/image/findings.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "packaging/image/escaped.hpp"

namespace image {
namespace {

auto rank(const Finding& each) {
    return std::tie(each.place.file, each.place.line, each.place.column, each.path, each.id, each.what);
}

std::string_view severity_name(const Finding& each) {
    return each.severity == conf::Severity::error ? "error" : "warning";
}

std::string quoted(std::string_view text) {
    return "\"" + conf::json_escape(as_utf8(text)) + "\"";
}

std::string number(std::uint32_t value) {
    return value == 0 ? "null" : std::to_string(value);
}

std::string place_text(const Finding& each, const std::string& image) {
    if (each.place.file.empty()) return image + (each.path.empty() ? "" : ": " + each.path);
    if (each.place.line == 0) return each.place.file;
    return conf::cat({each.place.file, ":", std::to_string(each.place.line), ":", std::to_string(each.place.column)});
}

std::string counted(std::size_t count, const char* word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace

void Findings::add(Finding found) {
    const auto same =
        std::find_if(all_.begin(), all_.end(), [&](const Finding& each) { return rank(each) == rank(found); });
    if (same == all_.end())
        all_.push_back(std::move(found));
    else if (found.severity == conf::Severity::error)
        same->severity = found.severity;
}

bool Findings::has(std::string_view id, std::string_view path) const {
    return std::any_of(all_.begin(), all_.end(),
                       [&](const Finding& each) { return each.id == id && each.path == path; });
}

void Findings::sort() {
    // What has no place in the file comes behind what has one.
    std::sort(all_.begin(), all_.end(), [](const Finding& one, const Finding& other) {
        const bool placed = !one.place.file.empty();
        if (placed != !other.place.file.empty()) return placed;
        return rank(one) < rank(other);
    });
}

bool Findings::has_errors() const {
    return std::any_of(all_.begin(), all_.end(),
                       [](const Finding& each) { return each.severity == conf::Severity::error; });
}

std::string Findings::text(const std::string& image) const {
    std::string out;
    for (const Finding& each : all_)
        out += escaped(conf::cat({place_text(each, image), ": ", severity_name(each), ": ", each.what,
                                  each.remedy.empty() ? "" : ": ", each.remedy, " [", each.id, "]"})) +
               "\n";
    return out;
}

std::string Findings::json() const {
    std::string out = "[";
    for (const Finding& each : all_)
        out += conf::cat({out.size() > 1 ? ",\n" : "",
                          "{\"severity\":",
                          quoted(severity_name(each)),
                          ",\"id\":",
                          quoted(each.id),
                          ",\"what\":",
                          quoted(each.what),
                          ",\"path\":",
                          each.path.empty() ? "null" : quoted(each.path),
                          ",\"file\":",
                          each.place.file.empty() ? "null" : quoted(each.place.file),
                          ",\"line\":",
                          number(each.place.line),
                          ",\"column\":",
                          number(each.place.column),
                          ",\"key\":",
                          each.place.key.empty() ? "null" : quoted(each.place.key),
                          ",\"remedy\":",
                          quoted(each.remedy),
                          "}"});
    return out + "]\n";
}

std::string Findings::sum() const {
    const auto errors = static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [](const Finding& each) { return each.severity == conf::Severity::error; }));
    return counted(errors, "error") + ", " + counted(all_.size() - errors, "warning");
}

}  // namespace image
