#include "init/become.hpp"

#include <cerrno>
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/answers.hpp"
#include "init/standard.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

namespace init {

Failure* told = nullptr;
const InPlace* replaced = nullptr;

namespace {

int code_of(int stage, int error) {
    return stage != at_exec ? 125 : error == ENOENT ? 127 : 126;
}

[[noreturn]] void fail_in_place(int stage, int error) {
    plumb::Error failure{"run", replaced->program.argv.front(), error, "", ""};
    if (stage != at_exec) failure.text = stages[static_cast<std::size_t>(stage)];
    if (stage == at_exec && error == ENOENT) failure.remedy = "is it in the image, and in that PATH?";
    _exit(refuse(replaced->arguments, code_of(stage, error), plumb::to_text(failure)));
}

}  // namespace

void fail(int pipe, int stage, int error) {
    if (pipe == in_place) fail_in_place(stage, error);
    const Failure failure{stage, error};
    if (pipe == shares_memory)
        *told = failure;
    else if (write(pipe, &failure, sizeof failure) < 0)  // never a full pipe: this is all that is ever written to it
        _exit(125);
    _exit(code_of(stage, error));
}

namespace {

// The number that the application knows may be the one that the way back to the parent has.
int give_ready_pipe(const Program& program, int pipe) {
    if (program.ready_pipe < 0) return pipe;
    if (pipe == program.ready_number) pipe = fcntl(pipe, F_DUPFD_CLOEXEC, program.ready_number + 1);
    if (program.ready_pipe == program.ready_number)
        fcntl(program.ready_pipe, F_SETFD, 0);
    else if (dup2(program.ready_pipe, program.ready_number) < 0)
        fail(pipe, at_ready, errno);
    return pipe;
}

void enter_session(const Program& program, int pipe) {
    if (program.terminal != Terminal::foreground) {
        if (setsid() < 0) fail(pipe, at_session, errno);
        return;
    }
    setpgid(0, 0);
    // TTOU is blocked still, so this works from the background.
    tcsetpgrp(STDIN_FILENO, getpid());
}

void set_limits(const Program& program, int pipe) {
    plumb::limit_as_started();
    for (const ResourceLimit& wanted : program.limits) {
        auto value = [](std::uint64_t number) {
            return number == conf::unlimited ? RLIM_INFINITY : static_cast<rlim_t>(number);
        };
        const rlimit limit{value(wanted.limit.soft), value(wanted.limit.hard)};
        // glibc gives the resource a type of its own, musl an int.
        if (setrlimit(static_cast<decltype(RLIMIT_NOFILE)>(wanted.which), &limit) != 0) fail(pipe, at_limits, errno);
    }
}

// The count is a size_t on Linux and an int on illumos.
template <class Count>
int set_groups(int (*call)(Count, const gid_t*), const std::vector<gid_t>& groups) {
    return call(static_cast<Count>(groups.size()), groups.data());
}

void change_identity(const Program& program, int pipe) {
    if (program.capabilities) {
        if (const int error = plumb::limit_capabilities(*program.capabilities)) fail(pipe, at_capabilities, error);
    }
    if (program.identity) {
        const conf::Identity& who = *program.identity;
        if (set_groups(setgroups, who.groups) != 0) fail(pipe, at_setgroups, errno);
        if (setgid(who.gid) != 0) fail(pipe, at_setgid, errno);
        if (program.capabilities) plumb::keep_capabilities_over_setuid();
        if (setuid(who.uid) != 0) fail(pipe, at_setuid, errno);
    }
    if (program.capabilities) {
        if (const int error = plumb::apply_capabilities(*program.capabilities)) fail(pipe, at_capabilities, error);
    }
}

}  // namespace

void take_on(const Program& program, int pipe) {
    set_limits(program, pipe);
    for (int standard = 0; standard <= 2; ++standard)
        if (const int error = make_standard(program, standard)) fail(pipe, at_stdin + standard, error);
    // No terminal there is no reason not to run: the console of many guests is none.
    if (program.terminal == Terminal::controlling) plumb::take_terminal(program.steal_terminal);
    if (program.umask) umask(*program.umask);
    errno = 0;
    if (program.nice && setpriority(PRIO_PROCESS, 0, *program.nice) != 0) fail(pipe, at_nice, errno);
    if (!program.cwd.empty() && chdir(program.cwd.c_str()) != 0) fail(pipe, at_chdir, errno);
    change_identity(program, pipe);
    if (program.no_new_privs) {
        if (const int error = plumb::forbid_new_privileges()) fail(pipe, at_no_new_privs, error);
    }
    plumb::default_all_signals();
}

int become(const Program& program, int pipe) {
    pipe = give_ready_pipe(program, pipe);
    enter_session(program, pipe);
    take_on(program, pipe);
    return pipe;
}

}  // namespace init
