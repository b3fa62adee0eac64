#include "init/services_text.hpp"

#include <cstring>
#include <utility>

#include "conf/diagnostic.hpp"
#include "conf/text.hpp"

namespace init {

using conf::cat;
using conf::InitAction;
using conf::InittabEntry;

namespace {

std::string place(std::size_t line) {
    return cat({inittab_file, ":", std::to_string(line), ": "});
}

const char* fate(const InittabEntry& entry, bool run) {
    if (run && turn_of(entry.action) == Turn::power) return ": run on SIGPWR, instead of power-off: ";
    if (run && entry.action == InitAction::respawn) return ": run, again and again: ";
    if (run) return is_waited_for(entry.action) ? ": run, waited for: " : ": run: ";
    if (entry.id == "smf") return ": not run, mvinit is the init here: ";
    return turn_of(entry.action) == Turn::never ? ": never run: " : ": not run at this level: ";
}

// One place for what is long when it is inlined.
void put(std::vector<std::string>& notes, std::string&& note) {
    notes.push_back(std::move(note));
}

void add(std::vector<std::string>& notes, const InittabEntry& entry, bool run) {
    put(notes, cat({entry_name(entry), fate(entry, run), conf::json_escape(entry.process)}));
}

}  // namespace

std::string entry_name(const InittabEntry& entry) {
    return cat({place(entry.line), conf::json_escape(entry.id), " (", conf::action_name(entry.action), ")"});
}

std::string ended_text(const InittabEntry& entry, const Ended& ended) {
    if (ended.code < 0 && ended.signal == 0) return entry_name(entry) + " ended: its contract is empty";
    const std::string what =
        ended.signal != 0 ? conf::signal_name(ended.signal) : "exit code " + std::to_string(ended.code);
    return cat({entry_name(entry), " ended: ", what});
}

std::string inhibited_text(const InittabEntry& entry) {
    static_assert(spawn_limit == 10 && spawn_interval_ms == 120'000 && spawn_inhibit_ms == 300'000);
    return cat({entry_name(entry),
                ": command is respawning too rapidly, 10 times within 2m: left alone until 7m after the first of them, "
                "or until SIGHUP; check for possible errors: ",
                conf::json_escape(entry.process)});
}

std::string not_started_text(const InittabEntry& entry, const char* stage, int error) {
    static_assert(spawn_pause_ms == 20'000);
    const bool again = entry.action == InitAction::respawn;
    return cat({entry_name(entry), ": ", stage, " /sbin/sh: ", std::strerror(error),
                ": is it, or /bin/sh, in the image with all it needs?", again ? "; trying again in 20s" : ""});
}

std::string level_text(const conf::Inittab& inittab, int wanted) {
    return cat({inittab_file, ": run level ", std::to_string(run_level(inittab, wanted)),
                wanted >= 0 ? " ([inittab] level)" : " (its initdefault, else 3)"});
}

std::string line_text(const conf::InittabLine& line) {
    return place(line.line) + line.verdict;
}

void note_inittab(std::vector<std::string>& notes, const conf::Inittab& inittab, int wanted) {
    const int level = run_level(inittab, wanted);
    put(notes, level_text(inittab, wanted));
    for (int turn = 0; turn < static_cast<int>(Turn::never); ++turn)
        for (const InittabEntry& entry : inittab.entries)
            if (static_cast<int>(turn_of(entry.action)) == turn && is_run_at(entry, level)) add(notes, entry, true);
    for (const InittabEntry& entry : inittab.entries)
        if (!is_run_at(entry, level) && entry.action != InitAction::initdefault) add(notes, entry, false);
    for (const conf::InittabLine& line : inittab.lines)
        if (line.fate == conf::LineFate::dropped) put(notes, line_text(line));
}

}  // namespace init
