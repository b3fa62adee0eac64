#include "init/reload.hpp"

#include <string>
#include <unistd.h>
#include <utility>

#include "conf/changes.hpp"
#include "init/boot.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "init/state_file.hpp"
#include "init/survival.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

// What differs, a line each, also on the console.
std::string tell_changes(const Reloading& reloading, const std::string& text, conf::Platform platform) {
    std::string changes = conf::changes_text(text_of(reloading.taken), text, platform);
    log::info("reload: taken");
    if (changes.empty()) log::info("reload: nothing has changed");
    for (std::string_view rest = changes; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        log::info("reload: " + std::string(line));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return changes;
}

Reloaded refused(const std::string& why) {
    log::error("reload: " + why + ": not taken, the old configuration stays");
    return {false, why};
}

// Who asked cannot see the console: the first error stands for all.
Reloaded refused_for(const conf::Diagnostics& diagnostics) {
    Reloaded answer = refused("the configuration has errors");
    for (const conf::Diagnostic& found : diagnostics)
        if (found.severity == conf::Severity::error) return {false, conf::to_text(found)};
    return answer;
}

}  // namespace

std::string text_of(int descriptor) {
    std::string text;
    const off_t size = descriptor < 0 ? 0 : lseek(descriptor, 0, SEEK_END);
    if (size <= 0) return text;
    text.resize(static_cast<std::size_t>(size));
    const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

// Another file for each, so that a next image of us finds one of them whole. One that cannot be kept is compared with
// nothing.
void keep_text(Reloading& reloading, std::string_view text) {
    const bool first = reloading.taken < 0 && reloading.at_boot < 0;
    const int fresh = make_lasting_text(first ? lasting_configuration : lasting_reloaded, text);
    const int old = std::exchange(reloading.taken, fresh);
    const bool of_boot = reloading.at_boot < 0;
    if (of_boot) reloading.at_boot = old;
    save_state();
    // Only now: the record names the other one.
    if (!of_boot && old >= 0) close(old);
}

Reloaded reload(void* context, Supervised& supervised) {
    at_step("reload");
    Reloading& reloading = *static_cast<Reloading*>(context);
    plumb::Facts facts = plumb::gather_early_facts(reloading.role);
    plumb::gather_facts(facts);
    Configuration configuration = load_configuration(reloading.sources, reloading.role, facts.platform);
    for (const conf::Diagnostic& found : configuration.diagnostics) tell(found);
    if (conf::has_errors(configuration.diagnostics)) return refused_for(configuration.diagnostics);
    const conf::Config& config = configuration.config;
    ProgramInputs inputs;
    gather_inputs(facts, inputs);
    inputs.console = config.console.device;
    if (const auto made = make_supervised(configuration, facts, reloading.sources, inputs, supervised); !made)
        return refused(plumb::to_text(made.error()));
    reloading.capture.hand_to(config.app, supervised.program);
    reloading.control.reopen(control_settings(config.control, reloading.sources.arguments, configuration.forward_only));
    supervised.hooks = std::move(configuration.config.hooks);
    if (!reloading.sources.kernel.debug) log::set_level(config.console.level);
    log::copy_to_kernel_log(config.log.kmsg);
    const std::string changes = tell_changes(reloading, configuration.text, facts.platform);
    keep_text(reloading, configuration.text);
    return {true, changes};
}

}  // namespace init
