// What follows from what a predecessor left: see state_file.hpp.
#include <algorithm>

#include "init/state_file.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

// Of the contracts that are the application's: the one on record, else the latest, as a start may not have been
// recorded yet.
plumb::ContractId choose(const Record* record, const std::vector<plumb::HeldContract>& held) {
    plumb::ContractId chosen = 0;
    for (const plumb::HeldContract& contract : held) {
        if (contract.cookie != plumb::cookie_application || contract.empty) continue;
        if (record != nullptr && contract.id == record->state.contract) return contract.id;
        chosen = std::max(chosen, contract.id);
    }
    return chosen;
}

bool is_held(const std::vector<plumb::HeldContract>& held, plumb::ContractId id) {
    return std::any_of(held.begin(), held.end(), [id](const plumb::HeldContract& each) { return each.id == id; });
}

// Children of a process that is gone: init has them now, and we are not told of their ends. A hook is run again.
void forget_children(Record& record) {
    record.supervising.former_pid = record.supervising.named_pid = 0;
    record.hooking.pid = record.hooking.cut_off = 0;
    record.caring.probe = 0;
    for (Capturing::Process& logger : record.capturing.processes) logger.pid = logger.ended = -1;
}

// As far as contracts tell what has come after it. That a contract has become empty is told to us as well, as long as
// it is held; one that is not held any more had been given up for that.
void correct(Record& record, plumb::ContractId chosen, const std::vector<plumb::HeldContract>& held) {
    State& state = record.state;
    state.zone_halting = false;
    if (chosen != 0 && chosen != state.contract) {
        // What was begun and not noted; where its pid is known it is noted now.
        const bool known = plumb::live->purpose == plumb::Purpose::application && plumb::live->spawned > 0;
        state.contract = chosen;
        if (!known) {
            adopt(state, chosen, 0);
            record.supervising.action_count = 0;
            record.hooking = {};
        }
    }
    if (!is_held(held, state.contract)) state.contract = 0;
}

// Of a record that cannot be gone on with, as nothing was begun by it or it could not be read.
void begin_with(Recovery& found, plumb::ContractId chosen) {
    found.state.phase = Phase::idle;
    found.state.app_pid = found.state.contract = 0;
    found.state.next = Next::none;
    found.state.pending_end = conf::EndAction::automatic;
    if (chosen != 0) adopt(found.state, chosen, 0);
}

}  // namespace

Recovery recover(Record* record, const std::vector<plumb::HeldContract>& held, std::int32_t own_pid) {
    Recovery found;
    const bool known = record != nullptr && record->course.plan_done != 0 && record->state.phase != Phase::idle;
    plumb::ContractId chosen = choose(record, held);
    // What is not on record was left behind by an earlier one, unless one was being started just then.
    if (known && chosen != record->state.contract && record->state.phase != Phase::starting) chosen = 0;
    for (const plumb::HeldContract& contract : held)
        if (contract.cookie == plumb::cookie_application && !contract.empty && contract.id != chosen)
            found.old.push_back(contract.id);
    // An application that runs was started after the plan, whatever is known of that.
    found.plan_done = chosen != 0 || (record != nullptr && record->course.plan_done != 0);
    found.goes_on = known;
    if (!known) {
        if (record != nullptr) found.state = record->state;
        begin_with(found, chosen);
        return found;
    }
    if (record->course.pid != own_pid) forget_children(*record);
    correct(*record, chosen, held);
    if (record->course.pid != own_pid && chosen != 0) record->state.app_pid = 0;
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
