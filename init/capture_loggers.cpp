// The loggers' lives: started, told, missed, started again, brought to their end.
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include "init/capture.hpp"
#include "init/clock.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/spawn.hpp"
#include "init/state_file.hpp"
#include "plumb/concat.hpp"
#include "plumb/log_io.hpp"

namespace init {
namespace {

// A logger that again and again dies sooner than this after its start is not started again at once.
constexpr std::uint64_t too_soon_ms = 1000;
constexpr std::uint32_t most_early_ends = 3;
constexpr std::uint64_t pause_ms = 100;

}  // namespace

void Capture::start() {
    for (std::size_t index = 0; index < processes_.size(); ++index) start(index);
    // Only now, so that a pipe that is read stays one.
    std::uint64_t* const turn = processes_.empty() ? nullptr : turn_of_loggers();
    if (turn != nullptr) *turn = turn_;
}

// The channel ends with the one of us that ends first, and the other sees it.
void Capture::start(std::size_t index) {
    Process& process = processes_[index];
    if (process.pid >= 0) return;
    int ends[2];
    process.since_ms = now_ms();
    if (!plumb::make_channel(ends)) return log::error("start the logger: no descriptors are left");
    if (!share_state())  // where it counts what a sink did not get
        log::warning(
            plumb::to_text({"make", "the file that a logger counts in", errno, "", "lines lost are not counted"}));
    LoggerSetup setup = setup_of(index);
    setup.link = ends[1];
    process.link = ends[0];
    starting_ = static_cast<int>(index);
    save_state();
    plumb::live->spawned = 0;
    plumb::live->purpose = plumb::Purpose::logger;
    process.pid = fork_unseen([](void* data) { run_logger(*static_cast<const LoggerSetup*>(data)); }, &setup);
    close(ends[1]);
    starting_ = -1;
    save_state();
    plumb::live->purpose = plumb::Purpose::other;
    if (process.pid < 0) return gone(process);
    // An application may end sooner than its first logger is there, or while there is none.
    if (index == 0 && std::exchange(ended_untold_, false)) tell(process, {LoggerCommand::ended, 0});
    if (reactor_ != nullptr) reactor_->watch(process.link, *this);
}

void Capture::gone(Process& process) {
    if (reactor_ != nullptr) reactor_->forget(process.link);
    close_descriptor(process.link);
    process.ended = std::exchange(process.pid, -1);
}

void Capture::tell(const Process& process, LoggerCommand command) const {
    // A logger that has died, or reads nothing, has no use for it.
    if (process.link >= 0 && write(process.link, &command, sizeof command) < 0) return;
}

void Capture::started(std::int32_t pid) {
    app_pid_ = pid;
    if (!processes_.empty()) tell(processes_.front(), {LoggerCommand::started, pid});
}

void Capture::ended() {
    if (processes_.empty() || mark_.empty() || set_marks()) return;
    ended_untold_ = processes_.front().link < 0;
    tell(processes_.front(), {LoggerCommand::ended, 0});
}

int Capture::ring() const {
    return ring_reader_ < 0 ? -1 : fcntl(ring_reader_, F_DUPFD_CLOEXEC, 3);
}

// Those that an earlier image of us has left are watched, the others started.
void Capture::join(Reactor& reactor) {
    reactor_ = &reactor;
    for (const Process& process : processes_)
        if (process.pid >= 0) reactor.watch(process.link, *this);
    start();
}

// Nothing is ever written to it: it is over with that logger. What it had not read yet is in the pipes.
void Capture::readable(int descriptor) {
    for (Process& process : processes_) {
        if (process.pid < 0 || process.link != descriptor) continue;
        gone(process);
        log::warning(
            plumb::fill("the logger, pid %, has ended: another one is started", {std::to_string(process.ended)}));
        process.early_ends = now_ms() < process.since_ms + too_soon_ms ? process.early_ends + 1 : 0;
        if (process.early_ends <= most_early_ends) due();
        return;
    }
}

std::optional<std::uint64_t> Capture::deadline() const {
    if (paused_ || reactor_ == nullptr) return {};
    for (const Process& process : processes_)
        if (process.pid < 0) return process.since_ms + too_soon_ms + pause_ms;
    return {};
}

void Capture::due() {
    if (!paused_) start();
}

void Capture::settled() {
    for (Process& process : processes_)
        if (process.ended >= 0 && reap_unseen(process.ended)) process.ended = -1;
}

bool Capture::await_end(Process& process, std::uint64_t until_ms) {
    if (process.pid < 0) return true;
    pollfd life{process.link, POLLIN, 0};
    int ready = 0;
    do {  // on illumos a signal that is noted ends the waiting
        const std::uint64_t now = now_ms();
        ready = poll(&life, 1, until_ms > now ? static_cast<int>(until_ms - now) : 0);
    } while (ready < 0 && errno == EINTR);
    if (ready != 1) return false;
    gone(process);
    // All that is left for it to do is to be reaped.
    while (process.ended >= 0 && now_ms() < until_ms) {
        settled();
        if (process.ended >= 0) poll(nullptr, 0, 1);
    }
    return true;
}

// The first one feeds the others, so these come to their end after it.
void Capture::stop(std::uint64_t patience_ms) {
    const std::uint64_t until = now_ms() + patience_ms;
    for (Process& process : processes_) {
        tell(process, {LoggerCommand::finish, 0});
        await_end(process, until);
    }
}

void Capture::pause() {
    if (processes_.empty() || paused_) return;
    paused_ = true;
    stop(500);
}

void Capture::resume() {
    if (!paused_) return;
    paused_ = false;
    // Those that were not done in time have been killed with the rest.
    for (Process& process : processes_) await_end(process, now_ms() + pause_ms);
    start();
}

void Capture::leave() {
    if (processes_.empty()) return;
    resume();
    start();
    stop(2000);
    reactor_ = nullptr;
    for (Process& process : processes_) {
        if (process.pid < 0) continue;
        log::warning("the logger has not come to its end: killing it; what the application wrote last may be lost");
        kill(process.pid, SIGKILL);
        await_end(process, now_ms() + pause_ms);
    }
}

}  // namespace init
