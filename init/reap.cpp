#include "init/reap.hpp"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>

#include "conf/text.hpp"
#include "plumb/concat.hpp"
#include "plumb/live.hpp"
#include "plumb/log_io.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

namespace init {

namespace {

// The kernel writes it where a next image of us finds it, should we not come to take account of it.
siginfo_t& info_of_child() {
    if constexpr (sizeof(siginfo_t) <= plumb::siginfo_size)
        return *static_cast<siginfo_t*>(static_cast<void*>(plumb::live->child.data()));
    static siginfo_t elsewhere;
    return elsewhere;
}

Ended ended_of(const siginfo_t& info) {
    Ended ended{.pid = info.si_pid};
    const bool exited = info.si_code == CLD_EXITED;
    if (exited) ended.code = info.si_status & 0xff;
    if (!exited) ended.signal = plumb::signal_from_native(info.si_status);
    ended.core = info.si_code == CLD_DUMPED;
    return ended;
}

}  // namespace

bool take_left(Ended& ended) {
    const siginfo_t& info = info_of_child();
    if (info.si_signo != SIGCHLD || info.si_pid <= 0) return false;
    ended = ended_of(info);
    return true;
}

void reaped_is_told() {
    siginfo_t& info = info_of_child();
    info.si_pid = 0;
}

namespace {

// Where no next image looks for it.
Reaped reap_untraced(Ended& ended) {
    int status = 0;
    pid_t pid = 0;
    do {
        pid = waitpid(-1, &status, WNOHANG);
    } while (pid < 0 && errno == EINTR);
    if (pid == 0) return Reaped::none;
    if (pid < 0) return Reaped::nobody;
    ended = {.pid = pid};
    if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended.signal = plumb::signal_from_native(WTERMSIG(status));
#ifdef WCOREDUMP
    ended.core = WIFSIGNALED(status) && WCOREDUMP(status);
#endif
    return Reaped::one;
}

}  // namespace

Reaped reap(Ended& ended) {
    if (!plumb::can_survive()) return reap_untraced(ended);
    siginfo_t& info = info_of_child();
    info.si_pid = 0;
    int result = 0;
    do {
        result = waitid(P_ALL, 0, &info, WEXITED | WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return Reaped::nobody;
    if (info.si_pid == 0) return Reaped::none;
    ended = ended_of(info);
    return Reaped::one;
}

std::string end_text(const Ended& ended) {
    if (ended.signal != 0) return plumb::concat({"killed by ", conf::signal_name(ended.signal)});
    return plumb::concat({"exited with code ", std::to_string(ended.code)});
}

bool is_child(pid_t pid) {
    siginfo_t info;
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool was_reaped(pid_t pid) {
    return !plumb::can_survive() && !is_child(pid);
}

bool has_children() {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool reap_unseen(pid_t pid) {
    pid_t ended = 0;
    do {
        ended = waitpid(pid, nullptr, WNOHANG | plumb::unseen_wait_option());
    } while (ended < 0 && errno == EINTR);
    return ended != 0;  // -1: it is no child (any more)
}

}  // namespace init
