// Where Linux counts and tells what its OOM killer did. Each file may be missing: containers have none of the log, old
// kernels no counter, and a machine need not have mounted any control group.
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "plumb/oom.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"

namespace plumb {
namespace {

constexpr std::string_view counter = "oom_kill";

// What fits of the file's beginning, on the caller's stack; these files have some hundred bytes.
std::string_view read_small(const char* path, char* buffer, std::size_t size) {
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return {};
    const ssize_t got = ::read(file.get(), buffer, size);
    return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::int64_t read_counter(const std::string& path) {
    char text[512];
    return counter_in(read_small(path.c_str(), text, sizeof text), counter);
}

// A container without a cgroup namespace sees the path that it has in the host, and its own group as the root of what
// is mounted: so the one is tried, then the other.
std::int64_t read_group_counter(const char* mounted, std::string_view group, const char* file) {
    std::string path = mounted;
    path += group;
    path += file;
    const std::int64_t count = read_counter(path);
    if (count >= 0) return count;
    path = mounted;
    path += file;
    return read_counter(path);
}

// In one go: the counter stands behind a hundred others.
std::int64_t read_machine_counter() {
    const Descriptor file(::open("/proc/vmstat", O_RDONLY | O_CLOEXEC));
    char text[1024];
    std::size_t kept = 0;
    while (file.valid()) {
        const ssize_t got = ::read(file.get(), text + kept, sizeof text - kept);
        if (got <= 0) break;
        const std::string_view seen(text, kept + static_cast<std::size_t>(got));
        const auto whole = seen.rfind('\n');
        if (whole == std::string_view::npos) break;
        const std::int64_t count = counter_in(seen.substr(0, whole), counter);
        if (count >= 0) return count;
        kept = seen.size() - whole - 1;
        seen.substr(whole + 1).copy(text, kept);
    }
    return -1;
}

// The log is told to be read from its oldest record; what came before since_ms is another's. A clock of the log's own
// (sched_clock) may be a little behind ours.
enum class Told : std::uint8_t { nothing, us, others };
Told read_log(std::int32_t pid, std::uint64_t since_ms) {
    constexpr std::uint64_t slack_ms = 100;
    constexpr int most = 20'000;  // records: more than any buffer of the kernel holds
    const Descriptor log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    Told told = Told::nothing;
    char record[8192];  // the kernel gives one whole record, or EINVAL
    for (int i = 0; log.valid() && i < most; ++i) {
        const ssize_t got = ::read(log.get(), record, sizeof record);
        if (got < 0 && errno == EPIPE) continue;  // overwritten while we read: the next is the oldest
        if (got <= 0) break;
        const Victim victim = victim_in({record, static_cast<std::size_t>(got)});
        if (victim.pid == 0 || victim.at_ms + slack_ms < since_ms) continue;
        if (victim.pid == pid) return Told::us;
        told = Told::others;
    }
    return told;
}

}  // namespace

OomCount count_oom_kills(bool owns_kernel) {
    OomCount count;
    char text[2048];
    const std::string_view groups = read_small("/proc/self/cgroup", text, sizeof text);
    if (const GroupPath group = group_path(groups, "memory"); group.ok) {
        count.where = Oom::oom_control;
        count.group = read_group_counter("/sys/fs/cgroup/memory", group.path, "/memory.oom_control");
    } else if (const GroupPath unified = group_path(groups, ""); unified.ok) {
        count.where = Oom::events;
        count.group = read_group_counter("/sys/fs/cgroup", unified.path, "/memory.events");
    }
    if (owns_kernel) count.machine = read_machine_counter();
    return count;
}

Oom was_oom_killed(const OomCount& before, std::int32_t pid, std::uint64_t started_ms, bool owns_kernel) {
    const OomCount now = count_oom_kills(owns_kernel);
    const bool group = before.group >= 0 && now.group > before.group;
    const bool machine = before.machine >= 0 && now.machine > before.machine;
    if (owns_kernel) {
        const Told told = read_log(pid, started_ms);
        release_stack();
        if (told == Told::us) return group ? now.where : Oom::log;
        if (told == Told::others) return Oom::none;
    }
    if (group) return now.where;
    return machine ? Oom::vmstat : Oom::none;
}

}  // namespace plumb
