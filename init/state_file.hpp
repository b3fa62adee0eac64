// What the next image of mvinit is to know: illumos executes an init that has died again in the same place, and init(8)
// starts a shim again, while the application runs on in its contract. Kept in a file on the tmpfs that every zone and
// machine has from its start, so that it is gone when that ends.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "init/supervisor.hpp"
#include "plumb/contracts.hpp"
#include "plumb/error.hpp"
#include "plumb/facts.hpp"

namespace init {

struct Record {
    std::int32_t pid = 0;         // mvinit's own
    std::uint32_t plan_done = 0;  // 1: the plan was carried out
    State state;
    // The commands of the plan that have been run, as step_mark() tells them apart: run twice they would fail (a route
    // that is there) or do harm. More than there is room for are run again.
    std::uint32_t mark_count = 0;
    std::array<std::uint32_t, 60> marks{};
};
static_assert(std::is_trivially_copyable_v<Record>);

inline constexpr const char* state_file = "/etc/svc/volatile/mvinit.state";

// Where it is kept; empty: none is kept (Linux, and whoever is no init and no shim).
std::string state_file_path(const plumb::Facts& facts);

// The file's bytes for record, and back. Magic, version, size and checksum come first; problem says what is wrong with
// bytes that are not taken.
struct ReadRecord {
    std::optional<Record> record;
    const char* problem = nullptr;
};
std::string pack(const Record& record);
ReadRecord unpack(std::string_view bytes);

// What follows from the record, which may not be there, and the contracts that are held and not empty.
struct Recovery {
    bool plan_done = false;
    // running: the application goes on, and is stopped as next says; down: it stays so; else it is to be started
    State state;
    std::vector<plumb::ContractId> old;  // other contracts of the application: to be killed and given up
    std::optional<End> end;              // the end that was under way
    std::vector<plumb::HeldContract> held;
};
Recovery recover(const std::optional<Record>& record, const std::vector<plumb::HeldContract>& held,
                 std::int32_t own_pid);

// Writes the record whenever it has changed. Holds a lock on the file for as long as the process lives, by which
// `mvinit poweroff` and its like find it.
class StateFile {
public:
    StateFile() = default;

    // Opens, locks and reads; the record of a predecessor, where there is a good one. Says what is wrong. Empty path: a
    // file that keeps nothing.
    std::optional<Record> open(const std::string& path);

    void plan_done(bool done) { record_.plan_done = done ? 1 : 0; }
    void write(const State& state);

    // A command of the plan has been run, by us or by a predecessor whose plan was cut off.
    void mark(std::uint32_t step);
    bool is_marked(std::uint32_t step) const;

private:
    void save();

    int descriptor_ = -1;
    Record record_;
    bool failed_ = false;
};

// What tells a command from others: of its words as command_text() has them.
std::uint32_t step_mark(std::string_view command);

// Whether a predecessor has carried the plan out, for the steps that come before there is a console to say anything on.
bool plan_was_done(const std::string& path);

// The pid of the mvinit that holds the file; 0: none does.
std::int32_t holder_of(const std::string& path);

}  // namespace init
