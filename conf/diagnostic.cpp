#include "conf/diagnostic.hpp"

#include <algorithm>
#include <utility>

#include "conf/writer.hpp"

namespace conf {
namespace {

const char* severity_text(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

// Insertions, deletions, substitutions and swaps of neighbours that turn a into b; more than limit counts as limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(above);
        above.swap(row);
    }
    return above[b.size()];
}

}  // namespace

void add(Diagnostics& to, Diagnostic found) {
    to.push_back(std::move(found));
}

std::string to_text(const Diagnostic& diagnostic, bool with_severity) {
    Writer out;
    if (!diagnostic.file.empty()) out << diagnostic.file << ":";
    if (diagnostic.line != 0) out << std::size_t{diagnostic.line} << ":";
    if (diagnostic.column != 0) out << std::size_t{diagnostic.column} << ":";
    if (!out.text.empty()) out << " ";
    // An error is what is expected here; only what is none says so.
    if (with_severity && diagnostic.severity == Severity::warning) out << "warning: ";
    out << diagnostic.message;
    return std::move(out.text);
}

std::string to_json(const Diagnostics& diagnostics) {
    Writer out;
    out << "[";
    for (const Diagnostic& each : diagnostics) {
        out << (&each != diagnostics.data() ? "," : "") << "\n  {\"file\": \"" << json_escape(each.file)
            << "\", \"line\": " << std::size_t{each.line} << ", \"column\": " << std::size_t{each.column}
            << ", \"severity\": \"" << severity_text(each.severity) << "\", \"message\": \""
            << json_escape(each.message) << "\"}";
    }
    out << (diagnostics.empty() ? "]\n" : "\n]\n");
    return std::move(out.text);
}

bool has_errors(const Diagnostics& diagnostics) {
    for (const Diagnostic& each : diagnostics) {
        if (each.severity == Severity::error) return true;
    }
    return false;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
    // A third of the letters may be wrong; of a longer word at most three. Words beyond any name of ours are not tried.
    if (word.empty() || word.size() > 64) return "";
    const std::size_t limit = std::clamp<std::size_t>(word.size() / 3, 1, 3);
    std::size_t best = limit + 1;
    std::string_view nearest;
    for (std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate, limit);
        if (distance == 0 || distance >= best || distance >= std::max(word.size(), candidate.size())) continue;
        best = distance;
        nearest = candidate;
    }
    if (nearest.empty()) return "";
    return " (did you mean '" + std::string(nearest) + "'?)";
}

std::string cat(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (std::string_view part : parts) text += part;
    return text;
}

std::string json_escape(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (each == '"' || each == '\\') {
            out += '\\';
            out += each;
        } else if (each == '\n') {
            out += "\\n";
        } else if (each == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += each;
        }
    }
    return out;
}

}  // namespace conf
