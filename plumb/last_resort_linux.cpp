// The minimal loop: what remains of PID 1 where mvinit cannot be executed again. Locked in memory, see bare_linux.hpp.
#include <cerrno>
#include <ctime>
#include <linux/reboot.h>
#include <sys/wait.h>

#include "plumb/bare_linux.hpp"

namespace plumb {
namespace {

using namespace bare;

constexpr std::uint64_t look_ms = 1000;     // for clients, and for what nobody tells of
constexpr std::uint64_t restart_ms = 1000;  // before mvinit is executed again: a fault that comes back is no busy loop
constexpr std::uint64_t rest_ms = 1000;     // for what is left once the application has gone
constexpr std::uint64_t killed_ms = 5000;   // for what cannot be killed
constexpr int announcing = 64;              // see awaiting_linux.cpp

// What becomes of the processes, in this order.
enum class Stage : std::uint8_t { running, told, rest_told, killed };

struct Ending {
    Stage stage = Stage::running;
    bool app_ended = false;
    bool alone = false;             // no child is left
    std::uint64_t deadline_ms = 0;  // of the stage; 0: none
    std::uint64_t execute_ms = 0;   // 0: the application runs
    std::uint64_t feed_ms = 0;
};
MVINIT_LOCKED_DATA Ending ending;
MVINIT_LOCKED_DATA char no_app_text[] = "mvinit: no application is left: executing mvinit again in 1 s";
MVINIT_LOCKED_DATA char gave_up_text[] = "mvinit: fatal: execute mvinit again: ";
MVINIT_LOCKED_DATA char ending_text[] = ": nothing is left to do: ending";
MVINIT_LOCKED_DATA char stuck_text[] = "mvinit: fatal: reboot(2): ";
MVINIT_LOCKED_DATA char reset_text[] = ": the machine cannot be ended from here, reset it";

MVINIT_LOCKED void say(const char* what, long error, const char* remedy) {
    Line line;
    line.put(what);
    line.put_error(static_cast<int>(error));
    line.put(remedy);
    line.say();
}

MVINIT_LOCKED void signal_app(int number, bool group) {
    const long pid = last_resort.app_pid;
    if (pid <= 0 || ending.app_ended) return;
    if (!group || call(SYS_kill, -pid, number) != 0) call(SYS_kill, pid, number);
}

// Not PID 1, there are processes of others: the application's own alone.
MVINIT_LOCKED void signal_rest(int number) {
    if (last_resort.owner == 1)
        call(SYS_kill, -1, number);
    else
        signal_app(number, true);
}

[[noreturn]] MVINIT_LOCKED void leave() {
    for (;;) call(SYS_exit_group, last_resort.app_code);
}

MVINIT_LOCKED unsigned reboot_command() {
    if (last_resort.end == Asks::halt) return LINUX_REBOOT_CMD_HALT;
    if (last_resort.end == Asks::reboot || last_resort.power_off_by_reboot) return LINUX_REBOOT_CMD_RESTART;
    return LINUX_REBOOT_CMD_POWER_OFF;  // exit, too: the end of PID 1 would be a kernel panic
}

[[noreturn]] MVINIT_LOCKED void end() {
    if (!last_resort.machine || (last_resort.end == Asks::exit && !last_resort.owns_kernel)) leave();
    signal_rest(SIGKILL);
    call(SYS_sync);
    const long error = -call(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, reboot_command(), nullptr);
    if (!last_resort.owns_kernel) leave();
    say(stuck_text, error, reset_text);
    only_reap();
}

MVINIT_LOCKED void enter(Stage stage, std::uint64_t patience_ms) {
    ending.stage = stage;
    ending.deadline_ms = patience_ms == 0 ? 0 : now_ms() + patience_ms;
}

MVINIT_LOCKED void kill_rest() {
    enter(Stage::killed, killed_ms);
    signal_rest(SIGKILL);
}

MVINIT_LOCKED void tell_rest() {
    if (last_resort.owner != 1) end();
    enter(Stage::rest_told, rest_ms);
    signal_rest(SIGTERM);
    signal_rest(SIGCONT);
}

MVINIT_LOCKED void stop(Asks asked) {
    last_resort.end = asked;
    if (ending.stage != Stage::running) return kill_rest();
    last_resort.stopping = true;
    enter(Stage::told, last_resort.stop_timeout_ms);
    signal_app(last_resort.stop_signal, true);
    signal_app(SIGCONT, true);
}

MVINIT_LOCKED void handle(long number, int code) {
    if (is_fault_signal(number)) set_mask(SIG_UNBLOCK, only(static_cast<int>(number)));
    if ((number == announcing || number == SIGIO) && code > 0) return;
    // NOLINTBEGIN(readability-simplify-subscript-expr): operator[] may call what is not locked
    const Asks asked = last_resort.asks.data()[number];
    const int sent = last_resort.rewrite.data()[number];
    // NOLINTEND(readability-simplify-subscript-expr)
    if (asked == Asks::nothing) return;
    if (asked != Asks::forward) return stop(asked);
    if (sent != 0) signal_app(sent, last_resort.to_group);
}

// False: it is the application, and its end is left to a next image.
MVINIT_LOCKED bool may_reap(const siginfo_t& seen) {
    if (seen.si_pid != last_resort.app_pid) return true;
    last_resort.app_code = seen.si_code == CLD_EXITED ? seen.si_status : 128 + seen.si_status;
    ending.app_ended = true;
    return ending.stage != Stage::running;
}

MVINIT_LOCKED void reap() {
    siginfo_t seen;
    for (;;) {
        seen.si_pid = 0;
        const long error = call(SYS_waitid, P_ALL, 0, &seen, WEXITED | WNOHANG | WNOWAIT | __WALL, nullptr);
        ending.alone = error == -ECHILD;
        if (error != 0 || seen.si_pid == 0 || !may_reap(seen)) return;
        if (call(SYS_waitid, P_PID, seen.si_pid, nullptr, WEXITED | WNOHANG | __WALL, nullptr) != 0) return;
    }
}

MVINIT_LOCKED void execute_again(std::uint64_t now) {
    Line line;
    if (ending.execute_ms == 0) {
        ending.execute_ms = now + restart_ms;
        line.put(no_app_text);
        line.say();
    }
    if (now < ending.execute_ms) return;
    forget_faults();
    say(gave_up_text, execute_in_place(-1), ending_text);
    // Nobody has told how it ended: our own failure.
    if (!ending.app_ended && last_resort.app_code == 0) last_resort.app_code = 125;
    kill_rest();
}

MVINIT_LOCKED void go_on() {
    const std::uint64_t now = now_ms();
    const bool late = ending.deadline_ms != 0 && now >= ending.deadline_ms;
    // One that was named as the application may be nobody's child of ours.
    const bool app_gone = last_resort.app_pid <= 0 || ending.app_ended || ending.alone ||
                          call(SYS_kill, last_resort.app_pid, 0) == -ESRCH;
    if (ending.stage == Stage::running) {
        if (app_gone) execute_again(now);
        return;
    }
    if (ending.alone || (late && ending.stage == Stage::killed)) end();
    if (late) return kill_rest();
    if (ending.stage == Stage::told && app_gone) tell_rest();
}

MVINIT_LOCKED void feed() {
    if (last_resort.watchdog < 0) return;
    const std::uint64_t now = now_ms();
    if (now < ending.feed_ms) return;
    const std::uint64_t each_ms = last_resort.feed_ms;
    ending.feed_ms = now + (each_ms == 0 || each_ms > look_ms ? look_ms : each_ms);
    const char nothing = 0;
    call(SYS_write, last_resort.watchdog, &nothing, 1);
}

// Never longer than look_ms, and no longer than the next thing to be done is away.
MVINIT_LOCKED std::uint64_t patience() {
    const std::uint64_t now = now_ms();
    std::uint64_t until = now + look_ms;
    if (last_resort.watchdog >= 0 && ending.feed_ms < until) until = ending.feed_ms;
    if (ending.deadline_ms != 0 && ending.deadline_ms < until) until = ending.deadline_ms;
    if (ending.stage == Stage::running && ending.execute_ms != 0 && ending.execute_ms < until)
        until = ending.execute_ms;
    return until > now ? until - now : 0;
}

MVINIT_LOCKED void take_signal() {
    const KernelSet set = all_signals;
    siginfo_t info;
    timespec timeout;
    const std::uint64_t wait_ms = patience();
    timeout.tv_sec = static_cast<time_t>(wait_ms / 1000);
    timeout.tv_nsec = static_cast<long>(wait_ms % 1000) * 1'000'000;
    const long number = call(SYS_rt_sigtimedwait, &set, &info, &timeout, sizeof set);
    if (number > 0) handle(number, info.si_code);
}

}  // namespace

MVINIT_LOCKED void bare::only_reap() {
    for (;;) {
        // Without a child it would come back at once.
        if (call(SYS_waitid, P_ALL, 0, nullptr, WEXITED | __WALL, nullptr) != 0) {
            timespec second;
            second.tv_sec = 1;
            second.tv_nsec = 0;
            call(SYS_nanosleep, &second, nullptr);
        }
    }
}

MVINIT_LOCKED void last_resort_loop() {
    set_mask(SIG_SETMASK, all_signals & ~fault_signals);
    if (last_resort.stopping && ending.stage == Stage::running) enter(Stage::told, last_resort.stop_timeout_ms);
    for (;;) {
        reap();
        feed();
        answer_clients();
        go_on();
        take_signal();
    }
}

}  // namespace plumb
