#include "init/hardware_watchdog.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/record.hpp"
#include "plumb/watchdog.hpp"

namespace init {
namespace {

// Longer than what ending.cpp gives the processes that are left, and then the file systems.
constexpr std::uint32_t reboot_timeout_s = 120;

const char* remedy_for(int error) {
    if (error == EBUSY) return "another program has it open: leave it to one of them";
    if (error == ENOTSUP) return "illumos has none: put [watchdog] device under [platform.linux]";
    return "load its module, such as [system] modules = [\"i6300esb\"], or name another [watchdog] device";
}

}  // namespace

Feeding begin_feeding(std::uint32_t timeout_ms, std::uint64_t grace_ms, std::uint64_t now_ms) {
    return {timeout_ms, std::max<std::uint64_t>(timeout_ms, grace_ms), now_ms, now_ms};
}

bool feed(Feeding& feeding, bool well, std::uint64_t now_ms) {
    if (well) feeding.well_ms = now_ms;
    const bool allowed = now_ms - feeding.well_ms < feeding.grace_ms;
    if (!allowed) {
        feeding.next_ms = 0;
        return false;
    }
    if (now_ms < feeding.next_ms) return false;
    feeding.next_ms = now_ms + feeding.timeout_ms / 3;
    return true;
}

void HardwareWatchdog::open(const std::string& path, std::uint32_t timeout_s, std::uint64_t grace_ms) {
    if (path.empty()) return;
    plumb::WatchdogDevice device;
    conf::Writer line;
    line << "watchdog " << path << ": ";
    if (const int error = plumb::open_watchdog(path.c_str(), timeout_s, device)) {
        line << std::strerror(error) << ": " << remedy_for(error);
        return log::error(line.text);
    }
    descriptor_ = device.descriptor;
    feeding_ = begin_feeding(device.timeout_s * 1000, grace_ms, now_ms());
    line << device.identity << ", time-out " << std::int64_t{device.timeout_s} << " s";
    if (device.timeout_s == timeout_s) return log::debug(line.text);
    line << ", as it cannot do " << std::int64_t{timeout_s};
    log::warning(line.text);
}

void HardwareWatchdog::keep(Caring& record) const {
    record.device = descriptor_;
    record.feeding = feeding_;
    record.starving = starving_;
    record.refused = refused_;
}

bool HardwareWatchdog::go_on(const Caring& record) {
    if (record.device < 0) return false;
    descriptor_ = record.device;
    feeding_ = record.feeding;
    starving_ = record.starving;
    refused_ = record.refused;
    return true;
}

std::optional<std::uint64_t> HardwareWatchdog::deadline() const {
    return descriptor_ < 0 || feeding_.next_ms == 0 ? std::nullopt : std::optional(feeding_.next_ms);
}

void HardwareWatchdog::look(bool well) {
    if (descriptor_ < 0) return;
    const bool wanted = feed(feeding_, well, now_ms());
    if (wanted && !plumb::feed_watchdog(descriptor_) && !std::exchange(refused_, true))
        log::error("the watchdog does not take what it is fed: the machine may be reset");
    const bool starving = feeding_.next_ms == 0;
    if (starving == std::exchange(starving_, starving)) return;
    if (starving)
        log::error(
            "the application has not been well for too long: the watchdog is fed no more, and resets the machine");
    else
        log::info("the application is well again: the watchdog is fed");
}

void HardwareWatchdog::leave(conf::EndAction action) {
    if (descriptor_ < 0) return;
    if (action == conf::EndAction::reboot) {
        plumb::feed_watchdog(descriptor_, std::max(feeding_.timeout_ms / 1000, reboot_timeout_s));
        return;
    }
    plumb::disarm_watchdog(std::exchange(descriptor_, -1));
}

}  // namespace init
