// Whether the kernel has killed the application because there was no memory left, which looks like any other SIGKILL to
// whoever reaps it.
#pragma once

#include <cstdint>
#include <string_view>

namespace plumb {

// What said so: memory.events of our control group (cgroup v2), its memory.oom_control (v1), the whole machine's count
// in /proc/vmstat, or the kernel's log, which names the victim.
enum class Oom : std::uint8_t { none, events, oom_control, vmstat, log };

// "cgroup memory.events", "/proc/vmstat" ...; "" for none.
const char* oom_words(Oom oom);

// What the kernel has counted so far; -1: cannot be read.
struct OomCount {
    Oom where = Oom::none;
    std::int64_t group = -1;    // of our control group, and all below it
    std::int64_t machine = -1;  // of the machine, where that is ours
};

// At the start of the application. owns_kernel: the machine is ours, and with it the counters of all of it.
OomCount count_oom_kills(bool owns_kernel);

// The application, this pid, was killed by SIGKILL, not by us: does that come of a lack of memory? Where the kernel's
// log can be read, it decides between us and other victims.
// before: as it was when the application was started, which was at started_ms of CLOCK_MONOTONIC.
Oom was_oom_killed(const OomCount& before, std::int32_t pid, std::uint64_t started_ms, bool owns_kernel);

// To the OOM killer PID 1 of a pid namespace is a process like any other, and its end is that of all in it. From here
// on it is spared, where it may ask for that (CAP_SYS_RESOURCE). Children inherit it, so the application is started
// before and every later child between as_started() and as_spared(): nothing where nobody is spared. sharing: the child
// that was begun to share our memory last, 0: none. The kernel counts what is written for one process for all that
// share its memory, which lasts a moment longer than plumb::start_sharing() can see. True: it shares no more.
// go_on_sparing_us: of an image of us that follows another one, which was spared: until spare_us() we are as started.
bool spare_us(std::int32_t sharing);
void go_on_sparing_us();
void as_started();  // async-signal-safe
bool as_spared(std::int32_t sharing);

// ---- the parts that read no file ----

// The number behind "name " at the beginning of a line; -1: there is none.
std::int64_t counter_in(std::string_view text, std::string_view name);

// The directory of our control group in /proc/self/cgroup: "" with controller for the one hierarchy of v2. ok false:
// it is not in there.
struct GroupPath {
    bool ok = false;
    std::string_view path;
};
GroupPath group_path(std::string_view text, std::string_view controller);

// What a record of /dev/kmsg says: "6,339,5140900,-;Out of memory: Killed process 123 (node) total-vm:..." and
// "Memory cgroup out of memory: Killed process ..." (mm/oom_kill.c, __oom_kill_process). pid 0: it is of something
// else.
struct Victim {
    std::int32_t pid = 0;
    std::uint64_t at_ms = 0;  // since boot
};
Victim victim_in(std::string_view record);

// Whether the process of this /proc/PID/stat has neither executed a program since it was begun nor ended.
bool is_before_exec(std::string_view stat);

}  // namespace plumb
