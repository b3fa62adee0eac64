// The words of PID 1 that its next image in the same process finds as they were, wherever this one was cut off: written
// by one store each, or by the kernel within the call that they are the result of. What takes more than a store is in
// the record (init/record.hpp), which says which of these it has taken account of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace plumb {

inline constexpr std::size_t siginfo_size = 128;  // of siginfo_t, on Linux; illumos has 256, and does not use these

// What a child is begun as: see Live::spawned.
enum class Purpose : std::uint32_t { other, application, hook, helper, logger };

struct Live {
    // Says what this is, and where the two copies of the record are: another version's may lie elsewhere.
    std::uint64_t magic = 0;
    std::uint32_t slot_offset = 0;
    std::uint32_t slot_size = 0;

    // The signal that was taken last, as siginfo_t; its number 0: none since `signals` was counted up.
    std::uint64_t signals = 0;
    alignas(16) std::array<std::byte, siginfo_size> signal{};
    // The child that was reaped last, likewise; its number is 0 once what follows from it is on record.
    alignas(16) std::array<std::byte, siginfo_size> child{};
    // The child that was begun last: its pid, written by the kernel before the child runs (CLONE_PARENT_SETTID); 0:
    // none since this was set to 0.
    std::int32_t spawned = 0;
    Purpose purpose = Purpose::other;

    // Which actions of the record's list have been performed: the list's number, and below it a bit for each.
    std::uint32_t performed = 0;

    // What the application has last written to the descriptor by which it says that it is ready.
    std::array<char, 64> heard{};

    // Lines that each sink did not get; the loggers count them, too.
    std::array<std::uint64_t, 8> dropped{};

    // What we were to the OOM killer before it was told to spare us, as /proc/PID/oom_score_adj has it; "": it was not.
    std::array<char, 8> oom_score_adj{};

    // Descriptors that go on to the next image, a bit each.
    std::array<std::uint64_t, 4> kept{};

    // Faults of mvinit itself: how many, and when the last ones were, CLOCK_MONOTONIC in ms, at count % size.
    std::uint32_t faults = 0;
    std::array<std::uint64_t, 4> fault_ms{};
    std::int32_t fault_signal = 0;  // of the last one; 0: this image was asked for
    std::uint64_t fault_address = 0;
    std::uint64_t fault_pc = 0;
    std::array<char, 32> fault_phase{};  // "running"
    std::array<char, 96> fault_step{};   // "load module e1000"

    // illumos: the loggers that are to read, see turn_of_loggers().
    std::uint64_t loggers = 0;

    // What our limits of data, stack and address space were before they were raised for an exec of us; hard 0: they
    // were not. What the application and others are begun with.
    struct Limit {
        std::uint64_t soft = 0;
        std::uint64_t hard = 0;
    };
    std::array<Limit, 3> limits{};
};
static_assert(std::is_trivially_copyable_v<Live>);

// Of this process. Plain memory until it lies in what the next image gets.
extern Live* live;

// Plain memory again, for tests that end what they began.
void forget_live();

}  // namespace plumb
