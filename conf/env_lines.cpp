#include "conf/env_lines.hpp"

#include <algorithm>

namespace conf {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view unquote(std::string_view value) {
    if (value.size() < 2 || value.front() != value.back()) return value;
    return value.front() == '"' || value.front() == '\'' ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

unsigned add_variables(Environment& env, std::string_view text) {
    for (unsigned number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) return number;
        const std::string_view name = trim(line.substr(0, equals));
        if (name.find_first_of(" \t") != std::string_view::npos) return number;
        env[std::string(name)] = unquote(trim(line.substr(equals + 1)));
    }
    return 0;
}

}  // namespace conf
