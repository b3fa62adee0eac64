// What init needs of the platform around processes: signals as a descriptor, inheritance of orphans, and the
// privileges of a process about to be executed. Implemented in process_linux.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plumb/error.hpp"

namespace plumb {

// Signal numbers are Linux's everywhere in this program (see init/signals.hpp); what the platform calls the same
// signal, and back. Without a counterpart: 0.
int native_signal(std::int32_t number);
std::int32_t signal_from_native(int number);

// Blocks every signal of the calling process, at its default action; pending ones then wait, each with its own bit, and
// none can be lost. Those that are caught as faults stay so (see survival.hpp).
void block_all_signals();

// The least that keeps signals from being lost until block_all_signals(), which does the rest once faults are caught:
// on Linux nothing but the mask. On illumos the same as block_all_signals().
void hold_first_signals();

// Every signal at its default action and unblocked: for a child before exec. Async-signal-safe.
void default_all_signals();

// A non-blocking, close-on-exec descriptor that is readable while a signal is pending: signalfd on Linux; on illumos
// the reading end of a pipe to which a handler writes, with a flag for each signal, so that none can be lost.
Result<int> open_signals();

// Around a fork: none of our handlers may run in the child in our name. Linux: all signals are blocked all the time, so
// nothing is to be done. illumos: held by the parent before the fork, released by the parent after it; the child
// releases by default_all_signals() alone. Keep errno.
void hold_signals();
void release_signals();
class HeldSignals {
public:
    HeldSignals() { hold_signals(); }
    ~HeldSignals() { release_signals(); }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
};

struct ReceivedSignal {
    std::int32_t number = 0;  // 0: nothing pending
    std::int32_t sender = 0;  // pid, 0: the kernel
    bool announced = false;   // it is, or may stand for, what announce_readable() asked for
};
// illumos alone has it, see read_signals(). A real fault (si_code > 0) never arrives here, it takes its default action.
ReceivedSignal read_signal(int descriptor);

// Some that are pending; none: there are no more. Linux: one at a time, which await_signal() would have given, so that
// a next image of us finds it (see Live).
struct SignalBatch {
    std::array<ReceivedSignal, 8> signals;
    std::size_t count = 0;
};
SignalBatch read_signals(int descriptor);

// Whether await_signal() is to be had: on Linux it is, where open_signals() and it take from the same pending ones.
bool can_await_signals();

// The next pending signal, whichever; waits at most timeout_ms (-1: for ever). Number 0: none, or what is announced.
ReceivedSignal await_signal(std::int64_t timeout_ms);

// What was taken last is taken account of, or matters to nobody: a next image of us need not look at it.
void signal_is_told();
// What an earlier image of us took last, and may not have taken account of: number 0: nothing. done: what it had, of
// Live::signals. Before the first signal is taken.
ReceivedSignal signal_left(std::uint64_t done);

// From now on somebody's becoming readable arrives as a signal that await_signal() and read_signals() tell as number 0
// (fcntl(2), F_SETSIG). False: cannot be had.
bool announce_readable(int descriptor);
bool is_readable(int descriptor);  // now

// Waits for a pending signal of those given, at most timeout_ms (-1: for ever).
ReceivedSignal wait_signal(const std::vector<int>& numbers, std::int64_t timeout_ms);

// Orphans of our descendants become our children (Linux: PR_SET_CHILD_SUBREAPER).
Result<void> become_subreaper();
Result<void> set_parent_death_signal(int number);
bool is_subreaper();

// Gives up the caller's own controlling terminal, if standard input is that, so that the application can have it.
// Signals must be blocked.
void release_terminal();

// Gives the memory of the stack below the caller back to the kernel: what booting put there is needed no more.
void release_stack();

// A child that shares our memory until it executes a program or ends, so that nothing is copied for it.
struct SharingChild {
    std::int32_t pid = -1;  // -1: error says why
    int error = 0;
    void* place = nullptr;  // not null: it shares our memory still: hand this to end_sharing() once it has ended
};

// fork(2) for init/spawn.cpp alone. The child's pid is in Live::spawned; Linux: before it
// runs, also of those below.
std::int32_t fork_noted();

// Whether the platform has such children: Linux has (clone(2), CLONE_VM), illumos has not.
bool can_start_sharing();

// work(data) runs in the child, on a stack of its own of a few kilobytes, all signals blocked; it must execute a
// program or _exit, and data must stay as long as it shares. Waits for that, patience_ms at the most.
SharingChild start_sharing(int (*work)(void*), void* data, int patience_ms);
void end_sharing(void* place);

// Closes every descriptor from first on.
void close_from(int first);

// --- between fork and exec: async-signal-safe, 0 or errno -----------------------------------------------------------

// The standard input becomes the controlling terminal of the caller's new session; steal: even from a session that
// has it (needs CAP_SYS_ADMIN).
int take_terminal(bool steal);
int forbid_new_privileges();

// Bits of the capabilities to keep; bounding set first, while still root; then, after the change of user, permitted,
// inheritable and ambient, so that they live through exec.
int limit_capabilities(std::uint64_t keep);
int keep_capabilities_over_setuid();
int apply_capabilities(std::uint64_t keep);

// The bit of a capability name ("net_bind_service", "cap_net_bind_service"), or -1.
int capability_number(std::string_view name);

// The RLIMIT_ number of a limit's name in small letters, or -1.
int limit_number(std::string_view name);

}  // namespace plumb
