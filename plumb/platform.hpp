// What init needs of the platform beside System. Implemented in system_linux.cpp and its neighbours
// (*_linux.cpp); CMake picks the platform's files.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "conf/config.hpp"
#include "plumb/error.hpp"
#include "plumb/facts.hpp"
#include "plumb/system.hpp"

namespace plumb {

// Runs a command for System::run; init owns fork, waitpid and the signals, so it lends them.
class CommandRunner {
public:
    virtual ~CommandRunner() = default;
    virtual Result<void> run(const Command& command, Deadline deadline) = 0;
    // The same, and what it wrote to standard output, at most 4096 bytes (more is an error).
    virtual Result<std::string> output(const Command& command, Deadline deadline) = 0;
    // True once an end was asked for: whatever waits gives up then.
    virtual bool stop_wanted() { return false; }
};

// runner outlives the system.
std::unique_ptr<System> make_system(CommandRunner& runner);

// Who we are, how we came to run and in which role. Safe as any pid.
// wanted: what the command lines say of the role; automatic lets the facts decide.
// illumos: the zone, its init's pid, the cookie of our own contract (see Start).
// Linux: PID 1 for which reboot(RB_DISABLE_CAD) succeeds is a machine's init; in any other pid namespace the call is
// EINVAL (kernel/pid_namespace.c, reboot_pid_ns). It leaves ctrl-alt-del as a signal, which is what an init wants.
Facts identify(conf::Role wanted);

// What is mounted, by stat(2) alone: works with no /proc.
void look_around(Facts& facts);

inline Facts gather_early_facts(conf::Role wanted) {
    Facts facts = identify(wanted);
    look_around(facts);
    return facts;
}

// Whether all but identify() is of interest only to a configuration that asks for something of the machine.
bool facts_can_wait(const Facts& facts);

// The rest, once /proc and /sys are there: kernel, command line, NICs, directories, power.
void gather_facts(Facts& facts);

// Whole contents of a file of at most limit bytes; larger is an error (EFBIG).
Result<std::string> read_file(const std::string& path, std::size_t limit);

// Whether so many descriptors are to be had.
bool can_open(int count);

// Unmounts what can be, from the last mount to the first, remounts read-only what cannot, and syncs. Never the
// file systems of a machine that is not ours: call only when facts.owns_kernel. Returns what could not be left clean.
std::vector<Error> leave_file_systems();

// Ends the machine or, in a pid namespace, ends that. Does not return when it works.
Error end_machine(conf::EndAction action);

// Sends signo (Linux's number) to every process but ourselves: PID 1: kill(-1); else all descendants, found through
// /proc. illumos: kill(-1) only as PID 1 of the global zone, which it skips; a zone's init it would hit (os/procset.c),
// so there every contract that we hold is signalled.
void signal_everyone(int signo);

// A descriptor that becomes readable when the power button is pressed (Linux: the kernel's acpi_event generic
// netlink multicast), and its reader: true when what was read was the button. -1: not to be had, error says why.
Result<int> open_power_button();
bool read_power_button(int descriptor);

}  // namespace plumb
