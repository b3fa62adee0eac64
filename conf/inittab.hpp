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
    std::string id;      // 1 to 4 characters, blanks dropped
    std::string levels;  // of "0123456sabc" in that order; an empty field is "0123456"
    InitAction action = InitAction::off;
    std::string process;   // as init keeps it, without the "exec " that it puts before it
    std::size_t line = 0;  // of its first line, from 1
    bool operator==(const InittabEntry&) const = default;
};

// What became of one logical line (continuations joined).
enum class LineFate : std::uint8_t { entry, smf, comment, blank, dropped };
struct InittabLine {
    std::size_t line = 0;    // first physical line, from 1
    std::size_t offset = 0;  // in the file's bytes
    std::size_t length = 0;  // with its newline
    LineFate fate = LineFate::blank;
    std::size_t entry = 0;  // index into entries where fate is entry or smf
    std::string verdict;    // one sentence: what init will make of it
};

struct Inittab {
    std::vector<InittabEntry> entries;  // in file order, duplicates included
    std::vector<InittabLine> lines;     // every byte of the file belongs to just one of them
};
Inittab parse_inittab(std::string_view bytes);

}  // namespace conf
