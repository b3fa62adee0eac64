// A predecessor has left its record in a file, and contracts: an image of us in this process, or a shim that init has
// started another one in the place of.
#include <unistd.h>

#include "init/boot.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "init/signals.hpp"
#include "init/survival.hpp"
#include "plumb/live.hpp"
#include "plumb/survival.hpp"

namespace init {
namespace {

// Before the configuration is read: a next image that has faults in taking over is not to lose the application either.
void prepare_for_faults(const State& state, const plumb::Facts& facts) {
    Policy policy;
    policy.meaning = meanings(facts, false);
    prepare_for_the_worst(policy);
    prepare_for_the_worst(make_end_plan({}, facts));
    plumb::last_resort.app_pid = state.app_pid;
    plumb::last_resort.contract = state.contract;
}

}  // namespace

void Boot::recall() {
    const bool good = file_.open(state_file_path(facts_));
    // From here on there is something for a next image to go on with.
    if (keeps_state()) plumb::last_resort.owner = getpid();
    Record& record = file_.record();
    recovery_.held = plumb::find_contracts();
    const bool same = good && record.course.pid == getpid();
    if (!same) {
        plumb::live->spawned = 0;
        record.steps.running = {};
    }
    Recovery found = recover(good ? &record : nullptr, recovery_.held, getpid());
    found.held = std::move(recovery_.held);
    std::erase_if(found.held, [](const plumb::HeldContract& each) { return each.empty; });
    recovery_ = std::move(found);
    for (const plumb::ContractId old : recovery_.old) {
        plumb::signal_contract(old, sig_kill);
        plumb::abandon_contract(old);
    }
    if (same && !recovery_.plan_done) runner_->go_on(record.course.boot_stop, 0);
    prepare_for_faults(recovery_.goes_on ? record.state : recovery_.state, facts_);
    record.course.pid = getpid();
    record.course.plan_done = recovery_.plan_done ? 1 : 0;
    goes_on_ = recovery_.goes_on;
    if (goes_on_) find_lasting(record);
    if (goes_on_) return tell_image(record);
    if (recovery_.plan_done) log::info("mvinit was started again: the plan was carried out before, and is not again");
}

}  // namespace init
