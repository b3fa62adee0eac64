// What follows from what a predecessor left: see state_file.hpp.
#include "init/state_file.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

// Of the contracts that are the application's: the one on record, else any, as a start may not have been recorded yet.
plumb::ContractId choose(const std::optional<Record>& record, const std::vector<plumb::HeldContract>& held) {
    plumb::ContractId chosen = 0;
    for (const plumb::HeldContract& contract : held) {
        if (contract.cookie != plumb::cookie_application) continue;
        if (chosen == 0 || (record && contract.id == record->state.contract)) chosen = contract.id;
    }
    return chosen;
}

bool ends_the_machine(conf::EndAction action) {
    return action == conf::EndAction::poweroff || action == conf::EndAction::reboot || action == conf::EndAction::halt;
}

bool is_stopped(Phase phase) {
    return phase == Phase::quitting || phase == Phase::cleaning;
}

}  // namespace

Recovery recover(const std::optional<Record>& record, const std::vector<plumb::HeldContract>& held,
                 std::int32_t own_pid) {
    Recovery found;
    const plumb::ContractId chosen = choose(record, held);
    for (const plumb::HeldContract& contract : held)
        if (contract.cookie == plumb::cookie_application && contract.id != chosen) found.old.push_back(contract.id);
    if (record) found.state = record->state;
    // An application that runs was started after the plan, whatever is known of that.
    found.plan_done = chosen != 0 || (record && record->course.plan_done != 0);
    const State old = found.state;
    if (chosen != 0) {
        const bool ours = record && record->course.pid == own_pid && old.contract == chosen;
        adopt(found.state, chosen, ours ? old.app_pid : 0);
    } else {
        const bool is_down = old.phase == Phase::down || (is_stopped(old.phase) && old.next == Next::down);
        found.state.phase = is_down ? Phase::down : Phase::idle;
        found.state.app_pid = found.state.contract = 0;
        found.state.main_gone = found.state.rest_told = found.state.hooks_run = false;
        found.state.next = Next::none;
    }
    found.state.pending_end = conf::EndAction::automatic;
    found.state.zone_halting = false;
    if (ends_the_machine(old.pending_end)) found.end = End{old.pending_end, old.exit_code};
    return found;
}

// FNV-1a.
std::uint32_t step_mark(std::string_view command) {
    std::uint32_t sum = 2'166'136'261U;
    for (const char byte : command) sum = (sum ^ static_cast<unsigned char>(byte)) * 16'777'619U;
    return sum;
}

bool plan_was_done(const std::string& path) {
    if (path.empty()) return false;
    const auto text = plumb::read_file(path, most_state_bytes);
    if (!text) return false;
    Record record;
    return read_state(std::as_bytes(std::span(*text)), record).good && record.course.plan_done != 0;
}

}  // namespace init
