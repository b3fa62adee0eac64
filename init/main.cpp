// mvinit: the phases, in order. Each is in a file of its own.
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "conf/arguments.hpp"
#include "init/analyze.hpp"
#include "init/attendance.hpp"
#include "init/boot.hpp"
#include "init/capture.hpp"
#include "init/clock.hpp"
#include "init/control.hpp"
#include "init/ending.hpp"
#include "init/heap.hpp"
#include "init/inittab_verbs.hpp"
#include "init/log.hpp"
#include "init/loop.hpp"
#include "init/reload.hpp"
#include "init/supervision.hpp"
#include "init/survival.hpp"
#include "init/verbs.hpp"
#include "plumb/oom.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): illumos declares none

namespace {

// What outlives booting.
struct Kept {
    explicit Kept(init::Sources& from) : sources(from) {}

    init::Sources& sources;
    init::Reloading reloading{sources, control, capture};
    init::EndPlan end_plan;
    init::StateFile state_file;
    init::Descriptors descriptors;
    init::Attendance attendance;
    init::Capture capture;
    init::Control control;
    init::ControlSettings control_settings;
    init::Started started;
    init::Supervision* supervision = nullptr;
    bool goes_on = false;  // where an earlier image of us was

    init::Steered steered(init::Supervision& who) {
        return {who, attendance, capture, sources, reloading.role, started.descriptor()};
    }
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
    bool only_forwards;  // tini's way: a command, no file; false where it cannot be told yet
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
    Call call{{}, facts.start, false};
    conf::Arguments& arguments = call.sources.arguments;
    const bool linked = facts.start == plumb::Start::program && argc > 0 &&
                        conf::parse_linked_name(argv[0], words, facts.platform, arguments);
    if (!linked) conf::parse_arguments(words, names, has_strange_words(facts), facts.platform, arguments);
    if (!arguments.platform_given) arguments.platform = facts.platform;
    // A control socket goes on to the next image.
    call.only_forwards = init::forwards_only(arguments) && arguments.control.empty() &&
                         facts.role == conf::Role::container && arguments.role != conf::Role::machine;
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

// Everything that outlives this image, into the record.
void gather(void* context, init::Record& record) {
    const Kept& kept = *static_cast<const Kept*>(context);
    kept.supervision->keep(record);
    kept.attendance.keep(record.caring);
    kept.capture.keep(record.capturing);
    kept.control.keep(record.controlling);
    kept.started.keep(record.starting);
    record.course.taken_text = kept.reloading.taken;
    record.course.boot_text = kept.reloading.at_boot;
    init::keep_for_the_worst(record, kept.supervision->supervised().policy);
}

// Where another image of us in this process was. Nothing is written before all of it is taken up again.
void go_on(Kept& kept, init::Boot& boot, init::Supervision& supervision) {
    const init::Record record = kept.state_file.record();
    kept.reloading.taken = record.course.taken_text;
    kept.reloading.at_boot = record.course.boot_text;
    boot.finish(kept.started, supervision, kept.attendance);
    kept.attendance.attend(supervision, !supervision.supervised().policy.forward_only, kept.end_plan.owns_kernel,
                           &record.caring);
    supervision.steer_by(kept.control);
    kept.control.go_on(std::move(kept.control_settings), kept.steered(supervision), record.controlling);
    kept.state_file.gather_by(gather, &kept);
    supervision.keep_state(kept.state_file);
    supervision.go_on(record);
}

bool has_application(const init::Record& record) {
    return record.state.app_pid > 0 || record.state.contract != 0;
}

// Everything up to the running application. What booting needed of memory is free again when this returns.
// Not inlined, so that its frame, some kilobytes, is gone with it, too.
[[gnu::noinline]] init::Supervision boot(Kept& kept, const init::Found& left, char* const* argv,
                                         std::uint64_t began_us) {
    const conf::Arguments& arguments = kept.sources.arguments;
    init::Supervision supervision(init::reload, &kept.reloading, arguments.warn_reaped);
    // Before booting's own memory: a block that stays in the midst of that would keep its page for ever.
    supervision.supervised().program.argv.reserve(arguments.command.size());
    supervision.accompany(kept.attendance, kept.capture);
    init::Boot boot(kept.sources, kept.state_file, left, began_us);
    boot.prepare();
    apply_process_options(arguments, boot.facts());
    kept.descriptors.contract_events = boot.contract_events();
    boot.recall();
    auto end = boot.recovery().end;
    // An end that was under way goes on as the configuration says, whatever is wrong with that.
    if (!end || boot.goes_on()) {
        const auto not_configured = boot.configure();
        if (!end) end = not_configured;
    }
    boot.look_for_application();
    if (!end) end = boot.carry_out_plan();
    if (!end) end = boot.make_supervised(supervision.supervised(), kept.capture);
    if (!end) end = boot.honour_inittab();
    kept.reloading.role = boot.facts().role;
    kept.end_plan = boot.end_plan();
    kept.control_settings = boot.control_settings();
    kept.end_plan.argv = argv;
    kept.end_plan.state_file = &kept.state_file;
    kept.goes_on = boot.goes_on();
    // The application that runs is worth more than what this image could not make of what it was left.
    if (end && boot.goes_on() && !boot.recovery().end && has_application(kept.state_file.record()))
        init::only_keep(kept.state_file.record(), boot.policy(), kept.end_plan);
    if (end) init::carry_out(*end, kept.end_plan);
    kept.state_file.plan_done(true);
    supervision.keep(boot.take_services());
    supervision.watch_contracts(kept.descriptors.contract_events);
    supervision.know(boot.facts());
    init::prepare_for_the_worst(kept.end_plan);
    init::prepare_for_the_worst(supervision.supervised().policy);
    kept.supervision = &supervision;
    if (boot.goes_on()) {
        go_on(kept, boot, supervision);
    } else {
        kept.state_file.gather_by(gather, &kept);
        supervision.keep_state(kept.state_file);
        supervision.resume(boot.recovery().state);
    }
    if (!boot.goes_on()) {
        if (!boot.configuration().forward_only) init::keep_text(kept.reloading, boot.configuration().text);
        boot.finish(kept.started, supervision, kept.attendance);
    }
    if (boot.wants_power_button()) {
        if (const auto button = plumb::open_power_button())
            kept.descriptors.power_button = *button;
        else
            init::log::debug(plumb::to_text(button.error()));
    }
    return supervision;
}

// The application first: on one processor it would wait for all that we do from here on. Waiting is what lets it run;
// sched_yield(2) does not, as it is in a session, and so in a scheduling group, of its own.
void give_way(int signals) {
    pollfd ready{signals, POLLIN, 0};
    ::poll(&ready, 1, 1);
}

int run(Call& call, char* const* argv, std::uint64_t began_us) {
    plumb::hold_first_signals();
    Kept kept(call.sources);
    // What only forwards keeps no descriptor for its next image.
    const init::Found left = kept.state_file.inherit(!call.only_forwards);
    if (left.good) plumb::go_on_sparing_us();
    init::survive(kept.state_file, argv, left.good);
    plumb::block_all_signals();
    init::Supervision supervision = boot(kept, left, argv, began_us);
    const auto signals = plumb::open_signals();
    if (!signals) {
        init::log::error(plumb::to_text(signals.error()));
        const init::Record& record = kept.state_file.record();
        if (kept.goes_on && has_application(record))
            init::only_keep(record, supervision.supervised().policy, kept.end_plan);
        init::carry_out({conf::EndAction::poweroff, 125}, kept.end_plan);
    }
    if (!kept.goes_on) {
        give_way(*signals);
        kept.attendance.attend(supervision, !supervision.supervised().policy.forward_only, kept.end_plan.owns_kernel);
    }
    kept.descriptors.signals = *signals;
    if (!kept.goes_on) {
        supervision.steer_by(kept.control);
        kept.control.open(std::move(kept.control_settings), kept.steered(supervision));
    }
    plumb::prepare_last_resort();
    plumb::drop_privileges(init::needs_of(supervision.supervised().program));
    plumb::release_stack();
    init::trim_heap();
    init::Companion* const companions[] = {&kept.attendance, &kept.capture, &kept.control, &kept.started};
    init::run_loop(supervision, kept.descriptors, companions);
    init::carry_out(*supervision.end(), kept.end_plan);
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t began_us = init::now_us();
    Call call = read_call(argc, argv);
    const conf::Arguments& arguments = call.sources.arguments;
    if (!arguments.error.empty()) return init::usage_error(arguments);
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
        case conf::Verb::start:
        case conf::Verb::stop:
        case conf::Verb::restart:
        case conf::Verb::kill:
            return init::steer(arguments);
        case conf::Verb::status:
            return init::status(arguments);
        case conf::Verb::wait:
            return init::wait_verb(arguments);
        case conf::Verb::exec:
            return init::exec_verb(arguments);
        case conf::Verb::log:
            return init::log_verb(arguments);
        case conf::Verb::analyze:
            return init::analyze(arguments);
        case conf::Verb::upgrade:
            return init::upgrade(arguments);
        case conf::Verb::run:
            break;
    }
    if (const std::string meant = conf::meant_verb(arguments); !meant.empty()) init::hint(arguments, meant);
    // Typed in a shell without anything to run: far more likely a question than a wish to be an init.
    if (call.start == plumb::Start::program && arguments.command.empty() && arguments.config_file.empty())
        return init::usage_error("not PID 1 and nothing to run: mvinit -- command, mvinit -c FILE, or mvinit help",
                                 true);
    return run(call, argv, began_us);
}
