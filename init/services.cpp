#include "init/services.hpp"

#include <utility>

namespace init {

using conf::InitAction;

namespace {

// By action.
constexpr Turn turns[] = {Turn::never, Turn::level, Turn::never, Turn::level, Turn::level,  Turn::boot,
                          Turn::boot,  Turn::power, Turn::power, Turn::never, Turn::sysinit};

char level_name(int level) {
    return static_cast<char>('0' + level);
}

}  // namespace

Turn turn_of(InitAction action) {
    return turns[static_cast<std::size_t>(action)];
}

bool is_waited_for(InitAction action) {
    return action == InitAction::sysinit || action == InitAction::bootwait || action == InitAction::wait ||
           action == InitAction::powerwait;
}

int run_level(const conf::Inittab& inittab, int wanted) {
    if (wanted >= 0) return wanted;
    for (const conf::InittabEntry& entry : inittab.entries) {
        if (entry.action != InitAction::initdefault) continue;
        for (int level = 6; level >= 0; --level)
            if (entry.levels.find(level_name(level)) != std::string::npos) return level;
        break;
    }
    return usual_run_level;
}

bool is_run_at(const conf::InittabEntry& entry, int level) {
    const Turn turn = turn_of(entry.action);
    if (turn == Turn::never || entry.id == "smf") return false;
    return turn == Turn::sysinit || entry.levels.find(level_name(level)) != std::string::npos;
}

Services::Services(std::vector<conf::InittabEntry> entries, int level)
    : entries_(std::move(entries)), slots_(entries_.size()), level_(level) {}

Services::Slot& Services::slot_of(std::size_t entry) {
    std::size_t first = 0;
    while (entries_[first].id != entries_[entry].id) ++first;
    return slots_[first];
}

bool Services::is_due(const conf::InittabEntry& entry) const {
    const bool now = turn_ == Turn::tending ? entry.action == InitAction::respawn : turn_of(entry.action) == turn_;
    return now && is_run_at(entry, level_);
}

Services::Next Services::next(std::uint64_t now_ms) {
    while (turn_ != Turn::never && awaited_ == 0) {
        while (cursor_ < entries_.size()) {
            const Next found = consider(cursor_++, now_ms);
            if (found.what != What::nothing) return found;
        }
        cursor_ = 0;
        if (turn_ < Turn::tending) {
            turn_ = static_cast<Turn>(static_cast<int>(turn_) + 1);
        } else if (std::exchange(power_pending_, false)) {
            turn_ = Turn::power;
        } else if (turn_ == Turn::power) {
            turn_ = Turn::tending;
        } else {
            break;
        }
    }
    return {};
}

// What the pass, at this entry, has to do. init counts a series of starts from its first one; the start after a series
// that was slow enough, or after the inhibition, begins a new one without being counted itself.
Services::Next Services::consider(std::size_t entry, std::uint64_t now_ms) {
    if (!is_due(entries_[entry])) return {};
    Slot& slot = slot_of(entry);
    if (slot.pid != 0 || slot.not_before_ms > now_ms) return {};
    const Next spawn{What::spawn, entry};
    if (entries_[entry].action != InitAction::respawn) return spawn;
    slot.not_before_ms = 0;
    if (!std::exchange(slot.counting, true)) slot.series_ms = now_ms;
    if (slot.starts++ < spawn_limit) return spawn;
    if (slot.starts == spawn_limit + 1 && now_ms - slot.series_ms < spawn_interval_ms) {
        slot.not_before_ms = slot.series_ms + spawn_interval_ms + spawn_inhibit_ms;
        return {What::inhibited, entry};
    }
    slot.series_ms = now_ms;
    slot.starts = 0;
    return spawn;
}

void Services::adopt(std::size_t entry, std::int32_t pid) {
    Slot& slot = slot_of(entry);
    slot.pid = pid;
    slot.entry = entry;
}

void Services::started(std::size_t entry, std::int32_t pid) {
    adopt(entry, pid);
    if (is_waited_for(entries_[entry].action)) awaited_ = pid;
}

// An entry that is run once has had its turn; one that is to live is tried again, and counts as started.
void Services::not_started(std::size_t entry, std::uint64_t now_ms) {
    if (entries_[entry].action == InitAction::respawn) slot_of(entry).not_before_ms = now_ms + spawn_pause_ms;
}

const conf::InittabEntry* Services::ended(std::int32_t pid) {
    if (pid == 0) return nullptr;
    if (pid == awaited_) awaited_ = 0;
    for (Slot& slot : slots_) {
        if (slot.pid != pid) continue;
        slot.pid = 0;
        return &entries_[slot.entry];
    }
    return nullptr;
}

std::optional<std::uint64_t> Services::deadline() const {
    std::uint64_t first = 0;
    for (const Slot& slot : slots_)
        if (slot.pid == 0 && slot.not_before_ms - 1 < first - 1) first = slot.not_before_ms;  // 0 is none
    if (first == 0 || turn_ == Turn::never || awaited_ != 0) return {};
    return first;
}

bool Services::power_failed() {
    if (turn_ == Turn::never) return false;
    for (const conf::InittabEntry& entry : entries_)
        if (turn_of(entry.action) == Turn::power && is_run_at(entry, level_)) power_pending_ = true;
    return power_pending_;
}

void Services::retry() {
    for (Slot& slot : slots_) {
        slot.counting = false;
        slot.starts = 0;
        slot.not_before_ms = 0;
    }
}

}  // namespace init
