// The traditional entries of /etc/inittab beside the application, as a pure state machine: which is to be started when,
// as init(8) of illumos does it (usr/src/cmd/init/init.c of illumos-gate: boot_init(), spawn_processes(), spawn()). No
// clock, no fork: the owner asks next() until it has nothing more to do, and tells of every process that ends. The end
// of the machine is not decided here, as it is the same for all that runs: see supervisor.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conf/inittab.hpp"

namespace init {

inline constexpr const char* inittab_file = "/etc/inittab";
inline constexpr int usual_run_level = 3;

// init's limits on a respawn entry: what was started spawn_limit times within spawn_interval is left alone until
// spawn_interval + spawn_inhibit after the first of them (SPAWN_LIMIT, SPAWN_INTERVAL, INHIBIT).
inline constexpr std::uint32_t spawn_limit = 10;
inline constexpr std::uint64_t spawn_interval_ms = 120'000;
inline constexpr std::uint64_t spawn_inhibit_ms = 300'000;
// After a shell that could not be executed init tries again in 20 s; it waits for a fork for ever, here it is the same.
inline constexpr std::uint64_t spawn_pause_ms = 20'000;

// wanted: [inittab] level, -1: that of the first initdefault entry, of several levels the highest; without one, or with
// one that names no level from 0 to 6, usual_run_level.
int run_level(const conf::Inittab& inittab, int wanted);

// When an entry's turn comes, in this order; in tending the respawn entries are kept running.
enum class Turn : std::uint8_t { sysinit, boot, level, tending, power, never };
Turn turn_of(conf::InitAction action);

// Whether the entry is run at this level, now or at a power failure. Never: smf (the init is us), initdefault, off, and
// ondemand, which only the levels a, b and c start.
bool is_run_at(const conf::InittabEntry& entry, int level);

// Started and waited for: sysinit, bootwait, wait, powerwait.
bool is_waited_for(conf::InitAction action);

class Services {
public:
    // Of the entries those that are run at level, in their order.
    Services(std::vector<conf::InittabEntry> entries, int level);

    enum class What : std::uint8_t {
        nothing,    // until a process ends, deadline() comes, or somebody calls
        spawn,      // start the entry, then say started() or not_started()
        inhibited,  // say that the entry respawns too rapidly, then ask again
    };
    struct Next {
        What what = What::nothing;
        std::size_t entry = 0;
    };
    // now_ms: CLOCK_MONOTONIC here and below. Order: sysinit, each waited for; boot and bootwait; wait, once and
    // respawn; then respawn alone, again and again.
    Next next(std::uint64_t now_ms);
    void started(std::size_t entry, std::int32_t pid);
    void not_started(std::size_t entry, std::uint64_t now_ms);

    // The entry whose process that was; nullptr: none's.
    const conf::InittabEntry* ended(std::int32_t pid);

    // Instead of the first pass, where an earlier image of this program went through it: what is still there of it is
    // told by adopt(), which is as started() but for what stands in the place of the pid. The rest is as ever.
    void resume() { turn_ = Turn::tending; }
    void adopt(std::size_t entry, std::int32_t pid);

    // False while the first pass goes on: the application is to wait.
    bool all_begun() const { return turn_ >= Turn::tending; }

    // When next() will have something to do without anybody's doing.
    std::optional<std::uint64_t> deadline() const;

    // Runs powerfail and powerwait entries, after what is being waited for; false: there is none of them,
    // or the machine ends.
    bool power_failed();

    // As init does on `init q`: what was inhibited is tried again.
    void retry();

    // The machine ends: next() has nothing to do any more.
    void stop() { turn_ = Turn::never; }

    std::size_t size() const { return entries_.size(); }  // those that are not run count, too
    const conf::InittabEntry& operator[](std::size_t entry) const { return entries_[entry]; }

private:
    // init's table of processes is by id: entries with the same one share it. Kept at the first of them.
    struct Slot {
        std::uint64_t series_ms;
        std::uint64_t not_before_ms;  // 0: at once
        std::size_t entry;            // whose process it is
        std::int32_t pid;             // 0: none lives
        std::uint32_t starts;         // in this series
        bool counting;                // a series has begun
    };

    bool is_due(const conf::InittabEntry& entry) const;
    Next consider(std::size_t entry, std::uint64_t now_ms);
    Slot& slot_of(std::size_t entry);

    std::vector<conf::InittabEntry> entries_;
    std::vector<Slot> slots_;
    std::size_t cursor_ = 0;
    std::int32_t awaited_ = 0;  // pid that the pass stands still for
    int level_;
    Turn turn_ = Turn::sysinit;
    bool power_pending_ = false;
};

}  // namespace init
