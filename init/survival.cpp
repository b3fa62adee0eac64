#include "init/survival.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <unistd.h>

#include "conf/text.hpp"
#include "conf/writer.hpp"
#include "init/log.hpp"
#include "plumb/concat.hpp"
#include "plumb/live.hpp"
#include "plumb/log_io.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"
#include "version.hpp"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): illumos declares none

namespace init {
namespace {

using plumb::Asks;

Asks asks_of(conf::EndAction action) {
    switch (action) {
        case conf::EndAction::poweroff:
            return Asks::poweroff;
        case conf::EndAction::reboot:
            return Asks::reboot;
        case conf::EndAction::halt:
            return Asks::halt;
        default:
            return Asks::exit;
    }
}

Asks asks_of(Meaning meaning) {
    if (meaning == Meaning::forward) return Asks::forward;
    const auto end = end_asked(meaning);
    return end ? asks_of(*end) : Asks::nothing;
}

const char* phase_text(Phase phase) {
    switch (phase) {
        case Phase::running:
            return "running";
        case Phase::quitting:
        case Phase::cleaning:
        case Phase::stopping:
        case Phase::killing:
            return "stopping";
        case Phase::ended:
            return "ending";
        case Phase::idle:
            return "booting";
        default:
            return "starting the application";
    }
}

}  // namespace

const char* own_path() {
    return plumb::last_resort.path == nullptr ? "" : plumb::last_resort.path;
}

void survive(StateFile& file, char* const* argv, bool again) {
    plumb::LastResort& last = plumb::last_resort;
    last.argv = argv;
    last.env = environ;
    last.path = plumb::path_at_start();
    last.phase = "booting";
    if (!plumb::can_survive()) return;
    Course& course = file.record().course;
    if (course.program[0] == '\0') {
        const std::string_view path = last.path;
        if (path.size() < course.program.size()) path.copy(course.program.data(), path.size());
    }
    last.owner = course.pid;
    last.path = course.program[0] != '\0' ? course.program.data() : nullptr;
    last.state = file.handed_on();
    last.state_size = sizeof(StateMemory);
    last.alone = !file.goes_on();
    last.app_pid = file.record().state.app_pid;
    // The kernel names who was executed by a descriptor after that one's number.
    if (again && last.path != nullptr) plumb::set_process_name(std::string(plumb::base_name(last.path)).c_str());
    plumb::catch_faults();
}

void prepare_for_the_worst(const EndPlan& plan) {
    plumb::LastResort& last = plumb::last_resort;
    last.machine = plan.machine;
    last.owns_kernel = plan.owns_kernel || (plan.never_exits && !plan.stays);
    last.power_off_by_reboot = plan.power_off_by_reboot;
}

void prepare_for_the_worst(const Policy& policy) {
    plumb::LastResort& last = plumb::last_resort;
    last.stop_signal = policy.stop_signal;
    last.stop_timeout_ms = policy.stop_timeout_ms;
    last.to_group = policy.to_group;
    for (std::size_t number = 0; number < last.asks.size(); ++number) {
        last.asks[number] = asks_of(policy.meaning[number]);
        last.rewrite[number] = policy.rewrite[number];
    }
}

void keep_for_the_worst(const Record& record, const Policy& policy) {
    plumb::LastResort& last = plumb::last_resort;
    last.app_pid = record.state.app_pid;
    last.contract = record.state.contract;
    last.phase = phase_text(record.state.phase);
    last.stopping = record.state.phase == Phase::stopping || record.state.phase == Phase::killing;
    last.end = asks_of(last.stopping ? record.state.pending_end : policy.on_failure);
    last.listener = record.controlling.listener;
    last.watchdog = record.caring.device;
    last.feed_ms = record.caring.feeding.timeout_ms / 3;
}

void only_keep(const Record& record, const Policy& policy, const EndPlan& plan) {
    log::error(
        plumb::fill("the application, pid %, goes on, but from now on mvinit only reaps and passes on stop signals: "
                    "mend what stands above, then: mvinit upgrade",
                    {std::to_string(record.state.app_pid)}));
    prepare_for_the_worst(plan);
    prepare_for_the_worst(policy);
    keep_for_the_worst(record, policy);
    plumb::prepare_last_resort();
    plumb::last_resort_loop();
}

void regain_privileges(const Program& program) {
    if (!plumb::can_survive() || plumb::has_privileges(needs_of(program))) return;
    save_state();
    plumb::live->fault_signal = 0;
    const int error = plumb::execute_in_place(-1);
    log::warning(
        plumb::to_text({"execute", "mvinit again", error, "",
                        "what the application is to have of capabilities is there only after mvinit upgrade"}));
}

void at_step(const char* step) {
    plumb::last_resort.step = step;
}

void at_step(std::string_view name, std::string_view object) {
    static std::array<char, 96> text;
    plumb::last_resort.step = "";
    const std::size_t length = name.copy(text.data(), text.size() - 2);
    text[length] = ' ';
    text[length + 1 + object.copy(text.data() + length + 1, text.size() - length - 2)] = '\0';
    plumb::last_resort.step = text.data();
}

void tell_image(const Record& record) {
    conf::Writer line;
    if (plumb::live->fault_signal != 0)
        line << "mvinit had a fault (" << conf::signal_name(plumb::live->fault_signal) << " while "
             << plumb::live->fault_phase.data() << ") and was executed again: ";
    else
        line << "mvinit " << MVINIT_VERSION << " takes over: ";
    if (record.state.app_pid > 0)
        line << "the application, pid " << record.state.app_pid << ", goes on";
    else
        line << "it goes on where it was";
    plumb::live->fault_signal != 0 ? log::error(line.text) : log::info(line.text);
    plumb::live->fault_signal = 0;
}

}  // namespace init
