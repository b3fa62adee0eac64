// Process contracts, the only way on illumos to know a program with all its descendants (contract(5), process(5)). On
// Linux there are none: have_contracts() is false and nothing else here does anything. Implemented in
// contracts_linux.cpp and contracts_illumos.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "plumb/error.hpp"

namespace plumb {

using ContractId = std::int32_t;  // ctid_t; 0: none

// Whether /system/contract/process is there. Without it illumos init itself does not start a shim.
bool have_contracts();

// Whether an init or shim that has ended is executed again, while the application runs on in its contract: the next one
// is to be told what was. The same for every process of a platform, so that the linker drops the rest of Linux's.
bool is_started_again();

// The next fork's child begins a contract of its own: critical EMPTY, fatal HWERR, INHERIT, so that neither its core
// dump nor a signal from outside takes us down with it, and that the next mvinit can adopt it when we die.
// cookie: tells the holder's contracts apart: cookie_application, cookie_helper, or cookie_entry with the four bytes of
// an inittab entry's id below it.
inline constexpr std::uint64_t cookie_application = 0x6d76'0001;
inline constexpr std::uint64_t cookie_helper = 0x6d76'0002;
inline constexpr std::uint64_t cookie_entry = 0x6d76'0003'0000'0000;
Result<void> open_contract(std::uint64_t cookie);

// After that fork, in parent and child: forks are ordinary again. Async-signal-safe, keeps errno.
void close_contract_template();

// In the parent, after a fork that succeeded and before close_contract_template(): the contract that it began; 0: none,
// as where open_contract() failed, or not to be had.
ContractId latest_contract();

// A close-on-exec descriptor that is readable while a contract that we hold has an event: .../process/pbundle.
Result<int> open_contract_events();

struct ContractEvent {
    ContractId id = 0;   // 0: nothing there
    bool empty = false;  // the last member is gone; the contract has been abandoned
};
// Takes one event, acknowledging it if it is critical. Never blocks. The kernel queues EMPTY before the last member
// can be waited for, so who has reaped a process has its contract's EMPTY here.
ContractEvent read_contract_event(int descriptor);

// Sends signo (Linux's number) to every member: sigsend(P_CTID). 0 or errno; ESRCH: it is empty.
int signal_contract(ContractId id, std::int32_t signo);

// Gives the contract up: its members go on, unheld.
void abandon_contract(ContractId id);

struct HeldContract {
    ContractId id = 0;
    std::uint64_t cookie = 0;
    bool empty = false;  // the last member is gone, which its event has told or is going to tell
};
// The contracts that are ours after we were executed again in place, and those of a dead predecessor that init
// inherited for us, which are adopted (CT_CADOPT).
std::vector<HeldContract> find_contracts();

}  // namespace plumb
