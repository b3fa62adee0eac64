// The fault injector: attaches to a process, lets it go on for some system calls and some instructions, makes it fault
// and lets it go; then waits until another image of its program has taken over in it, and begins again.
#include <algorithm>
#include <csignal>
#include <ctime>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "inject.hpp"
#include "probe.hpp"

namespace probe {
namespace {

constexpr int deadline_ms = 30'000;
constexpr int lost_code = 3;      // the process has ended
constexpr int silent_code = 4;    // no other image took over
constexpr int helpless_code = 5;  // it has no handler for faults

struct Plan {
    pid_t pid = 0;
    long count = 0;  // 0: until asked to end
    std::uint64_t calls = 0, steps = 0;
    std::uint64_t early = 0;  // of 100 faults, how many are to come as soon as the image that is to fault has a handler
    std::uint64_t pause = 0;  // most microseconds that it runs on by itself before
    int poke = 0;             // a signal that makes it do something
    bool first = false;       // the first fault, too, comes early, in the program that it executes next
    bool forget = true;
    bool awaits = true;     // whether another image must take over after the last one
    bool by_stdin = false;  // the end of standard input ends us
    std::vector<std::string> kinds;
    Random random;
};

// What became of it, for the last line.
enum class Fate { well, asked, lost, silent, helpless };

long milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// By SIGTERM, or by the end of standard input.
bool asked_to_end(const Plan& plan) {
    static bool asked = false;
    const std::uint64_t set = std::uint64_t{1} << (SIGTERM - 1);
    const timespec none{};
    if (syscall(SYS_rt_sigtimedwait, &set, nullptr, &none, kernel_set_size) > 0) asked = true;
    pollfd input{0, POLLIN, 0};
    char byte;
    if (plan.by_stdin && poll(&input, 1, 0) > 0 && read(0, &byte, 1) <= 0) asked = true;
    return asked;
}

// Until another image than old takes faults.
Fate await_image(const Plan& plan, std::uint64_t old) {
    bool asked = false;
    for (const long end = milliseconds() + deadline_ms; milliseconds() < end; usleep(50)) {
        const std::uint64_t now = image_of(plan.pid);
        if (now == 0) return Fate::lost;
        if (now != old && signals_of(plan.pid).takes(SIGSEGV)) return Fate::well;
        // With a fault under way it is waited for, so that who asked finds a process that is well.
        asked = asked || asked_to_end(plan);
        if (asked && (old == 0 || now != old)) return Fate::asked;
    }
    return signals_of(plan.pid).takes(SIGSEGV) ? Fate::silent : Fate::helpless;
}

// Attaches, and stands.
bool stop_anywhere(Plan& plan, Tracee& tracee) {
    usleep(static_cast<useconds_t>(up_to(plan.random, plan.pause)));
    if (plan.poke != 0) kill(plan.pid, plan.poke);
    return tracee.seize() && tracee.interrupt();
}

// Attaches to a process that is about to execute another image, and stands as soon as that takes faults.
bool stop_early(Plan& plan, Tracee& tracee, std::uint64_t old) {
    if (!tracee.seize()) return false;
    if (image_of(plan.pid) != old) {
        if (!tracee.interrupt()) return false;
    } else {
        while (tracee.wait(deadline_ms) != Stop::executed) {
            if (tracee.last == Stop::gone || tracee.last == Stop::none) return false;
            tracee.resume(Tracee::continue_request);
        }
    }
    while (!signals_of(plan.pid).takes(SIGSEGV))
        if (!tracee.next_call()) return false;
    return true;
}

// Somewhere behind where it stands.
bool wander(Tracee& tracee, std::uint64_t calls, std::uint64_t steps) {
    bool there = true;
    for (; there && calls > 0; --calls) there = tracee.next_call();
    for (; there && steps > 0; --steps) there = tracee.next_step();
    return there;
}

const char* name_of(Stop stop) {
    switch (stop) {
        case Stop::interrupted:
            return "interrupted";
        case Stop::entry:
            return "entry";
        case Stop::exit:
            return "exit";
        case Stop::step:
            return "step";
        case Stop::executed:
            return "executed";
        default:
            return "elsewhere";
    }
}

// Makes it fault where it stands; false: it could not be done, and it goes on.
bool fault(Plan& plan, Tracee& tracee, long number, const std::string& where) {
    const Kind* kind = choose_kind(plan.pid, plan.kinds, plan.random);
    if (kind == nullptr) return false;
    if (plan.forget) forget_faults(plan.pid);
    const user_regs_struct registers = tracee.registers();
    // Said before it is done: the last line is of the fault that was one too many.
    say("fault " + std::to_string(number) + " " + kind->name + where + " at " + name_of(tracee.last) + " call " +
        std::to_string(static_cast<long>(registers.orig_rax)) + " pc " + std::to_string(registers.rip));
    return kind->cause(tracee, *kind, plan.random);
}

// Lets it go on from where it stands, and makes it fault.
bool go_on_and_fault(Plan& plan, Tracee& tracee, long number, bool early) {
    const std::uint64_t calls = up_to(plan.random, plan.calls);
    const std::uint64_t steps = up_to(plan.random, 1) == 0 ? 0 : up_to(plan.random, plan.steps);
    const std::string where =
        std::string(early ? " early" : "") + " calls " + std::to_string(calls) + " steps " + std::to_string(steps);
    return wander(tracee, calls, steps) && fault(plan, tracee, number, where);
}

Fate run(Plan& plan, long& number) {
    std::uint64_t faulted = plan.first ? image_of(plan.pid) : 0;  // the image that the last fault was in
    while (plan.count == 0 || number < plan.count) {
        Tracee tracee(plan.pid);
        const bool chosen = (plan.first && number == 0) || up_to(plan.random, 99) < plan.early;
        const bool early = faulted != 0 && chosen && !asked_to_end(plan);
        const Fate fate = early ? Fate::well : await_image(plan, faulted);
        if (fate != Fate::well) return fate;
        if (asked_to_end(plan)) return Fate::asked;
        if (!(early ? stop_early(plan, tracee, faulted) : stop_anywhere(plan, tracee)))
            return image_of(plan.pid) == 0 ? Fate::lost : Fate::silent;
        const std::uint64_t image = image_of(plan.pid);
        if (!go_on_and_fault(plan, tracee, number + 1, early)) continue;
        faulted = image;
        ++number;
    }
    return plan.awaits ? await_image(plan, faulted) : Fate::well;
}

Plan read_plan(const Words& words) {
    const auto positive = [&](const char* name, long otherwise) {
        return static_cast<std::uint64_t>(std::max(0L, number_setting(words, name, otherwise)));
    };
    Plan plan;
    plan.pid = number(words, 0, "1");
    plan.count = number_setting(words, "count", 0);
    plan.calls = positive("calls", 12);
    plan.steps = positive("steps", 200);
    plan.early = positive("early", 25);
    plan.pause = positive("pause", 0);
    plan.poke = static_cast<int>(number_setting(words, "poke", 0));
    plan.first = number_setting(words, "first", 0) != 0;
    plan.forget = number_setting(words, "forget", 1) != 0;
    plan.awaits = number_setting(words, "await", 1) != 0;
    plan.by_stdin = number_setting(words, "stdin", 0) != 0;
    plan.random.seed(positive("seed", 1));
    const std::string names = "," + setting(words, "kinds", "") + ",";
    for (const std::string& name : kind_names())
        if (names == ",," || names.find("," + name + ",") != std::string::npos) plan.kinds.push_back(name);
    return plan;
}

}  // namespace

// inject PID [count=N] [calls=MOST] [steps=MOST] [early=PERCENT] [first=1] [pause=MICROSECONDS] [poke=SIGNAL]
// [forget=0] [await=0] [stdin=1] [kinds=NAME,...] [seed=N] [proc=1]: a line a fault, the last line says how many there
// were and why there are no more. For x86_64 alone. proc: mounts a /proc for itself alone. first: PID is not mvinit
// yet.
int inject(const Words& words) {
    block(SIG_BLOCK, std::uint64_t{1} << (SIGCHLD - 1) | std::uint64_t{1} << (SIGTERM - 1));
    if (number_setting(words, "proc", 0) != 0) mount_own_proc();
    Plan plan = read_plan(words);
    long number = 0;
    const Fate fate = run(plan, number);
    struct Word {
        const char* text;
        int code;
    };
    const Word ends[] = {{"done", 0},
                         {"asked to end", 0},
                         {"the process has ended", lost_code},
                         {"no other image took over", silent_code},
                         {"it has no handler for faults", helpless_code}};
    const Word& end = ends[static_cast<int>(fate)];
    say("injected " + std::to_string(number) + ": " + end.text);
    return end.code;
}

}  // namespace probe
