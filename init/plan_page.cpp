#include "init/plan_page.hpp"

#include "conf/text.hpp"
#include "init/supervisor.hpp"
#include "plumb/concat.hpp"
#include "plumb/print.hpp"

namespace init {
namespace {

std::string end_text(conf::EndAction action, const conf::Config& config, const plumb::Facts& facts) {
    const conf::EndAction resolved = plumb::resolve_end(action, facts);
    std::string text = end_name(resolved, facts.start == plumb::Start::shim);
    if (resolved == conf::EndAction::poweroff && plumb::power_off_by_reboot(config, facts))
        text += " (by reboot: " + facts.power_off_why + ")";
    return text;
}

std::string limit_text(std::uint64_t value) {
    return value == conf::unlimited ? "unlimited" : std::to_string(value);
}

using Rows = std::vector<std::pair<std::string, std::string>>;

void add(Rows& rows, const char* key, std::initializer_list<std::string_view> parts) {
    std::string text = plumb::concat(parts);
    if (!text.empty()) rows.emplace_back(key, std::move(text));
}

// What of [app] differs from the way in which mvinit itself runs.
Rows settings_of(const conf::App& app) {
    Rows rows;
    add(rows, "user", {app.user});
    add(rows, "group", {app.group});
    add(rows, "cwd", {app.cwd});
    for (const auto& [name, limit] : app.limits) {
        const bool one = limit.hard == limit.soft;
        add(rows, "limit", {name, " ", limit_text(limit.soft), one ? "" : ":", one ? "" : limit_text(limit.hard)});
    }
    if (app.clear_env) add(rows, "env", {"PATH and HOME alone to begin with"});
    for (const auto& file : app.env_files) add(rows, "env", {"the lines of ", file});
    for (const auto& [name, value] : app.env)
        add(rows, "env", {name, "=", value.empty() ? "" : conf::shell_quote({value})});
    return rows;
}

}  // namespace

std::string plan_page(const Configuration& configuration, const plumb::Facts& facts, const plumb::Plan& plan,
                      bool json) {
    const conf::Config& config = configuration.config;
    const Policy policy = make_policy(config, facts, configuration.forward_only);
    plumb::Appendix appendix;
    appendix.application = config.app.command;
    appendix.settings = settings_of(config.app);
    appendix.signals = signal_table(policy);
    appendix.ends = {{"success", end_text(policy.on_success, config, facts)},
                     {"failure", end_text(policy.on_failure, config, facts)},
                     {"boot failure", end_text(boot_failure_action(config, facts), config, facts)}};
    return json ? plumb::plan_json(plan, facts, appendix) : plumb::plan_text(plan, facts, appendix);
}

}  // namespace init
