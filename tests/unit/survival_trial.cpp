// A program that has faults, for survival_test.cpp: static and without sanitizers, which have handlers of their own.
//
//   survival_trial MODE LISTENER     LISTENER: the path of a socket to listen at, "-": none
//
// Every image of it says "image N faults F signal S address A step T" and then does what MODE says:
//   once      has a fault in its first image, ends with 3 in its second
//   always    starts an application in the first, has a fault in every one
//   signals   tells the signals that it takes; USR1: has a fault; TERM: ends
//   signalfd  the same, taken by a descriptor
//   child     forks a child that has a fault, and one that shares our memory, and tells how they ended
//   abort     as once, by abort(3); stack: as once, by a stack without end
//   idle      starts an application, has a fault at USR1
//   nested    starts an application, has a fault, and another one within the handler
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plumb/bare_linux.hpp"
#include "plumb/live.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

plumb::Live* plumb::live = nullptr;

namespace {

constexpr int live_descriptor = 200;
constexpr int listener_descriptor = 201;
constexpr int lost_descriptor = 202;

void say(const std::string& text) {
    const std::string line = text + '\n';
    if (write(1, line.data(), line.size()) < 0) _exit(99);
}

std::string number(std::int64_t value) {
    return std::to_string(value);
}

void block_all() {
    const std::uint64_t all = ~std::uint64_t{0};
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, sizeof all);
}

void keep(int descriptor) {
    plumb::live->kept[static_cast<unsigned>(descriptor) / 64] |= std::uint64_t{1} << (descriptor % 64);
}

// True: the first image.
bool find_live() {
    const bool first = fcntl(live_descriptor, F_GETFD) < 0;
    if (first) {
        const int made = memfd_create("live", MFD_CLOEXEC);
        if (ftruncate(made, sizeof(plumb::Live)) != 0) _exit(98);
        dup3(made, live_descriptor, O_CLOEXEC);
        close(made);
    }
    fcntl(live_descriptor, F_SETFD, FD_CLOEXEC);
    void* const memory = mmap(nullptr, sizeof(plumb::Live), PROT_READ | PROT_WRITE, MAP_SHARED, live_descriptor, 0);
    plumb::live = static_cast<plumb::Live*>(memory);
    keep(live_descriptor);
    return first;
}

void listen_at(const char* path, bool first) {
    if (std::strcmp(path, "-") == 0) return;
    if (first) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path);
        const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(made, 4) != 0)
            _exit(97);
        dup3(made, listener_descriptor, O_CLOEXEC);
        close(made);
    }
    keep(listener_descriptor);
    plumb::last_resort.listener = listener_descriptor;
}

[[gnu::noinline]] void have_a_fault() {
    int* volatile nowhere = reinterpret_cast<int*>(0x10);
    *nowhere = 1;  // NOLINT(clang-analyzer-core.FixedAddressDereference)
}

[[gnu::noinline]] int deepen(int depth) {
    volatile char room[4096];
    room[0] = static_cast<char>(depth);
    return depth > 1 << 24 ? 0 : deepen(depth + 1) + room[0];
}

// Tells its signals; USR2: leaves an orphan that ends; TERM: ends with 7, unless it is stubborn.
[[noreturn]] void be_application(bool stubborn) {
    block_all();
    for (;;) {
        const plumb::ReceivedSignal got = plumb::await_signal(-1);
        if (got.number != SIGCHLD) say("application got " + number(got.number));
        if (got.number == SIGTERM && !stubborn) _exit(7);
        if (got.number == SIGINT) _exit(5);
        if (got.number == SIGUSR2 && fork() == 0) {
            if (fork() == 0) {
                say("orphan " + number(getpid()));
                _exit(0);
            }
            _exit(0);
        }
    }
}

void start_application(bool stubborn) {
    const pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        be_application(stubborn);
    }
    setpgid(pid, pid);
    plumb::live->spawned = pid;
    say("application " + number(pid));
}

