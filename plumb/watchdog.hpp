// The hardware watchdog: a device that resets the machine unless it is fed (Linux: Documentation/watchdog).
#pragma once

#include <cstdint>

namespace plumb {

struct WatchdogDevice {
    int descriptor = -1;          // owned by the caller; to close it without disarming leaves it armed
    std::uint32_t timeout_s = 0;  // what the device took, which may be another than was asked for
    char identity[33] = {};       // what the driver calls it
};

// Opening arms it. timeout_s: 1 to 65535. Returns 0 or errno; what is open in another process is EBUSY.
int open_watchdog(const char* path, std::uint32_t timeout_s, WatchdogDevice& device);

// False: the device did not take it, errno says why. timeout_s: not 0: it is to have that time-out from now on, where
// it can.
bool feed_watchdog(int descriptor, std::uint32_t timeout_s = 0);

// Closes it, and stops it where the driver lets itself be stopped.
void disarm_watchdog(int descriptor);

}  // namespace plumb
