// mvinit's own entries in an inittab: putting them in and taking them out. Bytes in, bytes out; every byte that is not
// part of these entries stays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/inittab.hpp"

namespace conf {

struct InittabEdit {
    std::string text;  // the whole file; what it was where nothing is to be changed
    bool changed = false;
    std::string refusal;             // not empty: nothing may be written, and why
    std::vector<std::string> notes;  // what was changed, a line each
};

// Makes command what the smf entry runs (the entry that counts is replaced, or one is added at the end) and adds
//   mv0:0:once:PROGRAM halt    mv5:5:once:PROGRAM poweroff    mv6:6:once:PROGRAM reboot
// where PROGRAM is command's first word: without svc.startd nobody else ends the zone on `init 0/5/6`, which is also
// what `zoneadm shutdown` asks for. A newline that is missing at the end is added. Entries of ours with another program
// are brought up to date, strange ones with our ids refused. Doing it twice changes nothing the second time.
InittabEdit install_entries(std::string_view now, std::string_view command);

// Undoes that: our entries go, the smf entry is original's again, other changes made since stay. Where there are none
// the result is original to the byte. A smf entry that somebody has pointed elsewhere since stays.
InittabEdit remove_entries(std::string_view now, std::string_view original);

// Something in it is ours: one of mv0, mv5, mv6, or a smf entry that runs a program named mvinit.
bool has_our_entries(const Inittab& inittab);

// The entry is just what install_entries() would add for it, with whatever program.
bool is_level_entry(const InittabEntry& entry);

// The program that sh would execute for "exec PROCESS": the first word; "" where that takes a shell to tell (quotes,
// variables, redirections before it).
std::string program_of(std::string_view process);

}  // namespace conf
