#include "init/plan_page.hpp"

#include "init/supervisor.hpp"
#include "plumb/concat.hpp"
#include "plumb/print.hpp"

namespace init {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

void add(Rows& rows, const char* key, plumb::Words parts) {
    std::string text = plumb::concat(parts);
    if (!text.empty()) rows.emplace_back(key, std::move(text));
}

void add_end(Rows& rows, const char* when, conf::EndAction action, const conf::Config& config,
             const plumb::Facts& facts) {
    const conf::EndAction resolved = plumb::resolve_end(action, facts);
    const std::string name = end_name(resolved, facts.start == plumb::Start::shim);
    if (resolved == conf::EndAction::poweroff && plumb::power_off_by_reboot(config, facts))
        add(rows, when, {name, " (by reboot: ", facts.power_off_why, ")"});
    else
        add(rows, when, {name});
}

std::string limit_text(std::uint64_t value) {
    return value == conf::unlimited ? "unlimited" : std::to_string(value);
}

// What of [app] differs from the way in which mvinit itself runs.
void add_settings(Rows& rows, const conf::App& app) {
    add(rows, "user", {app.user});
    add(rows, "group", {app.group});
    add(rows, "cwd", {app.cwd});
    for (const auto& [name, limit] : app.limits) {
        std::string text = limit_text(limit.soft);
        if (limit.hard != limit.soft) plumb::append(text, {":", limit_text(limit.hard)});
        add(rows, "limit", {name, " ", text});
    }
    if (app.clear_env) add(rows, "env", {"PATH and HOME alone to begin with"});
    for (const auto& file : app.env_files) add(rows, "env", {"the lines of ", file});
    for (const auto& [name, value] : app.env) add(rows, "env", {plumb::assignment_text(name, value)});
}

}  // namespace

std::string plan_page(const Configuration& configuration, const plumb::Facts& facts, const plumb::Plan& plan,
                      bool json) {
    const conf::Config& config = configuration.config;
    const Policy policy = make_policy(config, facts, configuration.forward_only);
    plumb::Appendix appendix;
    appendix.application = config.app.command;
    add_settings(appendix.settings, config.app);
    appendix.signals = signal_table(policy);
    add_end(appendix.ends, "success", policy.on_success, config, facts);
    add_end(appendix.ends, "failure", policy.on_failure, config, facts);
    add_end(appendix.ends, "boot failure", boot_failure_action(config, facts), config, facts);
    return json ? plumb::plan_json(plan, facts, appendix) : plumb::plan_text(plan, facts, appendix);
}

}  // namespace init
