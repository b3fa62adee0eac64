// Programs of an illumos image that mvinit runs, as a Linux program under all their names: each checks its arguments,
// its environment and what must have been done before as the real one would, notes that it was asked, and changes the
// stand-in machine. Nothing of a network is really touched. What they know is in /standin:
//
//   zone       the machine, see ../kernel/machine.hpp
//   commands   what was asked, a line each: "0 /sbin/ifconfig lo0 plumb 127.0.0.1 up"; the exit status comes first, a
//              variable that matters stands before the program, the reason of a refusal after " # "
//   net/       what was done: soconfig, dlmgmtd, ipmgmtd, lease, IF (an interface: its addresses, a line each)
#pragma once

#include <string>

#include "../kernel/machine.hpp"

namespace standin {

// How a program ends: its exit status, and why it refused.
struct Answer {
    int status = 0;
    std::string reason;
};
Answer refuse(const std::string& reason, int status = 1);

// --- what was done
bool is_done(const std::string& what);  // under /standin/net
void note_done(const std::string& what, const std::string& line = "");

// --- addresses: "10.0.0.5/24", "2001:db8::1/64"
bool is_address(const std::string& text);   // without a prefix
bool is_prefixed(const std::string& text);  // with one
bool covers(const std::string& prefixed, const std::string& address);

// Turns the caller into a daemon that lives until it is killed; returns in the process that was started, once ready has
// run in the daemon (0: it is ready).
int become_daemon(Answer (*ready)());

// --- the programs; words[0] is their name
Answer ifconfig(const Words& words);
Answer route(const Words& words);
Answer dhcpinfo(const Words& words);
Answer soconfig(const Words& words);
Answer devfsadm(const Words& words);
Answer dlmgmtd(const Words& words);
Answer ipmgmtd(const Words& words);
Answer ndpd(const Words& words);
Answer autopush(const Words& words);
Answer ufs_mount(const Words& words);

}  // namespace standin
