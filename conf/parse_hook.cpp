// [[hook]]: what is run beside the application each time that it starts or stops.
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr Choice whens[] = {{"before_start", static_cast<int>(When::before_start)},
                            {"before_stop", static_cast<int>(When::before_stop)},
                            {"after_stop", static_cast<int>(When::after_stop)}};

constexpr Field hook_fields[] = {
    choice<&Hook::when>("when", whens),
    field<&Hook::command, read_argv>("command"),
    field<&Hook::env, read_environment>("env"),
    field<&Hook::timeout, read_duration>("timeout"),
    field<&Hook::optional, read_boolean>("optional"),
};

void check_hook(Report& report, const Node& node, std::string_view path, void*) {
    for (const char* key : {"when", "command"})
        if (find(&node, key) == nullptr) report.add(node, cat({path, ": ", key, " is missing"}));
}

}  // namespace

void read_hooks(Report& report, const Node& node, std::string_view path, Config& config) {
    config.hooks.clear();
    const auto append = [](Config& to) -> void* { return &to.hooks.emplace_back(); };
    read_list(report, node, path, {hook_fields, append, check_hook}, config);
}

}  // namespace conf
