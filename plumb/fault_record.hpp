// What the handlers of both platforms do with a fault of ours: its name, and its place in Live. No heap, and no call
// but of what the caller has.
#pragma once

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>

#include "plumb/live.hpp"
#include "plumb/survival.hpp"

namespace plumb {

// number: the platform's own.
inline const char* fault_name(int number) {
    struct Name {
        int number;
        char name[8];
    };
    static constexpr Name names[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGILL, "SIGILL"},  {SIGFPE, "SIGFPE"},
                                     {SIGABRT, "SIGABRT"}, {SIGSYS, "SIGSYS"}, {SIGTRAP, "SIGTRAP"}};
    for (const Name& fault : names)
        if (fault.number == number) return fault.name;
    return "signal";
}

// text may be anything by now: no longer than there is room for.
template <std::size_t size>
void copy_fault_text(std::array<char, size>& to, const char* text) {
    std::size_t at = 0;
    if (text != nullptr)
        for (; at + 1 < size && text[at] != 0; ++at) to[at] = text[at];
    to[at] = 0;
}

// One more, at now (CLOCK_MONOTONIC in ms), in the phase and step that last_resort has. True: the third within 10 s.
inline bool count_fault(std::uint64_t now) {
    constexpr std::uint64_t window_ms = 10'000;
    const std::uint32_t before = live->faults;
    const auto is_recent = [now](std::uint32_t number) {
        const std::uint64_t when = live->fault_ms[number % live->fault_ms.size()];
        return when != 0 && now - when < window_ms;
    };
    const bool third = before >= 2 && is_recent(before - 1) && is_recent(before - 2);
    live->fault_ms[before % live->fault_ms.size()] = now;
    live->faults = before + 1;
    copy_fault_text(live->fault_phase, last_resort.phase);
    copy_fault_text(live->fault_step, last_resort.step);
    return third;
}

}  // namespace plumb
