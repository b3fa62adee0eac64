// What is supervised, made from the configuration: the program with the files it names, and the policy with the
// options of the command line.
#include "init/boot.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

constexpr std::size_t largest_account_file = std::size_t{1024} * 1024;

void read_accounts(const conf::App& app, ProgramInputs& inputs) {
    if (app.user.empty() && app.group.empty()) return;
    // A numeric user needs neither file; a name that is not found says so and names the file.
    if (auto text = plumb::read_file("/etc/passwd", largest_account_file)) inputs.passwd = std::move(*text);
    if (auto text = plumb::read_file("/etc/group", largest_account_file)) inputs.groups = std::move(*text);
}

plumb::Result<void> read_env_files(const conf::App& app, ProgramInputs& inputs) {
    for (const std::string& file : app.env_files) {
        auto text = plumb::read_file(file, largest_file);
        if (!text) {
            plumb::Error error = text.error();
            error.remedy = "put it in the image, or take it out of [app] env_files";
            return error;
        }
        inputs.env_files.emplace_back(file, std::move(*text));
    }
    return {};
}

// The options that tini and dumb-init users know, laid over the policy.
void apply_options(Policy& policy, const conf::Arguments& arguments) {
    policy.to_group = arguments.group;
    for (const int code : arguments.remap_to_zero) policy.remap_to_zero.set(static_cast<std::size_t>(code));
    for (const auto& [from, to] : arguments.rewrite)
        policy.rewrite[static_cast<std::size_t>(from)] = static_cast<std::uint8_t>(to);
}

}  // namespace

plumb::Result<void> make_supervised(const Configuration& configuration, const plumb::Facts& facts,
                                    const Sources& sources, ProgramInputs& inputs, Supervised& supervised) {
    const conf::Config& config = configuration.config;
    inputs.passes_notify = configuration.forward_only;
    read_accounts(config.app, inputs);
    if (auto done = read_env_files(config.app, inputs); !done) return done;
    if (auto done = prepare_application(config.app, inputs, supervised.program); !done) return done;
    supervised.policy = make_policy(config, facts, configuration.forward_only);
    supervised.policy.on_success = plumb::resolve_end(supervised.policy.on_success, facts);
    supervised.policy.on_failure = plumb::resolve_end(supervised.policy.on_failure, facts);
    make_care(config, supervised.care);
    // tini's way: nothing of the environment is ours to choose.
    if (configuration.forward_only) supervised.program.umask.reset();
    apply_options(supervised.policy, sources.arguments);
    return {};
}

}  // namespace init
