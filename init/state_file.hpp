// What the next image of mvinit is to know (see record.hpp), kept where it finds it. Linux: memory of this process,
// which goes on to it in a file in memory, as descriptor 3, made when mvinit executes itself again and not before (see
// plumb/survival.hpp), as hardly any start is ever followed by that. illumos: a file on the tmpfs
// that every zone and machine has from its start, as the kernel executes an init that has died again in the same place
// with all descriptors closed, and init(8) starts a shim again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "init/record.hpp"
#include "init/supervisor.hpp"
#include "plumb/contracts.hpp"
#include "plumb/error.hpp"
#include "plumb/facts.hpp"
#include "plumb/live.hpp"

namespace init {

inline constexpr const char* state_file = "/etc/svc/volatile/mvinit/state";

// Where it is kept; empty: none is kept (Linux, and whoever is no init and no shim).
std::string state_file_path(const plumb::Facts& facts);

// What follows from the record, null where there is none, and the contracts that are held.
struct Recovery {
    bool plan_done = false;
    bool goes_on = false;                // where the record says, which has been put right for that
    State state;                         // else. running: the application was found; idle: it is to be started
    std::vector<plumb::ContractId> old;  // other contracts of the application: to be killed and given up
    std::optional<End> end;              // the end that was under way
    std::vector<plumb::HeldContract> held;
};
Recovery recover(Record* record, const std::vector<plumb::HeldContract>& held, std::int32_t own_pid);

// What the file and the memory consist of.
struct StateMemory {
    plumb::Live live;
    std::array<std::byte, 1024 - sizeof(plumb::Live)> unused;
    std::array<Slot, 2> slots;
    Record record;  // as it is being changed; here, where it is no memory of our own
    std::array<std::byte, sizeof(Slot::bytes) - sizeof(Record)> more;
};
#ifndef MVINIT_NEXT_RECORD
static_assert(sizeof(StateMemory) == 8192);
#endif

// More than a StateMemory of any version has.
inline constexpr std::size_t most_state_bytes = 65536;

// The record of whoever wrote bytes, which are those of a StateMemory, maybe of another version.
Found read_state(std::span<const std::byte> bytes, Record& record);

class StateFile {
public:
    StateFile() = default;
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;
    ~StateFile();

    // Linux: what an image of mvinit before us in this process left, and its descriptors; all others from 3 on are
    // closed. Before anything else is opened. Found::problem: there was something, and it is not used; null where it
    // had recorded nothing yet, and so had started nothing. keeps_descriptors: some may go on to the next image as
    // well, so that the number that the file will have is taken from the start; what else has it then is closed.
    Found inherit(bool keeps_descriptors);
    // For last_resort (see plumb/survival.hpp): whether there can be a next image that knows what this one does, and
    // what is to be copied for it then; null: it is in the file already.
    bool goes_on() const { return memory_ != nullptr; }
    const StateMemory* handed_on() const { return descriptor_ < 0 ? memory_ : nullptr; }

    // illumos: opens, locks and reads the file at path; what is wrong with it is said. Empty path: nothing is kept. The
    // lock is held for as long as the process lives: by it `mvinit poweroff` and its like find it.
    bool open(const std::string& path);

    // To be filled by those whom it is about, and what a predecessor left before that.
    Record& record() { return made(); }
    const Record& record() const { return made(); }

    // Who puts all that it knows into the record before it is written; outlives this.
    void gather_by(void (*gather)(void* context, Record& record), void* context) {
        gather_ = gather;
        context_ = context;
    }
    void save();

    // Linux: from now on in memory that processes which are forked have as well, and so in the file that goes on.
    // False and errno: it is not, as there was no room for one.
    bool share();

    // As it is now, for a program that is to take over; the caller's. -1: there is none.
    int open_for_reading() const;

    // What follows is as if nothing had been begun but the plan.
    void begin_anew();

    void plan_done(bool done) { record().course.plan_done = done ? 1 : 0; }

    // A step of the plan has been done, by us or by a predecessor whose plan was cut off.
    void mark(std::uint32_t step);
    bool is_marked(std::uint32_t step) const;

private:
    bool take_over(int descriptor, Found& found);
    void settle(StateMemory* memory, std::string_view left, bool good);
    void lay_out(std::string_view left, bool good);
    void use();
    Record& made() const;

    StateMemory* memory_ = nullptr;
    int descriptor_ = -1;
    mutable Record* record_ = nullptr;  // ours as long as there is no memory_; null: not made yet
    void (*gather_)(void* context, Record& record) = nullptr;
    void* context_ = nullptr;
};

// Saves what there is to save now, by the file that there is: for whoever is about to do what must not be done twice.
void save_state();

// In a child of ours: what goes on to our next image is none of its business.
void forget_state();

// Whether there is a next image that knows what this one does.
bool keeps_state();

// A descriptor of that record's memory, to be read from, the caller's; -1: there is none.
int open_state();

// StateFile::share() of the one that is kept; true where none is.
bool share_state();

// Where mvinit is to be executed from by default.
void note_path(std::string_view path);

// The plan's part of that record, to be changed and then saved; null: there is none.
Steps* kept_steps();

// The signal that asked for an end while booting, kept.
void note_boot_stop(std::int32_t signal);

// What tells a command from others: of its words as command_text() has them.
std::uint32_t step_mark(std::string_view command);

// Whether a predecessor has carried the plan out, for the steps that come before there is a console to say anything on.
bool plan_was_done(const std::string& path);

// The pid of the mvinit that holds the file; 0: none does.
std::int32_t holder_of(const std::string& path);

}  // namespace init
