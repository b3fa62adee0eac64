#include "init/plan_page.hpp"

#include "init/supervisor.hpp"
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

}  // namespace

std::string plan_page(const Configuration& configuration, const plumb::Facts& facts, const plumb::Plan& plan,
                      bool json) {
    const conf::Config& config = configuration.config;
    const Policy policy = make_policy(config, facts, configuration.forward_only);
    plumb::Appendix appendix;
    appendix.application = config.app.command;
    appendix.signals = signal_table(policy);
    appendix.ends = {{"success", end_text(policy.on_success, config, facts)},
                     {"failure", end_text(policy.on_failure, config, facts)},
                     {"boot failure", end_text(boot_failure_action(config, facts), config, facts)}};
    return json ? plumb::plan_json(plan, facts, appendix) : plumb::plan_text(plan, facts, appendix);
}

}  // namespace init
