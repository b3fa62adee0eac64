// Booting where a predecessor of this image, in the same process or on illumos, has come some way.
#include <algorithm>
#include <signal.h>
#include <unistd.h>

#include "init/boot.hpp"
#include "init/clock.hpp"
#include "init/ending.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/reload.hpp"
#include "init/signals.hpp"
#include "init/survival.hpp"
#include "plumb/adoption.hpp"
#include "plumb/concat.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

bool is_command(const plumb::Step& step) {
    return std::holds_alternative<plumb::Command>(step.action);
}

// What tells a step from the others of its plan; 0: it is none of its main part.
std::vector<std::uint32_t> marks_of(const plumb::Plan& plan) {
    std::vector<std::uint32_t> marks;
    for (const plumb::Step& step : plan.steps) {
        const auto name = plumb::concat({plumb::step_name(step.action), " ", plumb::object_text(step.action)});
        std::uint32_t mark = step.phase == plumb::Phase::boot ? step_mark(name) : 0;
        // The second of two that are alike.
        while (mark != 0 && std::find(marks.begin(), marks.end(), mark) != marks.end()) ++mark;
        marks.push_back(mark);
    }
    return marks;
}

// Keeps in the state file which steps are not to be done again.
class Marking final : public plumb::Observer {
public:
    Marking(Timeline& timeline, StateFile& file, const plumb::Plan& plan, const std::vector<std::uint32_t>& marks)
        : timeline_(timeline), file_(file), plan_(plan), marks_(marks) {}

    void started(const plumb::Step& step) override {
        at_step(plumb::step_name(step.action), plumb::object_text(step.action));
        timeline_.started(step);
    }
    void finished(const plumb::Step& step, const plumb::Error* error) override {
        timeline_.finished(step, error);
        const std::uint32_t mark = marks_[static_cast<std::size_t>(&step - plan_.steps.data())];
        if ((error == nullptr || !step.required) && mark != 0) file_.mark(mark);
    }
    bool stop_wanted() override { return timeline_.stop_wanted(); }

private:
    Timeline& timeline_;
    StateFile& file_;
    const plumb::Plan& plan_;
    const std::vector<std::uint32_t>& marks_;
};

}  // namespace

// Where a predecessor's plan was cut off, ours goes on after what it had done.
void Boot::leave_out_marked() {
    std::vector<plumb::Step> left;
    std::vector<std::uint32_t> marks = marks_of(plan_);
    for (std::size_t at = 0; at < marks.size(); ++at) {
        plumb::Step& step = plan_.steps[at];
        if (marks[at] == 0 || !file_.is_marked(marks[at])) {
            left.push_back(std::move(step));
            marks_.push_back(marks[at]);
            continue;
        }
        const std::string text =
            plumb::concat({is_command(step) ? "" : plumb::step_name(step.action), is_command(step) ? "" : " ",
                           plumb::object_text(step.action), is_command(step) ? ": was run" : ": was done",
                           " before mvinit was started again, and is not again"});
        is_command(step) ? log::info(text) : log::debug(text);
    }
    plan_.steps = std::move(left);
}

plumb::Outcome Boot::execute_marking() {
    leave_out_marked();
    Marking marking(timeline_, file_, plan_, marks_);
    return execute(plan_, plumb::Phase::boot, *system_, marking, plumb::is_started_again() ? nullptr : runner_.get());
}

// The sinks stay as they were at boot, whatever reloads have taken since.
void Boot::begin_capture(Supervised& supervised, Capture& capture) {
    std::vector<conf::Sink>& sinks = configuration_.config.sinks;
    if (!goes_on_) return capture.open(std::move(sinks), configuration_.config.app, supervised.program);
    const Record& record = file_.record();
    if (record.course.boot_text < 0)
        return capture.go_on(std::move(sinks), configuration_.config.app, supervised.program, record.capturing);
    const std::string text = text_of(record.course.boot_text);
    Configuration at_boot;
    load_configuration(sources_, facts_.role, facts_.platform, at_boot, &text);
    capture.go_on(std::move(at_boot.config.sinks), at_boot.config.app, supervised.program, record.capturing);
}

// Two that run would be worse than none: where it cannot be told who is the application, all are ended. But for those
// of who is no init: whoever executed us may have begun them.
void Boot::look_for_application() {
    if (left_.problem == nullptr || plumb::is_started_again() || !has_children()) return;
    const std::int32_t found = plumb::find_application(configuration_.config.app.command);
    std::string what = "what runs stays, and the application is started";
    if (found != 0)
        what = plumb::fill("pid % runs as the application, and is gone on with", {std::to_string(found)});
    else if (facts_.pid1)
        what = "what runs is ended, and the application started";
    log::error(plumb::fill("what mvinit has left for its next image is not used: %: %", {left_.problem, what}));
    if (found == 0) {
        if (!facts_.pid1) return;
        // Until it has ended, whoever is killed has what it had, its port for one.
        plumb::signal_everyone(sig_kill);
        all_gone_within(kill_grace_ms);
        return;
    }
    recovery_.plan_done = true;
    recovery_.state.phase = Phase::running;
    recovery_.state.app_pid = found;
    recovery_.state.started_ms = now_ms();
}

}  // namespace init
