// The pipes and loggers on record, and taken up again by another image of us.
#include <fcntl.h>
#include <utility>

#include "init/capture.hpp"
#include "init/clock.hpp"

namespace init {

void Capture::keep(Capturing& record) const {
    record = {};
    record.count = static_cast<std::uint32_t>(processes_.size());
    for (std::size_t at = 0; at < processes_.size(); ++at) {
        const Process& each = processes_[at];
        record.processes[at] = {each.pid,
                                each.ended,
                                each.link,
                                each.early_ends,
                                each.since_ms,
                                each.file,
                                static_cast<std::uint32_t>(each.sink)};
    }
    record.streams = streams_;
    record.ring = ring_;
    record.ring_reader = ring_reader_;
    record.app_pid = app_pid_;
    record.starting = starting_;
    record.paused = paused_;
    record.ended_untold = ended_untold_;
    mark_.copy(record.mark.data(), record.mark.size());
}

// A logger that its predecessor has begun without coming to note it goes on, too: two must not read one pipe.
void Capture::go_on(std::vector<conf::Sink> sinks, const conf::App& app, Program& program, const Capturing& record) {
    // Where it could not be had at boot, it cannot be had now: the application has the console.
    if (record.count == 0 || !begin(std::move(sinks), app)) return;
    processes_.resize(record.count);
    for (std::size_t at = 0; at < processes_.size() && at < record.processes.size(); ++at) {
        const Capturing::Process& each = record.processes[at];
        Process& process = processes_[at];
        process = {each.pid, each.ended, each.link, each.since_ms, each.early_ends, each.file, each.sink};
        const bool begun = record.starting == static_cast<int>(at) && each.pid < 0 && plumb::live->spawned > 0 &&
                           plumb::live->purpose == plumb::Purpose::logger;
        if (begun) process.pid = plumb::live->spawned;
        // Its end of the channel was not made over: it does not hear us, and is told to be gone as one that has died.
        if (process.pid < 0) close_descriptor(process.link);
    }
    streams_ = record.streams;
    ring_ = record.ring;
    ring_reader_ = record.ring_reader;
    app_pid_ = record.app_pid;
    paused_ = record.paused;
    ended_untold_ = record.ended_untold;
    if (record.mark[1] != '\0') {
        mark_.assign(record.mark.data() + 1);
        mark_.insert(mark_.begin(), '\0');
    }
    hand_to(app, program);
}

}  // namespace init
