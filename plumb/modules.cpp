#include "plumb/modules.hpp"

#include <algorithm>

namespace plumb {

namespace {

std::string_view next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::string_view next_word(std::string_view& line) {
    const std::size_t start = std::min(line.find_first_not_of(" \t\r"), line.size());
    line.remove_prefix(start);
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

// Compares without building a string: modules.dep has thousands of lines.
bool names_module(std::string_view path, std::string_view normal_name) {
    const std::size_t slash = path.find_last_of('/');
    if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
    path = path.substr(0, path.find(".ko"));
    return std::equal(path.begin(), path.end(), normal_name.begin(), normal_name.end(),
                      [](char a, char b) { return (a == '-' ? '_' : a) == b; });
}

}  // namespace

std::string normal_module_name(std::string_view path_or_name) {
    const std::size_t slash = path_or_name.find_last_of('/');
    if (slash != std::string_view::npos) path_or_name.remove_prefix(slash + 1);
    std::string name(path_or_name.substr(0, path_or_name.find(".ko")));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

bool is_compressed_module(std::string_view path) {
    return !path.ends_with(".ko");
}

std::optional<ModuleFiles> find_module(std::string_view modules_dep, std::string_view name) {
    const std::string wanted = normal_module_name(name);
    while (!modules_dep.empty()) {
        std::string_view line = next_line(modules_dep);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !names_module(line.substr(0, colon), wanted)) continue;
        ModuleFiles found{std::string(line.substr(0, colon)), {}};
        line.remove_prefix(colon + 1);
        for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
            found.dependencies.emplace_back(word);
        }
        std::reverse(found.dependencies.begin(), found.dependencies.end());
        return found;
    }
    return std::nullopt;
}

bool is_builtin_module(std::string_view modules_builtin, std::string_view name) {
    const std::string wanted = normal_module_name(name);
    while (!modules_builtin.empty()) {
        if (names_module(next_line(modules_builtin), wanted)) return true;
    }
    return false;
}

std::vector<std::string> soft_dependencies(std::string_view modules_softdep, std::string_view name) {
    const std::string wanted = normal_module_name(name);
    std::vector<std::string> out;
    while (!modules_softdep.empty()) {
        std::string_view line = next_line(modules_softdep);
        if (next_word(line) != "softdep" || !names_module(next_word(line), wanted)) continue;
        bool before = false;
        for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
            if (word == "pre:" || word == "post:") {
                before = word == "pre:";
            } else if (before) {
                out.emplace_back(word);
            }
        }
    }
    return out;
}

}  // namespace plumb
