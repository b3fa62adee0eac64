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

const char* remedy_for(int error) {
    if (error == EBUSY) return "another program has it open: leave it to one of them";
    return "load its module, such as [system] modules = [\"i6300esb\"], or name another [watchdog] device";
}

}  // namespace

Result<WatchdogDevice> open_watchdog(const std::string& path, std::uint32_t timeout_s) {
    WatchdogDevice device;
    device.descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (device.descriptor < 0) return Error{"open the watchdog", path, errno, "", remedy_for(errno)};
    int seconds = static_cast<int>(timeout_s);
    // A device without a choice has the one time-out that it tells of; one that tells of none is fed as was asked for.
    if (!control(device.descriptor, WDIOC_SETTIMEOUT, &seconds)) seconds = static_cast<int>(timeout_s);
    control(device.descriptor, WDIOC_GETTIMEOUT, &seconds);
    device.timeout_s = seconds > 0 ? static_cast<std::uint32_t>(seconds) : timeout_s;
    watchdog_info info{};
    if (control(device.descriptor, WDIOC_GETSUPPORT, &info)) {
        const auto* name = reinterpret_cast<const char*>(info.identity);
        device.identity.assign(name, ::strnlen(name, sizeof info.identity));
        device.can_disarm = (info.options & WDIOF_MAGICCLOSE) != 0;
    }
    return device;
}

bool feed_watchdog(int descriptor) {
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
