#include "init/configuration.hpp"

#include <cerrno>
#include <utility>

#include "conf/parse.hpp"
#include "plumb/plan.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

const conf::Argv& command_of(const Sources& sources) {
    return sources.arguments.command.empty() ? sources.kernel.command : sources.arguments.command;
}

const std::string& file_of(const Sources& sources) {
    return sources.arguments.config_file.empty() ? sources.kernel.config_file : sources.arguments.config_file;
}

// What to do where nobody named a file and the default one is not there.
constexpr const char* how_to_do_without =
    ": write it, or name the application after -- on the command line (kernel: rdinit=/sbin/init -- /path/to/it "
    "from an initramfs, init= from a disk)";

constexpr const char* how_to_mend =
    ": is it in the image? it was named with -c, or mvinit.config= on the kernel's command line";

}  // namespace

Configuration read_configuration_file(const std::string& file, conf::Platform platform, bool command_required) {
    Configuration result;
    result.file = file;
    const auto text = plumb::read_file(file, largest_file);
    if (!text) {
        result.unreadable = true;
        result.absent = text.error().error == ENOENT;
        plumb::Error error = text.error();
        error.object.clear();  // the diagnostic names the file
        result.diagnostics.push_back({file, 0, 0, plumb::to_text(error), conf::Severity::error});
        return result;
    }
    conf::Parsed parsed = conf::parse(*text, file, platform, command_required);
    result.config = std::move(parsed.config);
    result.diagnostics = std::move(parsed.diagnostics);
    return result;
}

Configuration load_configuration(const Sources& sources, conf::Role role, conf::Platform platform) {
    const conf::Argv& command = command_of(sources);
    const std::string& named = file_of(sources);
    const std::string file = named.empty() ? default_file : named;
    Configuration result;
    const bool container = role == conf::Role::container;
    if (command.empty() || !named.empty() || !container) {
        result = read_configuration_file(file, platform, command.empty());
        // Nobody asked for the file: with the application on the command line its absence is as good as an empty one.
        if (result.absent && named.empty() && !command.empty()) result = {};
        if (result.absent) result.diagnostics.front().message += named.empty() ? how_to_do_without : how_to_mend;
    } else {
        result.forward_only = true;
        result.config.app.restart = conf::Restart::never;
    }
    if (!command.empty()) result.config.app.command = command;
    return result;
}

conf::EndAction boot_failure_action(const conf::Config& config, const plumb::Facts& facts) {
    conf::EndAction action = config.end.boot_failure;
    if (action == conf::EndAction::automatic && config.rescue.on_boot_failure) action = conf::EndAction::rescue;
    if (action == conf::EndAction::automatic) action = config.end.failure;
    // The zone of a shim can be looked into as long as it is there.
    const bool ends_machine = facts.role == conf::Role::machine && facts.start != plumb::Start::shim;
    if (action == conf::EndAction::automatic) action = ends_machine ? conf::EndAction::poweroff : conf::EndAction::exit;
    return plumb::resolve_end(action, facts);
}

std::string end_name(conf::EndAction action, bool stays) {
    switch (action) {
        case conf::EndAction::poweroff:
            return "power off";
        case conf::EndAction::reboot:
            return "reboot";
        case conf::EndAction::halt:
            return "halt";
        case conf::EndAction::exit:
            return stays ? "stay, without the application" : "exit";
        case conf::EndAction::rescue:
            return "rescue shell";
        case conf::EndAction::automatic:
            break;
    }
    return "chosen by role";
}

}  // namespace init
