#include "init/boot.hpp"

#include <algorithm>
#include <unistd.h>

#include "conf/text.hpp"
#include "init/console.hpp"
#include "init/log.hpp"
#include "init/plan_page.hpp"
#include "init/reload.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "plumb/platform.hpp"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): illumos declares none

namespace init {
namespace {

conf::LogLevel container_level(unsigned verbosity) {
    if (verbosity == 0) return conf::LogLevel::warning;
    return verbosity == 1 ? conf::LogLevel::info : conf::LogLevel::debug;
}

// Whose console is the machine's or the zone's own, whatever 0 to 2 were when we were started.
bool has_console(const plumb::Facts& facts) {
    return facts.role == conf::Role::machine && (facts.owns_kernel || plumb::is_illumos_init(facts));
}

}  // namespace

bool forwards_only(const conf::Arguments& arguments) {
    return !arguments.command.empty() && arguments.config_file.empty();
}

std::vector<std::string_view> own_environment() {
    std::vector<std::string_view> words;
    for (char** word = environ; word != nullptr && *word != nullptr; ++word) words.emplace_back(*word);
    return words;
}

void gather_inputs(const plumb::Facts& facts, ProgramInputs& inputs) {
    inputs.role = facts.role;
    inputs.pid1 = facts.pid1;
    inputs.leaves_daemons = facts.platform == conf::Platform::illumos;
    inputs.stdin_is_terminal = isatty(STDIN_FILENO) != 0;
    inputs.session_leader = inputs.stdin_is_terminal && getsid(0) == getpid();
    inputs.in_foreground = inputs.stdin_is_terminal && tcgetpgrp(STDIN_FILENO) == getpgrp();
    inputs.inherited = own_environment();
}

void tell(const conf::Diagnostic& found) {
    const std::string text = conf::to_text(found, false);
    if (found.severity == conf::Severity::error) return log::error(text);
    log::warning(text);
}

Boot::Boot(Sources& sources, StateFile& file, const Found& left, std::uint64_t began_us)
    : sources_(sources),
      file_(file),
      left_(left),
      goes_on_(left.good && file.record().course.plan_done != 0),
      timeline_(began_us) {}

void Boot::prepare() {
    facts_ = plumb::identify(sources_.arguments.role);
    if (!plumb::facts_can_wait(facts_)) plumb::look_around(facts_);
    gather_inputs(facts_, inputs_);
    runner_ = std::make_unique<Runner>(meanings(facts_, false), inputs_);
    timeline_.ask(*runner_);
    system_ = plumb::make_system(*runner_);
    fill_standard_descriptors();
    open_log("");
    open_contract_events();
    // Without /dev there is no console yet, so its errors are shown only after it was opened, by what fails then.
    const bool again = goes_on_ || (plumb::is_started_again() && plan_was_done(state_file_path(facts_)));
    if (facts_.role == conf::Role::machine && !again) {
        early_ = plumb::plan_early(facts_);
        execute(early_, plumb::Phase::early, *system_, timeline_);
    }
    if (has_console(facts_)) open_console(conf::Console{}.device);
    if (!plumb::facts_can_wait(facts_)) gather_rest();
    if (facts_.owns_kernel) sources_.kernel = conf::parse_kernel_command_line(facts_.kernel_command_line);
    for (const conf::Diagnostic& found : sources_.kernel.diagnostics) tell(found);
    if (has_console(facts_)) gather_inputs(facts_, inputs_);  // again, now that the console is there
}

void Boot::gather_rest() {
    plumb::gather_facts(facts_);
    gathered_ = true;
}

// Before the first contract is begun: who opens them later is not told of what was before.
void Boot::open_contract_events() {
    if (!plumb::have_contracts()) return;
    const auto events = plumb::open_contract_events();
    if (!events) return log::error(plumb::to_text(events.error()));
    contract_events_ = *events;
}

void Boot::open_console(const std::string& device) {
    const auto opened = reopen_console(device);
    open_log(device);
    if (!opened) log::warning(plumb::to_text(opened.error()));
}

void Boot::open_log(const std::string& device) const {
    const bool machine = facts_.role == conf::Role::machine;
    auto level = conf::LogLevel::info;
    if (!machine && forwards_only(sources_.arguments)) level = container_level(sources_.arguments.verbosity);
    log::open(machine || !device.empty() ? open_for_messages(STDERR_FILENO, device) : -1, level, machine);
}

// Command line, then kernel command line, then file; what PID 1 saw of itself otherwise.
void Boot::decide_role() {
    conf::Role wanted = sources_.arguments.role;
    if (wanted == conf::Role::automatic) wanted = sources_.kernel.role;
    if (wanted == conf::Role::automatic) wanted = configuration_.config.system.role;
    if (wanted == conf::Role::automatic) return;
    facts_.role = inputs_.role = wanted;
}

std::optional<End> Boot::configure() {
    // Where it could not be kept, or was not yet, the file has to do.
    const int kept = goes_on_ ? file_.record().course.taken_text : -1;
    const std::string taken = text_of(kept);
    load_configuration(sources_, facts_.role, facts_.platform, configuration_, kept >= 0 ? &taken : nullptr);
    decide_role();
    open_configured_console();
    if (sources_.kernel.rescue && configuration_.config.rescue.on_request) return End{conf::EndAction::rescue, 0};
    if (const auto end = check_configuration()) return end;
    const bool asks = facts_.role == conf::Role::machine || !configuration_.config.mounts.empty();
    if (asks && !gathered_) gather_rest();
    if (goes_on_ && file_.record().course.late_begun != 0) return {};
    plan_ = plumb::make_plan(configuration_.config, facts_);
    if (sources_.kernel.plan) {
        note_inittab(plan_.notes, configuration_.config.inittab);
        show_plan();
    }
    for (const std::string& problem : plan_.problems) log::error(problem);
    if (!plan_.problems.empty()) return failed();
    timeline_.configured();
    return {};
}

void Boot::open_configured_console() {
    const conf::Console& console = configuration_.config.console;
    inputs_.console = console.device;
    if (console.device != conf::Console{}.device) open_console(console.device);
    if (configuration_.config.log.kmsg) log::copy_to_kernel_log(true);
    if (sources_.kernel.debug) return log::set_level(conf::LogLevel::debug);
    if (!configuration_.forward_only) log::set_level(console.level);
}

std::optional<End> Boot::check_configuration() {
    for (const conf::Diagnostic& found : configuration_.diagnostics) tell(found);
    if (!conf::has_errors(configuration_.diagnostics)) return {};
    if (!configuration_.unreadable)
        log::error("configuration: not used, it has errors: mend it, then try it with: mvinit check " +
                   configuration_.file);
    return failed();
}

void Boot::show_plan() {
    log::raw(plan_page(configuration_, facts_, plan_, false));
}

std::optional<End> Boot::carry_out_plan() {
    if (recovery_.plan_done) return {};
    const plumb::Outcome outcome = execute_marking();
    // Whatever became of the steps: who asked for an end gets that one, not a failed boot or an application.
    runner_->stop_wanted();
    if (const auto end = stopped()) return end;
    if (outcome.failed) return failed();
    return {};
}

std::optional<End> Boot::stopped() const {
    const int number = runner_->stop_signal();
    if (number == 0) return {};
    log::info(conf::signal_name(number) + " while booting: ending");
    const auto asked = end_asked(meanings(facts_, false)[static_cast<std::size_t>(number)]);
    if (!asked || *asked == conf::EndAction::exit) return End{conf::EndAction::exit, 128 + number};
    return End{*asked, 0};
}

End Boot::failed() const {
    constexpr int own_failure = 125;
    const conf::EndAction action = boot_failure_action(configuration_.config, facts_);
    log::error("booting failed, the reason stands above; now: " + end_name(action, facts_.start == plumb::Start::shim));
    return {action, own_failure};
}

std::optional<End> Boot::make_supervised(Supervised& supervised, Capture& capture) {
    const auto made = init::make_supervised(configuration_, facts_, sources_, inputs_, supervised);
    if (!made) {
        log::error(plumb::to_text(made.error()));
        return failed();
    }
    begin_capture(supervised, capture);
    supervised.hooks = std::move(configuration_.config.hooks);
    return {};
}

std::optional<End> Boot::honour_inittab() {
    if (!configuration_.config.inittab.honour) return {};
    if (!services_.read(configuration_.config.inittab, inputs_)) return failed();
    if (recovery_.plan_done) {
        // Nothing is waited for then, and the application is there: who reaps it has to be who supervises it.
        services_.resume(recovery_.held);
        return {};
    }
    return runner_->attend(services_) ? std::nullopt : stopped();
}

bool Boot::wants_power_button() const {
    return facts_.owns_kernel && facts_.role == conf::Role::machine && configuration_.config.system.power_button;
}

void Boot::finish(Started& started, const Supervision& supervision, const Attendance& attendance) {
    if (configuration_.forward_only) return;
    if (goes_on_ && file_.record().course.late_begun != 0)
        return started.go_on(file_.record().starting, supervision, attendance);
    const conf::Config& config = configuration_.config;
    const bool machine = facts_.role == conf::Role::machine;
    if (machine || config.control.enabled || config.boot.budget.count() != 0)
        started.begin(timeline_.text(plan_, facts_.owns_kernel),
                      {facts_.owns_kernel ? 0 : timeline_.began_us(), timeline_.began_us(),
                       static_cast<std::uint32_t>(config.boot.budget.count()), machine},
                      supervision, attendance);
    file_.record().course.late_begun = 1;
    save_state();
    if (machine) run_late_steps();
    // The kernel spares the init of its own pid namespace by itself.
    if (facts_.start == plumb::Start::kernel && !facts_.owns_kernel) spare_us();
}

void Boot::run_late_steps() {
    bool any = false;
    for (const plumb::Step& step : plan_.steps) any = any || step.phase == plumb::Phase::late;
    if (!any) return;
    auto work = [](void* data) {
        auto* boot = static_cast<Boot*>(data);
        execute(boot->plan_, plumb::Phase::late, *boot->system_, boot->timeline_);
    };
    if (fork_worker(work, this) < 0) log::warning("late steps: fork failed: they were left out");
}

}  // namespace init
