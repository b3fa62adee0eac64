// A process that is made to fault, and how: what the parts of `probe inject` share. For x86_64 alone: the faults are
// made of its registers and instructions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <sys/types.h>
#include <vector>

struct user_regs_struct;

namespace probe {

using Random = std::mt19937_64;

// A number from 0 to most.
inline std::uint64_t up_to(Random& random, std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>{0, most}(random);
}

// ---- what the kernel tells of a process in /proc: inject_image.cpp

// Another one with every program that the process executes, as the kernel lays out each at random; 0: it has ended.
std::uint64_t image_of(pid_t pid);

struct SignalState {
    std::uint64_t caught = 0, blocked = 0;

    [[nodiscard]] bool takes(int signal) const {
        const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
        return (caught & bit) != 0 && (blocked & bit) == 0;
    }
};

SignalState signals_of(pid_t pid);
pid_t inner_pid(pid_t pid);  // in its own pid namespace
void mount_own_proc();       // for where /proc is not mounted yet, or not for us

// Where mvinit has what it keeps for its next image; 0: it has none, or not yet.
std::uint64_t find_live(pid_t pid);

// Makes the faults that mvinit remembers forgotten, so that the next one counts as the only one.
void forget_faults(pid_t pid);

// ---- its machine code

struct Instruction {
    const char* name;
    std::array<unsigned char, 2> bytes;
    std::size_t size;
};

// Where in its executable memory these bytes stand, at random; 0: nowhere.
std::uint64_t find_instruction(pid_t pid, const Instruction& instruction, Random& random);

// ---- control over it: inject_tracee.cpp

enum class Stop { interrupted, entry, exit, step, executed, signal, gone, none };

class Tracee {
public:
    explicit Tracee(pid_t which) : pid(which) {}
    ~Tracee();
    Tracee(const Tracee&) = delete;
    Tracee& operator=(const Tracee&) = delete;

    // From here on it is ours, and runs on.
    bool seize();
    // It stands, unless it has ended.
    bool interrupt();
    // To the next entry to or exit from a system call, or for one instruction; interrupted where that takes too long.
    bool next_call() { return go_on(syscall_request); }
    bool next_step() { return go_on(step_request); }
    // Until it stands for a reason: none if that takes more than ms.
    Stop wait(int ms);
    void resume(int request);
    // It goes its way, with a signal if there is one.
    void release(int signal = 0);

    [[nodiscard]] user_regs_struct registers() const;
    // What was under way in the kernel is not continued.
    void set(user_regs_struct registers);

    static const int continue_request, syscall_request, step_request;

    const pid_t pid;
    Stop last = Stop::none;
    int signal = 0;  // of the last stop, to be passed on
    bool attached = false;

private:
    bool go_on(int request);
};

// ---- faults: inject_faults.cpp

struct Kind {
    const char* name;
    int signal;
    // Makes the tracee fault as soon as it runs, and lets it.
    bool (*cause)(Tracee& tracee, const Kind& kind, Random& random);
    Instruction instruction;  // where it stands
};

std::vector<std::string> kind_names();
// One of these names that the process has a handler and the instruction for; nothing if there is none.
const Kind* choose_kind(pid_t pid, const std::vector<std::string>& names, Random& random);

}  // namespace probe
