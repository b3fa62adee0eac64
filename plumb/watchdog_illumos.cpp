#include <unistd.h>

#include "plumb/watchdog.hpp"

namespace plumb {

Result<WatchdogDevice> open_watchdog(const std::string& path, std::uint32_t /*timeout_s*/) {
    return Error{"open the watchdog", path, 0, "not on illumos", "put [watchdog] device under [platform.linux]"};
}

bool feed_watchdog(int /*descriptor*/) {
    return false;
}

void disarm_watchdog(int descriptor) {
    ::close(descriptor);
}

}  // namespace plumb
