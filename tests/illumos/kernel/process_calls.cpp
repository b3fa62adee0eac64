// What is diverted by the linker (--wrap): fork begins contracts and hands membership on, waitpid notices core dumps,
// files that only an illumos kernel has are made up, and an init that ends is executed again.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <procfs.h>
#include <pthread.h>
#include <stdlib.h>
#include <string>
#include <sys/auxv.h>
#include <sys/fork.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.hpp"
#include "machine.hpp"

extern "C" {
int __real_open(const char* name, int flags, ...);
DIR* __real_opendir(const char* name);
pid_t __real_fork();
pid_t __real_waitpid(pid_t pid, int* status, int options);
int __real_pipe2(int* ends, int flags);
int __real_raise(int number);
int __real_main(int argc, char** argv, char** environment);
}

namespace {

// Children that are members of our own contract.
std::vector<pid_t>& companions() {
    static std::vector<pid_t> pids;
    return pids;
}

// Whom is_init() says it of, which needs a heap.
pid_t init_pid = 0;

bool dumps_core(int signo) {
    constexpr int numbers[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU, SIGXFSZ};
    return std::find(std::begin(numbers), std::end(numbers), signo) != std::end(numbers);
}

int made_up_psinfo() {
    psinfo_t info{};
    info.pr_contract = static_cast<ctid_t>(kernel::own_contract());
    const int file = memfd_create("psinfo", MFD_CLOEXEC);
    if (file < 0 || write(file, &info, sizeof info) < 0) return -1;
    lseek(file, 0, SEEK_SET);
    return file;
}

void close_all_between(unsigned first, unsigned last) {
    if (first <= last) syscall(SYS_close_range, first, last, 0U);
}

}  // namespace

extern "C" {

int __wrap_open(const char* name, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    const std::string path = name;
    if (path == "/system/contract/process/pbundle") return kernel::open_bundle(flags);
    if (path == "/proc/self/psinfo") return made_up_psinfo();
    if (path == "/system/contract/process/template") kernel::current_template() = {};
    return __real_open(name, flags, mode);
}

DIR* __wrap_opendir(const char* name) {
    if (std::string(name) == "/proc/self/contracts") return __real_opendir(kernel::held_directory().c_str());
    return __real_opendir(name);
}

pid_t __wrap_fork() {
    const kernel::Template wanted = kernel::current_template();
    int writer = -1;
    const int contract = wanted.active ? kernel::new_contract(wanted, writer) : 0;
    const pid_t pid = __real_fork();
    const int error = errno;
    if (pid == 0 && contract > 0) dup2(writer, kernel::member_descriptor);  // not close-on-exec any more
    if (pid != 0 && contract > 0) close(writer);
    if (pid < 0 && contract > 0) kernel::discard_contract(contract);
    if (pid > 0 && contract == 0) companions().push_back(pid);
    if (pid != 0) kernel::record("fork() = %d: contract %d", pid, contract);
    errno = error;
    return pid;
}

// Linux has the same by a clone without exit signal, which waitpid(-1) does not see either; by its pid it is reaped
// with
// __WALL, which illumos does not know.
pid_t forkx(int flags) {
    if (flags != (FORK_NOSIGCHLD | FORK_WAITPID)) return errno = EINVAL, -1;
    const auto pid = static_cast<pid_t>(syscall(SYS_clone, 0, 0, 0, 0, 0));
    if (pid > 0) kernel::record("forkx() = %d", pid);
    return pid;
}

pid_t __wrap_waitpid(pid_t wanted, int* status, int options) {
    int ended = 0;
    const pid_t pid = __real_waitpid(wanted, &ended, wanted > 0 ? options | __WALL : options);
    if (pid <= 0) return pid;
    if (status != nullptr) *status = ended;
    const auto found = std::find(companions().begin(), companions().end(), pid);
    if (found == companions().end()) return pid;
    companions().erase(found);
    if (WIFSIGNALED(ended) && dumps_core(WTERMSIG(ended)))
        kernel::tell_pid1("core " + std::to_string(kernel::own_contract()));
    return pid;
}

// Not what stands for the kernel's own knowledge.
void __wrap_closefrom(int first) {
    const auto from = static_cast<unsigned>(first);
    close_all_between(from, kernel::member_descriptor - 1);
    close_all_between(std::max(from, static_cast<unsigned>(kernel::trigger_descriptor) + 1), ~0U);
}

// A pipe of STREAMS goes both ways; those that wait are only used one way, and may be what /dev/stdout opens.
int __wrap_pipe2(int* ends, int flags) {
    if ((flags & O_NONBLOCK) == 0) return __real_pipe2(ends, flags);
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | ((flags & O_CLOEXEC) != 0 ? SOCK_CLOEXEC : 0), 0, ends);
}

// What has its default action ends us, and then the kernel executes an init again.
int __wrap_raise(int number) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    const bool ends = action.sa_handler == SIG_DFL && dumps_core(number);
    if (ends && getpid() == init_pid) kernel::execute_anew();
    return __real_raise(number);
}

void __wrap_sync() {
    kernel::record("sync()");
}

[[noreturn]] void __wrap__exit(int status) {
    if (kernel::is_init()) kernel::again();
    syscall(SYS_exit_group, status);
    __builtin_unreachable();
}

const char* getexecname() {
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    return reinterpret_cast<const char*>(getauxval(AT_EXECFN));
}

int __wrap_main(int argc, char** argv, char** environment) {
    const int status = __real_main(argc, argv, environment);
    if (kernel::is_init()) kernel::again();
    return status;
}

}  // extern "C"

namespace kernel {

bool is_init() {
    if (!standin::in_zone()) return getpid() == 1;
    return standin::zone_value("initpid", "") == std::to_string(getpid());
}

void again() {
    record("init executed again");
    execute_anew();
}

// In a handler as well, so without a heap.
void execute_anew() {
    for (int number = 1; number < NSIG; ++number)
        if (number != SIGCHLD) std::signal(number, SIG_IGN);  // what is pending is gone
    for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    syscall(SYS_close_range, 0U, static_cast<unsigned>(member_descriptor) - 1, CLOSE_RANGE_CLOEXEC);
    syscall(SYS_close_range, static_cast<unsigned>(member_descriptor) + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    char name[] = "/sbin/mvinit";
    char* const arguments[] = {name, nullptr};
    char* const environment[] = {nullptr};
    if (chdir("/") == 0) execve(name, arguments, environment);
    syscall(SYS_exit_group, 126);
    __builtin_unreachable();
}

namespace {

// Waits for a byte in /standin/die: whoever writes it kills init, at whatever point that is.
void* wait_for_death(void* /*nothing*/) {
    char byte = 0;
    while (read(trigger_descriptor, &byte, 1) != 1) continue;
    again();
}

// Before main: a thread, because the kernel's exec takes the place of all threads and keeps the process id.
__attribute__((constructor)) void watch_for_death() {
    if (is_init()) init_pid = getpid();
    if (init_pid == 0 || access("/standin/die", F_OK) != 0) return;
    const int file = __real_open("/standin/die", O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    dup3(file, trigger_descriptor, O_CLOEXEC);
    close(file);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    pthread_create(&thread, nullptr, wait_for_death, nullptr);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace kernel

// Started without an environment, where the options of the sanitizers would be. Leaks are looked for by the unit tests.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    // Faults are the program's own.
    return "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0:"
           "use_sigaltstack=0";
}
