#include "init/reap.hpp"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>

#include "conf/text.hpp"
#include "plumb/concat.hpp"
#include "plumb/log_io.hpp"
#include "plumb/process.hpp"

namespace init {

Reaped reap(Ended& ended) {
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

std::string end_text(const Ended& ended) {
    if (ended.signal != 0) return plumb::concat({"killed by ", conf::signal_name(ended.signal)});
    return plumb::concat({"exited with code ", std::to_string(ended.code)});
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
