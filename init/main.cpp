// mvinit: the phases, in order. Each is in a file of its own.
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "conf/arguments.hpp"
#include "init/attendance.hpp"
#include "init/boot.hpp"
#include "init/capture.hpp"
#include "init/control.hpp"
#include "init/ending.hpp"
#include "init/heap.hpp"
#include "init/inittab_verbs.hpp"
#include "init/log.hpp"
#include "init/loop.hpp"
#include "init/supervision.hpp"
#include "init/verbs.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): illumos declares none

namespace {

// What outlives booting.
struct Kept {
    explicit Kept(init::Sources& from) : sources(from) {}

    init::Sources& sources;
    conf::Role role = conf::Role::machine;
    init::EndPlan end_plan;
    init::StateFile state_file;
    init::Descriptors descriptors;
    init::Attendance attendance;
    init::Capture capture;
    init::Control control;
    init::ControlSettings control_settings;
};

// Words of the command line that were not written for us: the kernel's, and those that init(8) adds to the shim's.
bool has_strange_words(const plumb::Facts& facts) {
    const bool shim = facts.start == plumb::Start::shim || facts.start == plumb::Start::zone_init;
    return shim || (facts.start == plumb::Start::kernel && facts.owns_kernel);
}

// How we were called. What else the facts are is not kept: it would lie on the heap for ever.
struct Call {
    init::Sources sources;  // the command line's
    plumb::Start start;
};

Call read_call(int argc, char** argv) {
    const plumb::Facts facts = plumb::identify(conf::Role::automatic);
    std::vector<std::string> names;
    for (char** word = environ; word != nullptr && *word != nullptr; ++word) {
        const std::string_view variable = *word;
        if (variable.starts_with("TINI_")) names.emplace_back(variable.substr(0, variable.find('=')));
    }
    // illumos executes a zone's init again without as much as argv[0].
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    Call call{{conf::parse_arguments(words, names, has_strange_words(facts)), {}}, facts.start};
    if (!call.sources.arguments.platform_given) call.sources.arguments.platform = facts.platform;
    return call;
}

// What the options of container mode ask of the platform.
void apply_process_options(const conf::Arguments& arguments, const plumb::Facts& facts) {
    const bool pid1 = facts.start != plumb::Start::program;
    // With a configuration the stop waits for all descendants, so they must come to us.
    if ((arguments.subreaper || !arguments.config_file.empty()) && !pid1)
        if (const auto done = plumb::become_subreaper(); !done) init::log::warning(plumb::to_text(done.error()));
    if (!pid1 && !plumb::is_subreaper())
        init::log::warning(
            "not PID 1 and no subreaper: orphans of the application will not be reaped here; run mvinit "
            "as PID 1, or with -s");
    if (arguments.parent_death_signal == 0) return;
    if (const auto done = plumb::set_parent_death_signal(arguments.parent_death_signal); !done)
        init::log::warning(plumb::to_text(done.error()));
}

// Reads the configuration again. What cannot be used changes nothing.
bool reload(void* context, init::Supervised& supervised) {
    const Kept& kept = *static_cast<const Kept*>(context);
    plumb::Facts facts = plumb::gather_early_facts(kept.role);
    plumb::gather_facts(facts);
    const init::Configuration configuration = init::load_configuration(kept.sources, kept.role, facts.platform);
    for (const conf::Diagnostic& found : configuration.diagnostics) init::tell(found);
    if (conf::has_errors(configuration.diagnostics)) {
        init::log::error("reload: the configuration has errors and was not taken: the old one stays");
        return false;
    }
    init::ProgramInputs inputs;
    init::gather_inputs(facts, inputs);
    inputs.console = configuration.config.console.device;
    init::Supervised fresh;
    if (const auto made = init::make_supervised(configuration, facts, kept.sources, inputs, fresh); !made) {
        init::log::error(plumb::to_text(made.error()) + ": reload: the old configuration stays");
        return false;
    }
    supervised = std::move(fresh);
    if (!kept.sources.kernel.debug) init::log::set_level(configuration.config.console.level);
    init::log::info("reload: taken; [app] counts from the application's next start, its restart policy from now on");
    return true;
}

// Everything up to the running application. What booting needed of memory is free again when this returns.
// Not inlined, so that its frame, some kilobytes, is gone with it, too.
[[gnu::noinline]] init::Supervision boot(Kept& kept, char* const* argv) {
    const conf::Arguments& arguments = kept.sources.arguments;
    init::Supervision supervision(reload, &kept, arguments.warn_reaped);
    // Before booting's own memory: a block that stays in the midst of that would keep its page for ever.
    supervision.supervised().program.argv.reserve(arguments.command.size());
    supervision.accompany(kept.attendance, kept.capture);
    init::Boot boot(kept.sources);
    boot.prepare();
    apply_process_options(arguments, boot.facts());
    kept.descriptors.contract_events = boot.contract_events();
    boot.recall(kept.state_file);
    auto end = boot.recovery().end;
    if (!end) end = boot.configure();
    if (!end) end = boot.carry_out_plan(kept.state_file);
    if (!end) end = boot.make_supervised(supervision.supervised());
    if (!end) end = boot.honour_inittab();
    kept.role = boot.facts().role;
    kept.end_plan = boot.end_plan();
    kept.end_plan.argv = argv;
    kept.end_plan.state_file = &kept.state_file;
    if (end) init::carry_out(*end, kept.end_plan);
    kept.state_file.plan_done(true);
    supervision.keep(boot.take_services());
    supervision.keep_state(kept.state_file);
    supervision.watch_contracts(kept.descriptors.contract_events);
    supervision.resume(boot.recovery().state);
    boot.finish(supervision.state().phase == init::Phase::running);
    if (boot.wants_power_button()) {
        if (const auto button = plumb::open_power_button())
            kept.descriptors.power_button = *button;
        else
            init::log::debug(plumb::to_text(button.error()));
    }
    return supervision;
}

int run(init::Sources& sources, char* const* argv) {
    plumb::block_all_signals();
    plumb::close_from(STDERR_FILENO + 1);
    Kept kept(sources);
    init::Supervision supervision = boot(kept, argv);
    const auto signals = plumb::open_signals();
    if (!signals) {
        init::log::error(plumb::to_text(signals.error()));
        init::carry_out({conf::EndAction::poweroff, 125}, kept.end_plan);
    }
    plumb::release_stack();
    init::trim_heap();
    kept.descriptors.signals = *signals;
    kept.attendance.attend(supervision);
    kept.control.open(std::move(kept.control_settings), {supervision, kept.attendance, kept.capture});
    init::Companion* const companions[] = {&kept.attendance, &kept.capture, &kept.control};
    init::run_loop(supervision, kept.descriptors, companions);
    init::carry_out(*supervision.end(), kept.end_plan);
}

}  // namespace

