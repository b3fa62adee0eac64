// The minimal loop: what remains of mvinit where it has had three faults in a row, or cannot be executed again. In the
// handler of the last one, so of the heap nothing is used.
#include <cerrno>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uadmin.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plumb/bare_illumos.hpp"
#include "plumb/contracts.hpp"
#include "plumb/local_socket.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"
#include "plumb/process_illumos.hpp"
#include "plumb/survival.hpp"

namespace plumb {
namespace {

using bare::Line;

constexpr std::uint64_t look_ms = 1000;     // for clients, and for what nobody tells of
constexpr std::uint64_t restart_ms = 1000;  // before mvinit is executed again: a fault that comes back is no busy loop
constexpr std::uint64_t killed_ms = 5000;   // for what cannot be killed

// What becomes of the application, in this order. over: it is gone, and nothing is left to do.
enum class Stage : std::uint8_t { running, told, killed, over };

struct Ending {
    Stage stage = Stage::running;
    bool app_ended = false;
    std::uint64_t deadline_ms = 0;  // of the stage; 0: none
    std::uint64_t execute_ms = 0;   // 0: the application runs
};
Ending ending;

std::uint64_t now_ms() {
    return static_cast<std::uint64_t>(monotonic_milliseconds());
}

void signal_app(std::int32_t number, bool group) {
    if (group && last_resort.contract != 0) {
        signal_contract(last_resort.contract, number);
        return;
    }
    if (last_resort.app_pid <= 0 || ending.app_ended) return;
    ::kill(group ? -last_resort.app_pid : last_resort.app_pid, native_signal(number));
}

void enter(Stage stage, std::uint64_t patience_ms) {
    ending.stage = stage;
    ending.deadline_ms = patience_ms == 0 ? 0 : now_ms() + patience_ms;
}

// The shim whose application was stopped stays, as its end would be one more start of it.
void end() {
    enter(Stage::over, 0);
    if (!last_resort.machine) ::_exit(last_resort.app_code);
    if (last_resort.end == Asks::exit && !last_resort.owns_kernel) {
        Line().put("mvinit: staying without the application: mvinit poweroff ends the zone").say();
        return;
    }
    int function = AD_POWEROFF;  // exit, too: an init that exits is executed again
    if (last_resort.end == Asks::reboot) function = AD_BOOT;
    if (last_resort.end == Asks::halt) function = AD_HALT;
    ::sync();
    if (::uadmin(A_SHUTDOWN, function, 0) != 0)
        Line()
            .put("mvinit: fatal: uadmin(2): ")
            .put_error(errno)
            .put(": end it from the global zone, or reset it")
            .say();
}

void kill_app() {
    enter(Stage::killed, killed_ms);
    signal_app(SIGKILL, true);
}

void stop(Asks asked) {
    last_resort.end = asked;
    if (ending.stage == Stage::over) return end();
    if (ending.stage != Stage::running) return kill_app();
    last_resort.stopping = true;
    enter(Stage::told, last_resort.stop_timeout_ms);
    signal_app(last_resort.stop_signal, true);
    constexpr std::int32_t goes_on = 18;
    signal_app(goes_on, true);
}

void handle(std::int32_t number) {
    if (number <= 0 || static_cast<std::size_t>(number) >= last_resort.asks.size()) return;
    const auto at = static_cast<std::size_t>(number);
    const Asks asked = last_resort.asks[at];
    if (asked == Asks::nothing) return;
    if (asked != Asks::forward) return stop(asked);
    if (last_resort.rewrite[at] != 0) signal_app(last_resort.rewrite[at], last_resort.to_group);
}

// The application's end is left to a next image, unless there will be none.
void reap() {
    siginfo_t seen;
    for (;;) {
        seen.si_pid = 0;
        if (::waitid(P_ALL, 0, &seen, WEXITED | WNOHANG | WNOWAIT) != 0 || seen.si_pid == 0) return;
        if (seen.si_pid == last_resort.app_pid) {
            last_resort.app_code = seen.si_code == CLD_EXITED ? seen.si_status : 128 + seen.si_status;
            ending.app_ended = true;
            if (ending.stage == Stage::running) return;
        }
        ::waitpid(seen.si_pid, nullptr, WNOHANG);
    }
}

bool app_is_gone() {
    if (last_resort.contract != 0) return signal_contract(last_resort.contract, 0) == ESRCH;
    return last_resort.app_pid <= 0 || ending.app_ended || ::kill(last_resort.app_pid, 0) != 0;
}

void execute_again(std::uint64_t now) {
    if (ending.execute_ms == 0) {
        ending.execute_ms = now + restart_ms;
        Line().put("mvinit: no application is left: executing mvinit again in 1 s").say();
    }
    if (now < ending.execute_ms) return;
    bare::forget_faults();
    const int error = execute_in_place(-1);
    Line().put("mvinit: fatal: execute mvinit again: ").put_error(error).put(": nothing is left to do: ending").say();
    end();
}

void go_on() {
    const std::uint64_t now = now_ms();
    if (ending.stage == Stage::over) return;
    const bool gone = app_is_gone();
    if (ending.stage == Stage::running) {
        if (gone) execute_again(now);
        return;
    }
    const bool late = ending.deadline_ms != 0 && now >= ending.deadline_ms;
    if (gone || (late && ending.stage == Stage::killed)) return end();
    if (late) kill_app();
}

std::uint64_t patience() {
    const std::uint64_t now = now_ms();
    std::uint64_t until = now + look_ms;
    if (ending.deadline_ms != 0 && ending.deadline_ms < until) until = ending.deadline_ms;
    if (ending.execute_ms != 0 && ending.execute_ms < until) until = ending.execute_ms;
    return until > now ? until - now : 0;
}

void take_signal() {
    sigset_t all;
    sigfillset(&all);
    const std::uint64_t wait_ms = patience();
    const timespec timeout{static_cast<time_t>(wait_ms / 1000), static_cast<long>(wait_ms % 1000) * 1'000'000};
    const int number = ::sigtimedwait(&all, nullptr, &timeout);
    if (number > 0) handle(signal_from_native(number));
}

}  // namespace

[[noreturn]] void last_resort_loop() {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    raise_noted_signals();
    // What is mapped stays in memory, as the file that it comes from may be gone: mlockall(3C). Where that is refused,
    // for want of memory or PRIV_PROC_LOCK_MEMORY, all goes on as well. Not before: it holds libc's pages, too.
    ::mlockall(MCL_CURRENT);
    if (last_resort.stopping) enter(Stage::told, last_resort.stop_timeout_ms);
    // Before this image has made the socket, which the one before it has left behind, nobody could ask for another one.
    if (last_resort.listener < 0 && ::getpid() == last_resort.owner) {
        ::unlink(usual_control_socket);
        last_resort.listener = listen_local(usual_control_socket, -1);
    }
    for (;;) {
        reap();
        bare::answer_clients();
        go_on();
        take_signal();
    }
}

}  // namespace plumb