void set_up(char** argv, const char* mode) {
    plumb::LastResort& last = plumb::last_resort;
    static std::array<char, 4096> path{};
    if (readlink("/proc/self/exe", path.data(), path.size() - 1) < 0) _exit(96);
    last.path = path.data();
    last.owner = getpid();
    last.argv = argv;
    last.env = environ;
    last.app_pid = plumb::live->spawned;
    last.stop_timeout_ms = 300;
    last.phase = "running";
    last.step = mode;
    last.asks[SIGUSR1] = last.asks[SIGUSR2] = last.asks[SIGALRM] = last.asks[SIGINT] = plumb::Asks::forward;
    last.rewrite[SIGUSR1] = last.rewrite[SIGALRM] = SIGUSR1;
    last.rewrite[SIGUSR2] = SIGUSR2;
    last.rewrite[SIGINT] = SIGINT;
    last.asks[SIGTERM] = last.asks[SIGSEGV] = plumb::Asks::exit;
    last.asks[SIGPWR] = plumb::Asks::poweroff;
    last.machine = std::getenv("TRIAL_MACHINE") != nullptr;
}

void take(const plumb::ReceivedSignal& got) {
    if (got.number == 0) return;
    say("took " + number(got.number) + " from " + number(got.sender));
    if (got.number == SIGUSR1) have_a_fault();
    if (got.number == SIGTERM) _exit(0);
}

[[noreturn]] void tell_signals(bool by_descriptor) {
    const std::uint64_t all = ~std::uint64_t{0};
    const int descriptor = static_cast<int>(syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_NONBLOCK | SFD_CLOEXEC));
    say("ready");
    for (;;) {
        if (!by_descriptor) {
            take(plumb::await_signal(-1));
            continue;
        }
        pollfd waiting{descriptor, POLLIN, 0};
        if (poll(&waiting, 1, -1) < 0) continue;
        const plumb::SignalBatch batch = plumb::read_signals(descriptor);
        for (std::size_t at = 0; at < batch.count; ++at) take(batch.signals[at]);
    }
}

void tell_children() {
    int status = 0;
    const pid_t child = fork();
    if (child == 0) have_a_fault();
    waitpid(child, &status, 0);
    say("child ended by " + number(WTERMSIG(status)));
    const pid_t aborting = fork();
    if (aborting == 0) std::abort();
    waitpid(aborting, &status, 0);
    say("child ended by " + number(WTERMSIG(status)));
    const pid_t sharing = vfork();
    if (sharing == 0) have_a_fault();
    waitpid(sharing, &status, 0);
    say("child ended by " + number(WTERMSIG(status)));
    have_a_fault();
}

void act(std::string_view mode, bool first) {
    if (mode == "signals" || mode == "signalfd") tell_signals(mode == "signalfd");
    if (mode == "always") have_a_fault();
    if (mode == "nested") {
        plumb::live = nullptr;
        have_a_fault();
    }
    if (mode == "idle") {
        while (plumb::await_signal(-1).number != SIGUSR1) continue;
        have_a_fault();
    }
    if (!first) _exit(3);
    if (mode == "once") have_a_fault();
    if (mode == "abort") std::abort();
    if (mode == "stack") deepen(0);
    if (mode == "child") tell_children();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 95;
    block_all();
    const std::string_view mode = argv[1];
    const bool first = find_live();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    listen_at(argv[2], first);
    if (first) dup3(1, lost_descriptor, O_CLOEXEC);
    set_up(argv, argv[1]);
    plumb::catch_faults();
    plumb::bare::set_mask(SIG_UNBLOCK, plumb::bare::fault_signals);
    const plumb::Live& live = *plumb::live;
    say("image " + number(live.performed) + " faults " + number(live.faults) + " signal " + number(live.fault_signal) +
        " address " + number(static_cast<std::int64_t>(live.fault_address)) + " phase " + live.fault_phase.data() +
        " step " + live.fault_step.data() + (fcntl(lost_descriptor, F_GETFD) < 0 ? " without 202" : " with 202"));
    plumb::live->performed += 1;
    if (first && (mode == "always" || mode == "idle" || mode == "nested"))
        start_application(std::getenv("TRIAL_STUBBORN") != nullptr);
    plumb::last_resort.app_pid = live.spawned;
    plumb::prepare_last_resort();
    act(mode, first);
    return 94;
}
