#include "init/services.hpp"

#include <algorithm>
#include <utility>

namespace init {

using conf::InitAction;

namespace {

char level_name(int level) {
    return static_cast<char>('0' + level);
}

}  // namespace

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
    if (entry.id == "smf") return false;
    switch (entry.action) {
        case InitAction::sysinit:  // whatever its levels
            return true;
        case InitAction::off:
        case InitAction::ondemand:
        case InitAction::initdefault:
            return false;
        case InitAction::respawn:
        case InitAction::once:
        case InitAction::wait:
        case InitAction::boot:
        case InitAction::bootwait:
        case InitAction::powerfail:
        case InitAction::powerwait:
            break;
    }
    return entry.levels.find(level_name(level)) != std::string::npos;
}

bool is_waited_for(InitAction action) {
    return action == InitAction::sysinit || action == InitAction::bootwait || action == InitAction::wait ||
           action == InitAction::powerwait;
}

Services::Services(const conf::Inittab& inittab, int level) {
    for (const conf::InittabEntry& entry : inittab.entries) {
        if (!is_run_at(entry, level)) continue;
        const auto same = [&](const Service& other) { return other.id == entry.id; };
        const auto slot = std::find_if(list_.begin(), list_.end(), same) - list_.begin();
        Service service;
        service.id = entry.id;
        service.process = entry.process;
        service.line = static_cast<std::uint32_t>(entry.line);
        service.action = entry.action;
        service.slot = static_cast<std::uint32_t>(slot);
        list_.push_back(std::move(service));
    }
    list_.shrink_to_fit();
}

bool Services::is_due(const Service& service) const {
    const InitAction action = service.action;
    switch (stage_) {
        case Stage::sysinit:
            return action == InitAction::sysinit;
        case Stage::boot:
            return action == InitAction::boot || action == InitAction::bootwait;
        case Stage::level:
            return action == InitAction::wait || action == InitAction::once || action == InitAction::respawn;
        case Stage::tending:
            return action == InitAction::respawn;
        case Stage::power:
            return action == InitAction::powerfail || action == InitAction::powerwait;
        case Stage::stopped:
            break;
    }
    return false;
}

Services::Next Services::next(std::uint64_t now_ms) {
    while (stage_ != Stage::stopped && awaited_ == 0) {
        while (cursor_ < list_.size()) {
            const Next found = consider(cursor_++, now_ms);
            if (found.what != What::nothing) return found;
        }
        cursor_ = 0;
        if (stage_ < Stage::tending) {
            stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
        } else if (std::exchange(power_pending_, false)) {
            stage_ = Stage::power;
        } else if (stage_ == Stage::power) {
            stage_ = Stage::tending;
        } else {
            break;
        }
    }
    return {};
}

// What the pass, at this entry, has to do.
Services::Next Services::consider(std::size_t entry, std::uint64_t now_ms) {
    const Service& service = list_[entry];
    const Service& slot = slot_of(service);
    if (!is_due(service) || slot.pid != 0 || slot.not_before_ms > now_ms) return {};
    if (service.action == InitAction::respawn) return admit_respawn(entry, now_ms);
    return {What::spawn, entry};
}

// init counts a series of starts from its first one. The start after a series that was slow enough, or after the
// inhibition, begins a new one without being counted itself.
Services::Next Services::admit_respawn(std::size_t entry, std::uint64_t now_ms) {
    Service& slot = slot_of(list_[entry]);
    slot.not_before_ms = 0;
    if (!std::exchange(slot.counting, true)) slot.series_ms = now_ms;
    if (slot.starts++ < spawn_limit) return {What::spawn, entry};
    const std::uint64_t since = now_ms - slot.series_ms;
    if (slot.starts == spawn_limit + 1 && since < spawn_interval_ms) {
        slot.not_before_ms = slot.series_ms + spawn_interval_ms + spawn_inhibit_ms;
        return {What::inhibited, entry};
    }
    slot.series_ms = now_ms;
    slot.starts = 0;
    return {What::spawn, entry};
}

void Services::started(std::size_t entry, std::int32_t pid) {
    Service& slot = slot_of(list_[entry]);
    slot.pid = pid;
    slot.running = static_cast<std::uint32_t>(entry);
    if (is_waited_for(list_[entry].action)) awaited_ = pid;
}

// An entry that is run once has had its turn; one that is to live is tried again, and counts as started.
void Services::not_started(std::size_t entry, std::uint64_t now_ms) {
    if (list_[entry].action == InitAction::respawn) slot_of(list_[entry]).not_before_ms = now_ms + spawn_pause_ms;
}

const Service* Services::ended(std::int32_t pid) {
    if (pid <= 0) return nullptr;
    if (pid == awaited_) awaited_ = 0;
    for (Service& slot : list_) {
        if (slot.pid != pid) continue;
        slot.pid = 0;
        return &list_[slot.running];
    }
    return nullptr;
}

std::optional<std::uint64_t> Services::deadline() const {
    std::optional<std::uint64_t> first;
    if (stage_ == Stage::stopped || awaited_ != 0) return first;
    for (const Service& slot : list_)
        if (slot.not_before_ms != 0 && slot.pid == 0 && (!first || slot.not_before_ms < *first))
            first = slot.not_before_ms;
    return first;
}

bool Services::power_failed() {
    const bool any = std::any_of(list_.begin(), list_.end(), [](const Service& service) {
        return service.action == InitAction::powerfail || service.action == InitAction::powerwait;
    });
    if (!any || stage_ == Stage::stopped) return false;
    power_pending_ = true;
    return true;
}

void Services::retry() {
    for (Service& slot : list_) {
        slot.counting = false;
        slot.starts = 0;
        slot.not_before_ms = 0;
    }
}

}  // namespace init
