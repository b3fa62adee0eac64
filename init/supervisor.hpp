// The supervisor of the one application: a pure state machine. No clock, no fork, no Asio: every event carries the
// monotonic time, and what is to be done comes back as actions for the loop to perform.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include "conf/config.hpp"
#include "init/policy.hpp"
#include "plumb/oom.hpp"

namespace init {

enum class Phase : std::uint8_t {
    idle,         // nothing was started yet
    preparing,    // hooks before the start run
    starting,     // Spawn was asked for
    running,      // the application is there
    quitting,     // it alone is being stopped, to be down or to be started again; hooks before the stop may run yet
    cleaning,     // it is gone, hooks after the stop run
    backing_off,  // waiting to start it again
    down,         // it was stopped, and waits to be started
    stopping,     // asked to end, waiting for every descendant
    killing,      // SIGKILL was sent, waiting a little more
    ended,        // End was given; nothing more will happen
};

// One word for status: "starting", "running", "stopping", "backing_off", "down" ...
const char* phase_word(Phase phase);

// What follows once an application that is being stopped alone is gone, and its hooks have run. none: what the policy
// says of an application that has ended by itself; failed: what it says of one that failed.
enum class Next : std::uint8_t { none, down, again, failed };

// Who wanted the application to end or to be restarted. asked: somebody, without a pause. The others: it did not do
// what it is to; that counts as a failure, with the pause and the limit of restarts that failures have.
enum class Why : std::uint8_t { asked, not_ready, unhealthy, watchdog };

// How the application ended last. not_started: it could not be executed; unprepared: a hook before its start failed.
enum class EndKind : std::uint8_t { none, exited, killed, vanished, not_started, unprepared };
// wish: none: nobody's, it ended by itself; down and again: somebody's; failed: see why.
struct LastEnd {
    EndKind kind = EndKind::none;
    bool core = false;
    plumb::Oom oom = plumb::Oom::none;
    Next wish = Next::none;
    bool for_end = false;  // it was stopped because the machine ends
    Why why = Why::asked;
    std::int32_t pid = 0;
    std::int32_t error = 0;    // not_started: errno
    std::uint32_t limit = 0;   // why: ms that it had to be ready or to tell its watchdog; probes that failed
    std::uint64_t ran_ms = 0;  // from its start
    std::uint64_t ended_ms = 0;
    std::array<char, 16> stage{};  // not_started: at what ("exec"), ended by a zero
};

// What is known of the application. Trivially copyable, so that it can be kept where another image of this program
// finds it.
struct State {
    std::uint32_t version = 2;
    Phase phase = Phase::idle;
    bool main_gone = false;     // stopping: the application itself has ended, its descendants may be there
    bool rest_told = false;     // stopping: the descendants were sent SIGTERM
    bool zone_halting = false;  // see ZoneHalting
    bool hooks_run = false;     // RunHooks was given, its HooksDone has not come
    bool app_killed = false;    // being stopped: it was sent SIGKILL
    Next next = Next::none;     // starting: down where that was asked for; quitting and cleaning: what follows
    Why why = Why::asked;       // quitting: for what
    conf::EndAction pending_end = conf::EndAction::automatic;
    std::int32_t app_pid = 0;      // 0: not running, or running in its contract without a process that is our child
    std::int32_t contract = 0;     // illumos: the application's, while it may have members; 0: none
    std::int32_t last_code = -1;   // exit code of the last end, -1: none or by signal
    std::int32_t last_signal = 0;  // signal of the last end
    std::int32_t exit_code = 0;    // what mvinit itself would exit with; not 0 after "too many restarts"
    std::uint32_t restarts = 0;
    std::uint32_t next_backoff_ms = 0;  // 0: the policy's first
    std::uint32_t window_count = 0;
    std::uint64_t window_start_ms = 0;
    std::uint64_t started_ms = 0;
    std::uint32_t delay_ms = 0;  // cleaning: until it is started again
    LastEnd last;
};
static_assert(std::is_trivially_copyable_v<State>);

struct Start {};
struct Spawned {
    std::int32_t pid;
    std::int32_t contract = 0;  // illumos: the process contract that it began, 0: none
};
// The application could not be started: fork failed (stage "fork") or the child could not get as far as running
// it (stage "exec", "chdir", "setuid" ...). error: errno. Told instead of Spawned or, where the child took long to get
// there, after it and instead of Exited.
struct SpawnFailed {
    const char* stage;
    std::int32_t error;
};
struct Exited {
    std::int32_t code;    // -1 when by signal
    std::int32_t signal;  // 0 when by exit
    bool core = false;
    plumb::Oom oom = plumb::Oom::none;
};
// waitpid says there is no child left, hence no descendant, or the application's contract is empty; told only in
// stopping and killing.
struct NoChildren {};
struct Signalled {
    std::int32_t signal;
    std::int32_t sender;  // pid, 0: the kernel
};
struct TimerFired {};
struct EndWanted {  // the power button, a control request
    conf::EndAction action;
};
struct ContractEmpty {  // the last member of a contract is gone; told before the Exited of a member that was our child
    std::int32_t contract;
};
// Asked for over the control socket. start: of one that was stopped, or at once instead of after the pause; stop: it is
// down then until it is started; restart: at once, without a pause.
struct StartWanted {};
struct StopWanted {};
struct RestartWanted {
    Why why;
};
// What RunHooks asked for has ended. failed: one that is not optional did.
struct HooksDone {
    conf::When when;
    bool failed;
};
struct ZoneHalting {};  // illumos shim: halt, reboot or poweroff is at work: the application is not to be started again
using Event = std::variant<Start, Spawned, SpawnFailed, Exited, NoChildren, Signalled, TimerFired, EndWanted,
                           ContractEmpty, ZoneHalting, StartWanted, StopWanted, RestartWanted, HooksDone>;

struct Spawn {};
enum class Target : std::uint8_t { process, group, everyone };
struct Kill {
    Target target;
    std::int32_t signal;
    // process: the pid; group: the process group, which is the application's pid and is still meant after the
    // application itself has been reaped; everyone: 0.
    std::int32_t pid = 0;
    std::int32_t contract = 0;  // group: not 0 where it is the members of this contract instead
};
struct Arm {  // replaces a timer that is armed
    std::uint32_t ms;
};
struct Disarm {};
struct Reload {};
struct RunHooks {  // all of them that are for when, one after the other; the last action of its event
    conf::When when;
};
struct StopHooks {};  // those that run are killed, and no HooksDone follows
struct End {
    conf::EndAction action;
    std::int32_t exit_code;
};
enum class Say : std::uint8_t {
    started,            // a: pid
    exited,             // a: code, b: ms it ran, c: ms until restart (-1: none)
    killed,             // a: signal, b: ms it ran, c: ms until restart (-1: none), text: "core" when it left one
    out_of_memory,      // killed by the kernel for want of memory. text: what says so; else as killed
    spawn_failed,       // text: stage, a: errno, c: ms until restart (-1: none)
    unprepared,         // hooks before the start failed. c: ms until they are tried again (-1: not)
    too_many_restarts,  // a: restarts, b: window in ms
    vanished,           // the last of a contract without a child of ours is gone. b: ms it ran, c: ms until restart
    daemonised,         // a: pid that exited with 0 while others of its contract run on, b: contract
    adopted,            // a: pid (0: not known), b: contract
    zone_halting,       // illumos shim: the zone is being ended by somebody else
    stop_requested,     // a: signal that asked (0: other), b: EndAction, c: 1 where exit is to stay
    app_stopped,        // it alone is, and stays so: asked for by somebody
    app_restarted,      // it alone is stopped, to be started again. a: Why, b: its limit (see LastEnd)
    down,               // it is gone, and waits to be started
    stopping_rest,      // descendants are sent SIGTERM
    hurried,            // a second request: SIGKILL now. a: 1 where to the application alone
    stop_timeout,       // a: ms waited: SIGKILL now
    unkillable,         // some did not go even then. a: 1: the application alone, which is waited for
    ignored_signal,     // a: signal, b: sender
    ignored_level,      // a: signal, b: sender
    finished,           // a: exit code mvinit would give, b: EndAction
};
struct Note {
    Say say;
    std::int32_t a = 0;
    std::int64_t b = 0;
    std::int64_t c = 0;
    const char* text = nullptr;
};
using Action = std::variant<Spawn, Kill, Arm, Disarm, Reload, RunHooks, StopHooks, End, Note>;

// What a new image of mvinit goes on with: the application of state runs on in contract. pid: where it is our child.
// next stays where it was being stopped, for the caller to ask for that again.
void adopt(State& state, std::int32_t contract, std::int32_t pid);

// The run level that a signal asks illumos init for: "1" to "4", "s", "a", "b", "c", or "".
const char* run_level_of(std::int32_t signal);

// All that there is to do about a signal that only goes on to the application; nothing: it is an event, see step().
std::optional<Kill> passed_on(const State& state, const Policy& policy, std::int32_t signal);

// At most this many come of one event; no allocation.
struct Actions {
    std::array<Action, 10> items;
    std::size_t count = 0;
    void add(const Action& action);
    const Action* begin() const { return items.data(); }
    const Action* end() const { return items.data() + count; }
};

// now_ms: CLOCK_MONOTONIC. Any event in any phase is safe; what does not fit is ignored.
Actions step(State& state, const Policy& policy, const Event& event, std::uint64_t now_ms);

// A spawn that failed is tried again no sooner than this, also with backoff = "0": asking again at once would keep
// the loop from ever looking at its signals.
inline constexpr std::uint32_t spawn_retry_ms = 10;

// How long SIGKILL is given before the end comes regardless (a process in uninterruptible sleep stays for ever).
inline constexpr std::uint32_t kill_grace_ms = 2'000;

// The exit code mvinit passes on: the code, 128 + signal, 127 for ENOENT, 126 for what cannot be executed, 125 for
// our own failure; codes in remap_to_zero become 0.
std::int32_t exit_code_for(const Policy& policy, const Exited& exited);
std::int32_t exit_code_for(const Policy& policy, const SpawnFailed& failed);

// The sentence for the console: what happened, and what follows. For spawn failures the cause in words and the remedy
// ("exec /usr/sbin/nginx: No such file or directory: is it, or its ELF interpreter, in the image? ...").
// command: the application's argv[0]. usual_sentence: without those that only illumos' contracts and zones are a cause
// for, which are "" then.
std::string sentence(const Note& note, const std::string& command);
std::string usual_sentence(const Note& note, const std::string& command);

// How the application ended last, for status: "exited with code 3", "killed by SIGKILL: out of memory (cgroup
// memory.events)", "stopped on request: exited with code 0", "restarted: not ready within 30s: killed by SIGTERM"; ""
// while it has not ended yet.
std::string last_exit_text(const State& state);

// How loud the sentence is: what went wrong is an error, the application's comings and goings info.
conf::LogLevel level_of(const Note& note);

}  // namespace init
