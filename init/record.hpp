// All that the next image of mvinit in this process is to know: where an application, its hooks, its readiness, its log
// and those who ask after it are. Plain values, outside the heap; two copies lie in memory that outlives an exec, and a
// crash at any instruction of writing one leaves the other.
//
// A section may grow at its end, and sections may follow: a newer mvinit reads what an older one wrote, and the other
// way round. Whoever changes what a field means, or its place, counts record_version up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "conf/config.hpp"
#include "init/hardware_watchdog.hpp"
#include "init/notify.hpp"
#include "init/readiness.hpp"
#include "init/supervisor.hpp"
#include "plumb/oom.hpp"

namespace init {

#ifdef MVINIT_NEXT_RECORD
inline constexpr std::uint32_t record_version = 4;  // as a later program may be: tests upgrade to that one
#else
inline constexpr std::uint32_t record_version = 3;
#endif
inline constexpr std::uint32_t oldest_record_version = 3;  // that is read, too

// Descriptors in it are -1 where there is none, pids 0, times of CLOCK_MONOTONIC in ms and 0 where there is none.

// Where mvinit itself is.
struct Course {
    std::int32_t pid = 0;          // mvinit's own
    std::uint32_t plan_done = 0;   // 1: the plan was carried out
    std::uint32_t late_begun = 0;  // 1: what follows the application's start has been begun
    std::uint32_t ending = 0;      // 1: `end` is being carried out
    std::int32_t end_code = 0;
    conf::EndAction end = conf::EndAction::automatic;
    std::int32_t boot_stop = 0;       // the signal that asked for an end while booting
    std::uint64_t signals_done = 0;   // of Live::signals: those that this takes account of
    std::int32_t taken_text = -1;     // the configuration as it was taken
    std::int32_t boot_text = -1;      // and as it was at boot, where a reload has taken another
    std::array<char, 120> program{};  // where mvinit was executed from at first; "": not known
};

// An action that may not have been performed yet: which of Action, and its values.
struct PendingAction {
    std::uint8_t kind = 0;
    std::uint8_t which = 0;
    std::int32_t a = 0;
    std::int32_t b = 0;
    std::int32_t c = 0;
};

// The supervision beside its State.
struct Supervising {
    std::uint64_t timer_ms = 0;
    std::uint32_t list = 0;  // number of the list of actions, see Live::performed
    std::uint32_t action_count = 0;
    std::array<PendingAction, 10> actions{};
    std::uint32_t oom_kills = 0;
    std::int64_t oom_group = -1;
    std::int64_t oom_machine = -1;
    std::int32_t pending_exec = -1;
    std::int32_t former_pid = 0;
    std::int32_t named_pid = 0;
    std::int32_t named_group = 0;
    std::uint64_t named_start = 0;  // when that process began, as the kernel has it: its number may be given again
    bool has_end = false;           // all is over, and this is what follows
    conf::EndAction end = conf::EndAction::automatic;
    std::int32_t end_code = 0;
};

// The plan while it is carried out.
struct Steps {
    std::uint32_t mark_count = 0;
    // The steps that have been done, as step_mark() tells them apart: done twice they would fail (a route that is
    // there) or do harm. More than there is room for are done again.
    std::array<std::uint32_t, 96> marks{};
    struct Running {
        std::uint32_t mark = 0;
        std::int32_t pid = 0;  // 0: none yet
        std::uint64_t end_ms = 0;
        std::uint32_t over = 0;  // 1: it has ended, so
        std::int32_t code = -1;
        std::int32_t signal = 0;
    };
    std::array<Running, 4> running{};
};

struct Caring {
    CareState care;
    std::int32_t first_speaker = 0;
    std::int32_t main_speaker = 0;
    std::uint32_t speaker_user = 0;
    std::int32_t notify = -1;
    std::int32_t line = -1;
    std::int32_t line_end = -1;
    std::int32_t device = -1;
    bool starving = false;
    bool refused = false;
    bool passed_ready = false;
    bool passed_stopping = false;
    std::uint8_t restart = 0;  // 1 + Why: it is to be restarted as soon as that can be told; 0: it is not
    Feeding feeding;
    std::uint64_t reloading_us = 0;
    std::int32_t probe = 0;
    std::array<char, longest_status + 1> status{};
    std::array<char, 108> notify_address{};
};

struct Hooking {
    std::uint8_t when = 0;
    bool active = false;
    bool done = false;
    bool failed = false;
    bool killed = false;
    std::uint32_t at = 0;
    std::int32_t pid = 0;
    std::int32_t cut_off = 0;
    std::int32_t pending = -1;
    std::uint64_t deadline_ms = 0;
};

struct Capturing {
    struct Pipe {
        std::int32_t reader = -1;
        std::int32_t writer = -1;
        std::int32_t marker = -1;  // the writing end once more, but one that never blocks
    };
    struct Process {
        std::int32_t pid = -1;
        std::int32_t ended = -1;
        std::int32_t link = -1;
        std::uint32_t early_ends = 0;
        std::uint64_t since_ms = 0;
        Pipe file;
        std::uint32_t sink = 0;
    };
    std::uint32_t count = 0;  // of processes
    std::array<Process, conf::most_sinks + 1> processes{};
    std::array<Pipe, 2> streams{};
    std::int32_t ring = -1;
    std::int32_t ring_reader = -1;
    std::int32_t app_pid = 0;
    std::int32_t starting = -1;  // the process that is being started
    bool paused = false;
    bool ended_untold = false;
    std::array<char, 62> mark{};
};

struct Controlling {
    struct Client {
        std::int32_t socket = -1;
        bool trusted = false;
        bool waits = false;  // for `asked`; others have said nothing yet
        std::uint8_t asked = 0;
        std::uint64_t deadline_ms = 0;
    };
    std::int32_t listener = -1;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t group = -1;
    std::array<Client, 8> clients{};
};

struct Starting {
    std::int32_t file = -1;
    bool waits = false;
    bool line = false;
    bool untold = false;
    std::uint32_t budget_ms = 0;
    std::uint64_t zero_us = 0;
    std::uint64_t began_us = 0;
    std::uint64_t executed_us = 0;
    std::uint64_t ready_us = 0;
    std::uint64_t size = 0;
#ifdef MVINIT_NEXT_RECORD
    std::uint64_t grown = 5;
#endif
};

#ifdef MVINIT_NEXT_RECORD
struct Later {
    std::array<std::uint64_t, 4> more{1, 2, 3, 4};
};
#endif

// The sections, in their order for ever.
struct Record {
    Course course;
    State state;
    Supervising supervising;
    Steps steps;
    Caring caring;
    Hooking hooking;
    Capturing capturing;
    Controlling controlling;
    Starting starting;
#ifdef MVINIT_NEXT_RECORD
    Later later;
#endif
};
static_assert(std::is_trivially_copyable_v<Record>);

inline constexpr std::size_t most_sections = 16;

// One copy: what follows the header is as long as its sizes say, each section at a multiple of 8.
struct SlotHeader {
    std::uint64_t sequence = 0;  // the higher one is the newer; 0: not a whole one
    std::uint64_t checksum = 0;  // of sequence and everything behind this
    std::uint32_t version = 0;
    std::uint32_t count = 0;  // of sections
    std::array<std::uint16_t, most_sections> sizes{};
};
#ifdef MVINIT_NEXT_RECORD
inline constexpr std::size_t slot_room = 3712;
#else
inline constexpr std::size_t slot_room = 2352;
#endif
struct Slot {
    SlotHeader header;
    std::array<std::byte, slot_room> bytes{};
};
static_assert(std::is_trivially_copyable_v<Slot>);

// Writes record over the older of the two, or the one that is no whole one. A process that ends at any instruction of
// this leaves the old or the new record to be read.
void write_record(std::span<Slot, 2> slots, const Record& record);

// Fills in the checksum of a copy whose other fields are all there.
void sign(Slot& slot);

struct Found {
    bool good = false;
    const char* problem = nullptr;  // of bytes that are not taken; null where nothing was ever written
};
// The newest whole record of the two copies, laid over record, which is as it was made. slots: as they are found, their
// size as whoever wrote them had it.
Found read_record(std::span<const std::byte> slots, std::size_t slot_size, Record& record);

// Calls visit(descriptor) for each of the record's descriptors that is there.
void for_each_descriptor(const Record& record, void (*visit)(int descriptor, void* data), void* data);

}  // namespace init
