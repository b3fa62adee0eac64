// mvinit poweroff, reboot, halt and reload where there is no control socket: the mvinit that is init or shim here is
// told by the signal that means it.
#include <cerrno>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "init/answers.hpp"
#include "init/signals.hpp"
#include "init/state_file.hpp"
#include "init/verbs.hpp"
#include "plumb/contracts.hpp"
#include "plumb/error.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

struct Request {
    conf::Verb verb;
    const char* words;
    conf::EndAction action;  // automatic: none
    std::int32_t on_illumos;
    std::int32_t on_linux;
};
// Linux: RTMIN+4 and +5 also stop the init of a container with a configuration, which would forward USR2.
constexpr Request requests[] = {
    {conf::Verb::poweroff, "power off", conf::EndAction::poweroff, sig_emt, sig_rtmin + 4},
    {conf::Verb::reboot, "reboot", conf::EndAction::reboot, sig_fpe, sig_rtmin + 5},
    {conf::Verb::halt, "halt", conf::EndAction::halt, sig_int, sig_rtmin + 13},
    {conf::Verb::reload, "reload", conf::EndAction::automatic, sig_hup, sig_hup},
};

// Whether PID 1 runs the file that we do. Only root may look, and only root could tell it anything.
bool is_init_of_linux() {
    struct stat init {};
    struct stat own {};
    return stat("/proc/1/exe", &init) == 0 && stat("/proc/self/exe", &own) == 0 && init.st_dev == own.st_dev &&
           init.st_ino == own.st_ino;
}

plumb::Error no_mvinit_on_linux(const char* words) {
    const std::string other = plumb::link_target("/proc/1/exe");
    return {words, "this machine", 0,
            other.empty() ? "what PID 1 is cannot be seen" : "PID 1 is " + other + ", not this mvinit",
            other.empty() ? "needs root, and /proc" : "use its own command"};
}

// force: told twice, it kills what is left.
int send(const conf::Arguments& arguments, std::int32_t pid, std::int32_t signal, const char* words) {
    const int native = plumb::native_signal(signal);
    if (kill(pid, native) != 0)
        return refuse(arguments,
                      {words, "mvinit, pid " + std::to_string(pid), errno, "", errno == EPERM ? "needs root" : ""});
    // The same signal waiting still would swallow the second.
    if (arguments.force) (void)poll(nullptr, 0, 100);
    if (arguments.force) (void)kill(pid, native);
    return succeed(arguments);
}

int refuse_as_nobody(const conf::Arguments& arguments, const plumb::Error& error) {
    return refuse(arguments, exit_nobody, plumb::to_text(error));
}

// None runs: init(8) has run us for an entry of a level, or the zone was started by something else.
int end_without_mvinit(const conf::Arguments& arguments, const Request& request) {
    if (request.action == conf::EndAction::automatic)
        return refuse_as_nobody(arguments, {request.words, "mvinit", 0, "none runs here",
                                            "start it, or look at its messages on the console"});
    if (plumb::in_zone(plumb::gather_early_facts(conf::Role::automatic)))
        return refuse(arguments, plumb::end_machine(request.action));
    // Of a whole machine only for its own init: anybody else's processes would all be killed without a word to them.
    if (getppid() != 1)
        return refuse_as_nobody(arguments,
                                {request.words, "the machine", 0, "no mvinit runs here, and we are no entry of init's",
                                 "use its own command, such as init 5"});
    sync();
    return refuse(arguments, plumb::end_machine(request.action));
}

// illumos: whoever holds the state file.
int tell_holder(const conf::Arguments& arguments, const Request& request) {
    const std::int32_t pid = holder_of(state_file);
    return pid != 0 ? send(arguments, pid, request.on_illumos, request.words) : end_without_mvinit(arguments, request);
}

int tell_init(const conf::Arguments& arguments, const Request& request) {
    if (getpid() != 1 && is_init_of_linux()) return send(arguments, 1, request.on_linux, request.words);
    return refuse_as_nobody(arguments, no_mvinit_on_linux(request.words));
}

}  // namespace

int tell_by_signal(const conf::Arguments& arguments) {
    for (const Request& request : requests) {
        if (request.verb != arguments.verb) continue;
        return plumb::is_started_again() ? tell_holder(arguments, request) : tell_init(arguments, request);
    }
    return exit_bad;
}

}  // namespace init
