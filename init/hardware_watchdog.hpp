// The hardware watchdog: fed while the application is well and the event loop turns, so that a hang of either resets
// the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "conf/config.hpp"

namespace init {

// When the device is fed. Pure, trivially copyable; times are of CLOCK_MONOTONIC in ms.
struct Feeding {
    std::uint32_t timeout_ms = 0;  // of the device
    std::uint64_t grace_ms = 0;    // so long after it was last well the application may be something else
    std::uint64_t well_ms = 0;     // when it was last well
    std::uint64_t next_ms = 0;     // when to feed next; 0: no more
};

// From now on. The application has grace_ms, at least timeout_ms, to become well for the first time.
Feeding begin_feeding(std::uint32_t timeout_ms, std::uint64_t grace_ms, std::uint64_t now_ms);

// At each event: well: it is ready and answers, or it is not wanted to run. True: the device is to be fed now, a third
// of its time-out after it was last. Once the grace is over it is fed no more until the application is well again.
bool feed(Feeding& feeding, bool well, std::uint64_t now_ms);

class HardwareWatchdog {
public:
    // Without a path nothing ever happens. What goes wrong is told; everything else goes on. grace_ms: see feed().
    void open(const std::string& path, std::uint32_t timeout_s, std::uint64_t grace_ms);
    // On record, and taken up again by another image of us; false: there is nothing to.
    void keep(struct Caring& record) const;
    bool go_on(const struct Caring& record);

    bool is_open() const { return descriptor_ >= 0; }
    bool is_starving() const { return starving_; }

    std::optional<std::uint64_t> deadline() const;
    void look(bool well);

    // The machine is about to end. A reboot leaves it armed, fed once more and with time enough for the file systems: a
    // hang in it still resets. Whatever else is an end that lasts, or somebody's shell.
    void leave(conf::EndAction action);

private:
    Feeding feeding_;
    int descriptor_ = -1;
    bool starving_ = false;
    bool refused_ = false;
};

}  // namespace init
