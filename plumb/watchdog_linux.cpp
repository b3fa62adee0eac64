#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plumb/watchdog.hpp"

namespace plumb {
namespace {

// ioctl(2) takes an unsigned long of glibc, and an int of musl.
template <class Request>
int call(int (*control)(int, Request, ...), int descriptor, unsigned long request, void* argument) {
    return control(descriptor, static_cast<Request>(request), argument);
}

bool control(int descriptor, unsigned long request, void* argument) {
    return call(::ioctl, descriptor, request, argument) == 0;
}

}  // namespace

int open_watchdog(const char* path, std::uint32_t timeout_s, WatchdogDevice& device) {
    device.descriptor = ::open(path, O_WRONLY | O_CLOEXEC);
    if (device.descriptor < 0) return errno;
    int seconds = static_cast<int>(timeout_s);
    // A device without a choice has the one time-out that it tells of; one that tells of none is fed as was asked for.
    if (!control(device.descriptor, WDIOC_SETTIMEOUT, &seconds)) seconds = static_cast<int>(timeout_s);
    control(device.descriptor, WDIOC_GETTIMEOUT, &seconds);
    device.timeout_s = seconds > 0 ? static_cast<std::uint32_t>(seconds) : timeout_s;
    watchdog_info info{};
    if (control(device.descriptor, WDIOC_GETSUPPORT, &info))
        std::memcpy(device.identity, info.identity, sizeof device.identity - 1);
    return 0;
}

bool feed_watchdog(int descriptor, std::uint32_t timeout_s) {
    int seconds = static_cast<int>(timeout_s);
    if (seconds != 0) control(descriptor, WDIOC_SETTIMEOUT, &seconds);
    return control(descriptor, WDIOC_KEEPALIVE, nullptr);
}

void disarm_watchdog(int descriptor) {
    int off = WDIOS_DISABLECARD;
    control(descriptor, WDIOC_SETOPTIONS, &off);
    // Written last, it makes the close that follows stop the device.
    if (::write(descriptor, "V", 1) != 1) errno = 0;
    ::close(descriptor);
}

}  // namespace plumb
