// /etc/inittab with exactly illumos init's grammar and limits (usr/src/cmd/init/init.c of illumos-gate, getcmd()):
// given any bytes, what init would make of each line. Pure; no input can make it fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

enum class InitAction : std::uint8_t {
    off,
    respawn,
    ondemand,
    once,
    wait,
    boot,
    bootwait,
    powerfail,
    powerwait,
    initdefault,
    sysinit,
};
std::string_view action_name(InitAction action);

struct InittabEntry {
    std::string id;      // 1 to 4 characters, blanks dropped; NULs at its end are no part of it
    std::string levels;  // of "0123456sabc" in that order; an empty field is "0123456"
    InitAction action = InitAction::off;
    std::string process;   // as sh gets it, without the "exec " that init puts before it
    std::size_t line = 0;  // of its first line, from 1
    bool operator==(const InittabEntry&) const = default;
};

// What became of one logical line (continuations joined).
enum class LineFate : std::uint8_t { entry, smf, comment, blank, dropped };

// Why init drops a line, which it does without a word.
enum class Drop : std::uint8_t {
    none,
    no_id,
    long_id,        // over 4 characters
    level,          // a letter that is no level
    action,         // no such action
    single_user,    // level s with an action that it does not allow
    too_long,       // init's buffer holds 511 bytes with the "exec "
    missing_field,  // fewer than three colons
    tiny_file,      // under 10 bytes: init reads none of it
};

struct InittabLine {
    std::size_t line = 0;    // first physical line, from 1
    std::size_t offset = 0;  // in the file's bytes
    std::size_t length = 0;  // with its newline
    LineFate fate = LineFate::blank;
    Drop drop = Drop::none;
    std::size_t entry = 0;  // index into entries where fate is entry or smf
    std::string verdict;    // one sentence: what init will make of it
    bool operator==(const InittabLine&) const = default;
};

inline constexpr std::size_t no_entry = ~std::size_t{0};
inline constexpr std::size_t smallest_inittab = 10;  // bytes; init takes less as truncated or corrupted
inline constexpr std::size_t longest_smf = 255;      // bytes of the smf command with its "exec "

struct Inittab {
    std::vector<InittabEntry> entries;  // in file order, duplicates included
    std::vector<InittabLine> lines;     // every byte of the file belongs to just one of them
    std::size_t smf = no_entry;         // the last entry with the id smf; the ones before it count for nothing
    bool ended = true;                  // the last line has its newline (not one that a backslash takes)
    // The last line is an entry and has no newline: init takes it, has closed the file by then, and at its next look
    // for an entry opens it again from the top, for ever: no smf entry is started.
    bool endless() const {
        return !ended && !lines.empty() && (lines.back().fate == LineFate::entry || lines.back().fate == LineFate::smf);
    }
};
Inittab parse_inittab(std::string_view bytes);

// The smf entry that init would start, or nullptr: absent, no command, or too long.
const InittabEntry* started_entry(const Inittab& inittab);

// Fills in every line's verdict; parse_inittab() has done so.
void explain(Inittab& inittab);

}  // namespace conf