int main(int argc, char** argv) {
    Call call = read_call(argc, argv);
    const conf::Arguments& arguments = call.sources.arguments;
    if (!arguments.error.empty()) return init::usage_error(arguments.error, arguments.verb == conf::Verb::run);
    switch (arguments.verb) {
        case conf::Verb::check:
            return init::check(arguments);
        case conf::Verb::plan:
            return init::plan(arguments);
        case conf::Verb::version:
            return init::version();
        case conf::Verb::help:
            return init::help();
        case conf::Verb::inittab:
            return init::inittab(arguments);
        case conf::Verb::poweroff:
        case conf::Verb::reboot:
        case conf::Verb::halt:
        case conf::Verb::reload:
        case conf::Verb::status:
        case conf::Verb::start:
        case conf::Verb::stop:
        case conf::Verb::restart:
        case conf::Verb::kill:
        case conf::Verb::log:
        case conf::Verb::wait:
        case conf::Verb::exec:
        case conf::Verb::analyze:
            return init::tell_running(arguments.verb);
        case conf::Verb::run:
            break;
    }
    // Typed in a shell without anything to run: far more likely a question than a wish to be an init.
    if (call.start == plumb::Start::program && arguments.command.empty() && arguments.config_file.empty())
        return init::usage_error("not PID 1 and nothing to run: mvinit -- command, mvinit -c FILE, or mvinit help",
                                 true);
    return run(call.sources, argv);
}
