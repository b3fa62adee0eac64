// Faults of PID 1 itself. On Linux the kernel panics where an init dies: a handler executes mvinit again in the same
// process, and where that cannot be done a minimal loop, which is there already and locked, keeps the application.
// illumos's kernel executes a dead init again by itself, as far as the handler does not.
// Implemented in survival_*.cpp and last_resort_*.cpp.
#pragma once

#include <array>
#include <cstdint>

namespace plumb {

// What a signal to PID 1 means to the minimal loop.
enum class Asks : std::uint8_t { nothing, forward, exit, poweroff, reboot, halt };

// All that the fault handler and the minimal loop know; plain values in memory that is locked, so that they can be used
// in the midst of anything. init keeps them current.
struct LastResort {
    std::int32_t owner = 0;  // our pid: a child that has a fault is none of this
    std::int32_t app_pid = 0;
    std::int32_t contract = 0;  // illumos: the application's
    std::int32_t app_code = 0;  // of its end, once this loop has seen it
    std::int32_t stop_signal = 15;
    std::uint32_t stop_timeout_ms = 10'000;  // 0: none
    bool machine = false;                    // ends by reboot(2); else by _exit
    bool stopping = false;                   // the application was told to go before the fault
    bool to_group = false;                   // signals that go on go to the application's process group
    Asks end = Asks::exit;  // what the machine does once an application that nobody stopped has ended and mvinit
                            // cannot be executed; and what a stop that is under way is for
    bool power_off_by_reboot = false;
    bool owns_kernel = true;                 // false: where the machine cannot be ended, to exit is the next best
    std::array<Asks, 65> asks{};             // by Linux's signal number
    std::array<std::uint8_t, 65> rewrite{};  // what forward sends instead; 0: nothing
    int program = -1;                        // our executable file, open: what is executed again
    int listener = -1;                       // control socket
    int watchdog = -1;                       // hardware watchdog: goes on being fed
    std::uint32_t feed_ms = 0;
    const char* path = nullptr;   // where the program was executed from, for when program is -1; in memory that stays
    char* const* argv = nullptr;  // as mvinit was started with: of the initial stack
    char* const* env = nullptr;
    const void* state = nullptr;  // what goes on to the next image, in a file that is made then; null: nothing
    std::uint32_t state_size = 0;
    bool alone = false;      // there can be no next image that knows what this one does
    const char* phase = "";  // what mvinit is doing: "booting", "running", "stopping"; static text
    const char* step = "";   // the last step, in memory that stays
};
extern LastResort last_resort;

// Installs the handler of SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS and SIGTRAP, on a stack of its own: one that
// another process has sent is put back as a pending, blocked signal, to be taken like any other. block_all_signals(),
// which comes after it, unblocks these. last_resort.owner, argv, env and path are set before. illumos: that stack
// alone.
void catch_faults();

// The signals that are caught by this process, a bit each from 1 on; a child of it catches none.
std::uint64_t caught_signals();

// Opens our own program for last_resort, and locks what the minimal loop needs. Once, after the application was
// started: it costs time.
void prepare_last_resort();

// Executes the program of descriptor (-1: last_resort's) in our place, with all of last_resort.argv and env as they
// are; the descriptors of live->kept go on to it. A limit of memory that is too low for that, which would end us in the
// midst of it, is raised: see Live::limits. illumos, which has no fexecve(3C) in older releases: the program at
// last_resort.path; but for 0 to 2 no descriptor goes on, as where the kernel executes an init that has died. Returns
// errno, with all as it was before.
int execute_in_place(int descriptor);

// In a child, before it executes something: the limits of memory are what they were before execute_in_place() raised
// them, where that had to. Async-signal-safe. illumos: nothing is raised.
void limit_as_started();

// Opens the file at path for execute_in_place(), close-on-exec; -1 and errno: ENOEXEC where it is no program of our own
// kind of machine, EACCES where it is not executable.
int open_program(const char* path);

// Reaps, passes signals on, and ends as last_resort says, with nothing but locked memory; executes mvinit again once
// that may help.
[[noreturn]] void last_resort_loop();

// To be called with every signal that was taken: one that was put back is unblocked again, so that a fault is caught.
void signal_was_taken(std::int32_t number);

// The path that we were executed by, as the kernel has it (AT_EXECFN; illumos: getexecname(3C)), in memory that stays;
// "" where there is none.
const char* path_at_start();

// Whether what this image has, its descriptors above all, can go on to the next one. On illumos it cannot: the kernel
// closes them where it executes an init again.
bool can_survive();

}  // namespace plumb
