#include "init/configuration.hpp"

#include <cerrno>

#include "init/supervisor.hpp"
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

void read_file(const std::string& file, conf::Platform platform, bool command_required, Configuration& result,
               const std::string* taken = nullptr) {
    result.file = file;
    auto text = taken != nullptr ? plumb::Result<std::string>(boost::system::in_place_value, *taken)
                                 : plumb::read_file(file, largest_file);
    if (text) {
        result.text = std::move(*text);
        return conf::parse(result.text, file, platform, command_required, result);
    }
    result.unreadable = true;
    result.absent = text.error().error == ENOENT;
    plumb::Error error = text.error();
    error.object.clear();  // the diagnostic names the file
    conf::add(result.diagnostics, {file, 0, 0, plumb::to_text(error), conf::Severity::error});
}

// Nobody asked for the file: with the application on the command line its absence is as good as an empty one.
void forget_file(Configuration& result) {
    result.diagnostics.clear();
    result.file.clear();
    result.unreadable = result.absent = false;
}

}  // namespace

Configuration read_configuration_file(const std::string& file, conf::Platform platform, bool command_required) {
    Configuration result;
    read_file(file, platform, command_required, result);
    return result;
}

void load_configuration(const Sources& sources, conf::Role role, conf::Platform platform, Configuration& result,
                        const std::string* taken) {
    const conf::Argv& command = command_of(sources);
    const std::string& named = file_of(sources);
    if (command.empty() || !named.empty() || role != conf::Role::container) {
        // Nothing was taken where there was no file, and none was needed.
        const bool none = taken != nullptr && taken->empty() && named.empty() && !command.empty();
        if (!none) read_file(named.empty() ? default_file : named, platform, command.empty(), result, taken);
        if (result.absent && named.empty() && !command.empty()) forget_file(result);
        if (result.absent) result.diagnostics.front().message += named.empty() ? how_to_do_without : how_to_mend;
    } else {
        result.forward_only = true;
        result.config.app.restart = conf::Restart::never;
    }
    if (!command.empty()) result.config.app.command = command;
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
    if (action == conf::EndAction::automatic) return "chosen by role";
    if (action == conf::EndAction::rescue) return "rescue shell";
    if (action == conf::EndAction::exit && stays) return "stay, without the application";
    return end_words(action);
}

}  // namespace init
