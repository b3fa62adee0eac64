// A stand-in for the illumos kernel on Linux, linked into mvinit's illumos build ("hosted"): the calls that Linux does
// not have under their illumos prototypes, and what --wrap diverts. Every call is appended to /standin/calls as
// "name(arguments) = result"; the machine is described by /standin/zone (see machine.hpp), and what concerns
// other processes is told to PID 1 through the FIFO /standin/control.
//
// Contracts: N is the directory /system/contract/process/N with the FIFO "members" and the file "status" (key=value).
// A member is a process that holds the FIFO open for writing as descriptor 240, which fork and exec hand on. The kernel
// closes files before it makes a zombie of a process, so that a contract is empty before its last member can be
// waited for, as on illumos.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kernel {

inline constexpr int member_descriptor = 240;
inline constexpr int trigger_descriptor = 241;  // of the thread that executes us again

// CT_PR_EV_*, CT_PR_* of sys/contract/process.h, by number: what is checked here must not be taken from the
// declarations that the program was compiled with.
inline constexpr unsigned event_empty = 1, event_core = 8, event_signal = 0x10, event_hwerr = 0x20;
inline constexpr unsigned param_inherit = 1, param_noorphan = 2, param_regent = 8;

void record(const char* format, ...) __attribute__((format(printf, 1, 2)));
void tell_pid1(const std::string& line);

struct Status {
    std::uint64_t cookie = 0;
    int holder = 0;           // a pid; 0: nobody
    int holder_contract = 0;  // the holder's own contract when it became that
    std::string state;        // owned, inherited, orphan, dead
    unsigned fatal = 0, critical = 0, info = 0, param = 0;
    int regent = 0;
};
Status read_status(int contract);
void write_status(int contract, const Status& status);
std::vector<int> every_contract();
std::string contract_path(int contract, const char* name);
// The contract that descriptor 240 makes us a member of; 0: none that is known here.
int own_contract();
// The contract whose directory holds the file behind a descriptor; 0: not such a file.
int contract_of(int descriptor);
std::string path_of(int descriptor);
// signo to every member but ourselves; how many got it.
int signal_members(int contract, int signo);

// The template, as set through its descriptor.
struct Template {
    bool active = false;
    std::uint64_t cookie = 0;
    unsigned fatal = event_hwerr, critical = event_empty | event_hwerr, info = event_core | event_signal, param = 0;
};
Template& current_template();

// --- what we hold
int new_contract(const Template& from, int& writer);  // its id; writer: for the member to be
void discard_contract(int contract);                  // fork failed
int latest();
void hold(int contract);
bool holds(int contract);
void let_go(int contract);
int open_bundle(int flags);

// Executes the program again in place, as the kernel does with an init that has ended.
[[noreturn]] void again();
[[noreturn]] void execute_anew();
bool is_init();

}  // namespace kernel
