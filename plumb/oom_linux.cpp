// Where Linux counts and tells what its OOM killer did. Each file may be missing: containers have none of the log, old
// kernels no counter, and a machine need not have mounted any control group.
#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <tuple>
#include <unistd.h>

#include "plumb/live.hpp"
#include "plumb/oom.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"

namespace plumb {
namespace {

constexpr std::string_view counter = "oom_kill";
constexpr std::string_view spared = "-1000";
constexpr const char* own_file = "/proc/self/oom_score_adj";

// Open for as long as we live: to give the value back must not fail for want of a descriptor, or of /proc.
int own_value = -1;

void put_value(std::string_view value) {
    // It is there, and we may: nothing is left to fail.
    if (own_value >= 0 && ::pwrite(own_value, value.data(), value.size(), 0) < 0) return;
}

// What fits of the file's beginning, on the caller's stack; these files have some hundred bytes.
std::string_view read_small(const char* path, char* buffer, std::size_t size) {
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return {};
    const ssize_t got = ::read(file.get(), buffer, size);
    return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

// Waits until it does not share our memory, as what comes between is a few instructions of the kernel's; who is kept
// from these for longer may yet become spared itself, so we are not then.
bool is_alone(std::int32_t sharing) {
    constexpr int patience_ms = 100;
    if (sharing == 0) return true;
    const std::string path = fill("/proc/%/stat", {std::to_string(sharing)});
    for (int waited = 0; waited < patience_ms; ++waited) {
        char text[512];
        const std::string_view stat = read_small(path.c_str(), text, sizeof text);
        if (stat.empty() && errno != ENOENT && errno != ESRCH) return false;  // no descriptor is left to look with
        if (!is_before_exec(stat)) return true;
        ::poll(nullptr, 0, 1);
    }
    return false;
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

bool spare_us(std::int32_t sharing) {
    if (own_value >= 0) return as_spared(sharing);
    Descriptor file(::open(own_file, O_RDWR | O_CLOEXEC));
    std::array<char, std::tuple_size_v<decltype(live->oom_score_adj)>> value{};
    if (!file.valid() || ::read(file.get(), value.data(), value.size() - 1) <= 0) return true;
    if (!is_alone(sharing)) return false;
    live->oom_score_adj = value;  // first: the next image must not take ours for it
    if (::pwrite(file.get(), spared.data(), spared.size(), 0) > 0)
        own_value = file.release();
    else
        live->oom_score_adj[0] = 0;
    return true;
}

void go_on_sparing_us() {
    if (live->oom_score_adj[0] == 0) return;
    own_value = ::open(own_file, O_RDWR | O_CLOEXEC);
    as_started();
}

void as_started() {
    put_value(live->oom_score_adj.data());
}

bool as_spared(std::int32_t sharing) {
    if (own_value < 0 || !is_alone(sharing)) return false;
    put_value(spared);
    return true;
}

}  // namespace plumb
