#include "init/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "init/become.hpp"
#include "init/clock.hpp"
#include "init/heap.hpp"
#include "init/log.hpp"
#include "init/standard.hpp"
#include "init/state_file.hpp"
#include "plumb/log_io.hpp"
#include "plumb/oom.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): illumos declares none

namespace init {
namespace {

// argv and environ as exec wants them, made before fork.
std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> result;
    result.reserve(words.size() + 1);
    for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
    result.push_back(nullptr);
    return result;
}

// As execvp does: the next directory where a file is not there, but a file that is there and cannot be executed is
// what the error is about.
[[noreturn]] void execute(const Program& program, char* const* argv, char* const* env, int pipe) {
    int error = ENOENT;
    for (const std::string& candidate : program.candidates) {
        execve(candidate.c_str(), argv, env);
        if (errno == EACCES || (errno != ENOENT && errno != ENOTDIR)) error = errno;
        if (error != ENOENT && error != EACCES) break;
    }
    fail(pipe, at_exec, error);
}

// --- the parent again -----------------------------------------------------------------------------------------------

Child fork_failed(int error) {
    return {.pid = -1, .stage = stages[at_fork], .error = error};
}

// fork(2) into a contract of its own, where there are contracts. Without one the child is as it would be elsewhere.
pid_t fork_apart(std::uint64_t cookie, plumb::ContractId& contract) {
    const bool apart = plumb::have_contracts();
    if (apart) {
        if (const auto opened = plumb::open_contract(cookie); !opened) log::warning(plumb::to_text(opened.error()));
    }
    const pid_t pid = plumb::fork_noted();
    if (!apart) return pid;
    if (pid > 0) contract = plumb::latest_contract();
    plumb::close_contract_template();
    return pid;
}

// What a child is started with. Its own while it shares our memory.
struct Launch {
    const Program& program;
    std::vector<char*> argv = pointers(program.argv);
    std::vector<char*> env = pointers(program.env);
    Failure failure{-1, 0};
    void* place = nullptr;  // of the sharing child that has not executed the program yet
};

// The one that does not come to its exec: only one at a time can, and that is rare.
Launch* hanging = nullptr;

// The one that was begun last to share our memory, as long as it may do so.
pid_t latest_sharing = 0;

// Around what begins a child, which inherits what we are to the OOM killer. Not in the child: what one writes there
// that shares our memory counts for us as well.
class AsStarted {
public:
    AsStarted() { plumb::as_started(); }
    ~AsStarted() {
        if (hanging == nullptr && plumb::as_spared(latest_sharing)) latest_sharing = 0;
    }
    AsStarted(const AsStarted&) = delete;
    AsStarted& operator=(const AsStarted&) = delete;
};

[[noreturn]] void run_child(const Launch& start, int pipe) {
    const int way_back = become(start.program, pipe);
    execute(start.program, start.argv.data(), start.env.data(), way_back);
}

int share(void* data) {
    run_child(*static_cast<const Launch*>(data), shares_memory);
}

Child outcome(pid_t pid, const Failure& failure) {
    if (failure.stage < 0) return {.pid = pid};
    return {.pid = pid, .stage = stages[static_cast<std::size_t>(failure.stage)], .error = failure.error};
}

constexpr int patience_ms = 1000;

Child spawn_sharing(const Program& program) {
    const AsStarted as_started;
    auto* start = new Launch{program};
    told = &start->failure;
    const plumb::SharingChild started = plumb::start_sharing(share, start, patience_ms);
    Child child = started.pid < 0 ? fork_failed(started.error) : outcome(started.pid, start->failure);
    start->place = started.place;
    latest_sharing = std::max(started.pid, 0);
    if (started.place == nullptr) {
        delete start;
        trim_heap();  // the pages that were the child's stack
        return child;
    }
    hanging = start;
    return {.pid = started.pid, .pending = pending_in_memory};
}

// The failure that the pipe holds; stage null at its end: the program was executed and the pipe closed by that.
Child read_failure(pid_t pid, int pipe) {
    Failure failure{-1, 0};
    if (read(pipe, &failure, sizeof failure) != static_cast<ssize_t>(sizeof failure)) failure.stage = -1;
    close(pipe);
    return outcome(pid, failure);
}

}  // namespace

Child spawn(const Program& program, std::uint64_t cookie) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fork_failed(errno);
    const Launch start{program};
    const AsStarted as_started;
    const plumb::HeldSignals held;
    plumb::ContractId contract = 0;
    const pid_t pid = fork_apart(cookie, contract);
    if (pid == 0) run_child(start, ends[1]);
    const int error = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return fork_failed(error);
    }
    // A child that hangs before exec (a FIFO without a reader as stdout) must not hang PID 1.
    pollfd readable{ends[0], POLLIN, 0};
    Child child;
    if (poll(&readable, 1, patience_ms) == 0)
        child = {.pid = pid, .pending = ends[0]};
    else
        child = read_failure(pid, ends[0]);
    child.contract = contract;
    return child;
}

void become_and_execute(const Program& program, const conf::Arguments& arguments) {
    const InPlace ours{program, arguments};
    replaced = &ours;
    std::vector<char*> argv = pointers(program.argv);
    std::vector<char*> env = pointers(program.env);
    take_on(program, in_place);
    execute(program, argv.data(), env.data(), in_place);
}

Child spawn_fast(const Program& program, std::uint64_t cookie) {
    const bool shares = plumb::can_start_sharing() && hanging == nullptr && !opens_files(program);
    return shares ? spawn_sharing(program) : spawn(program, cookie);
}

void spare_us() {
    if (hanging == nullptr && plumb::spare_us(latest_sharing)) latest_sharing = 0;
}

int execute_again(const char* path, char* const* argv) {
    execve(path, argv, environ);
    return errno;
}

Child late_failure(int pending) {
    if (pending == pending_in_memory) {
        const Child child = outcome(-1, hanging->failure);
        plumb::end_sharing(hanging->place);
        delete std::exchange(hanging, nullptr);
        return child;
    }
    fcntl(pending, F_SETFL, O_NONBLOCK);
    return read_failure(-1, pending);
}

pid_t fork_worker(void (*work)(void*), void* data) {
    const AsStarted as_started;
    const plumb::HeldSignals held;
    plumb::ContractId contract = 0;
    const pid_t pid = fork_apart(plumb::cookie_helper, contract);
    if (pid != 0) return pid;
    plumb::default_all_signals();
    // One that outlives us would answer for the next image where that makes the control socket anew.
    if (plumb::last_resort.listener >= 0) close(plumb::last_resort.listener);
    forget_state();
    work(data);
    _exit(0);
}

pid_t fork_unseen(void (*work)(void*), void* data) {
    const AsStarted as_started;
    const plumb::HeldSignals held;
    const pid_t pid = plumb::make_unseen_child();
    if (pid != 0) return pid;
    plumb::block_all_signals();
    forget_state();
    work(data);
    _exit(0);
}

}  // namespace init
