#include <cerrno>
#include <unistd.h>

#include "plumb/watchdog.hpp"

namespace plumb {

int open_watchdog(const char* /*path*/, std::uint32_t /*timeout_s*/, WatchdogDevice& /*device*/) {
    return ENOTSUP;
}

bool feed_watchdog(int /*descriptor*/, std::uint32_t /*timeout_s*/) {
    return false;
}

void disarm_watchdog(int descriptor) {
    ::close(descriptor);
}

}  // namespace plumb
