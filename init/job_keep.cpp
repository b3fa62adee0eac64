// Jobs on record, so that another image of us runs nothing twice that was begun while booting.
#include <algorithm>

#include "init/job.hpp"
#include "init/state_file.hpp"
#include "plumb/live.hpp"

namespace init {
namespace {

Steps::Running* find(std::uint32_t mark) {
    Steps* const steps = kept_steps();
    if (steps == nullptr) return nullptr;
    const auto found = std::find_if(steps->running.begin(), steps->running.end(),
                                    [mark](const Steps::Running& each) { return each.mark == mark; });
    return found == steps->running.end() ? nullptr : &*found;
}

}  // namespace

bool take_up(Job& job, std::uint32_t mark) {
    Steps::Running* const left = find(mark);
    if (left == nullptr) return false;
    const bool begun = plumb::live->purpose == plumb::Purpose::helper && plumb::live->spawned > 0;
    if (left->pid == 0 && begun) left->pid = plumb::live->spawned;
    if (left->over == 0 && was_reaped(left->pid)) left->pid = 0;
    if (left->pid == 0) left->mark = 0;
    if (left->mark == 0) return false;
    job.child.pid = left->pid;
    job.end = left->end_ms;
    if (left->over != 0) conclude(job, {.pid = left->pid, .code = left->code, .signal = left->signal}, false);
    return true;
}

// With more of them than there is room for, the rest would be begun again.
void note_beginning(std::uint32_t mark) {
    Steps::Running* const free = find(0);
    if (free == nullptr) return;
    *free = Steps::Running{};
    free->mark = mark;
    save_state();
    plumb::live->spawned = 0;
    plumb::live->purpose = plumb::Purpose::helper;
}

void note_begun(std::uint32_t mark, const Job& job) {
    if (Steps::Running* const noted = find(mark)) {
        noted->pid = job.child.pid;
        noted->end_ms = job.end;
        if (job.child.pid <= 0) *noted = {};
        save_state();
    }
    plumb::live->purpose = plumb::Purpose::other;
}

// Before the next child is reaped, which is noted in the same place.
void note_ended(const Ended& ended) {
    Steps* const steps = kept_steps();
    if (steps == nullptr) return;
    for (Steps::Running& each : steps->running) {
        if (each.mark == 0 || each.pid != ended.pid) continue;
        each.over = 1;
        each.code = ended.code;
        each.signal = ended.signal;
        save_state();
    }
}

void note_over(const Job& job) {
    Steps* const steps = kept_steps();
    if (steps == nullptr || job.child.pid <= 0) return;
    for (Steps::Running& each : steps->running)
        if (each.mark != 0 && each.pid == job.child.pid) each = {};
}

}  // namespace init
