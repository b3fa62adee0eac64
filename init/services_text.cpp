#include "init/services_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "conf/diagnostic.hpp"
#include "conf/text.hpp"
#include "plumb/error.hpp"

namespace init {

using conf::cat;
using conf::InitAction;
using conf::InittabEntry;

namespace {

std::string place(std::size_t line) {
    return cat({inittab_file, ":", std::to_string(line), ": "});
}

std::string name(std::size_t line, const std::string& id, InitAction action) {
    return cat({place(line), conf::json_escape(id), " (", conf::action_name(action), ")"});
}

std::string duration(std::uint64_t ms) {
    return conf::duration_text(std::chrono::milliseconds(ms));
}

constexpr InitAction order[][3] = {
    {InitAction::sysinit, InitAction::sysinit, InitAction::sysinit},
    {InitAction::boot, InitAction::bootwait, InitAction::bootwait},
    {InitAction::wait, InitAction::once, InitAction::respawn},
    {InitAction::powerfail, InitAction::powerwait, InitAction::powerwait},
};

bool is_one_of(InitAction action, const InitAction (&stage)[3]) {
    return std::find(std::begin(stage), std::end(stage), action) != std::end(stage);
}

std::string level_note(const conf::Inittab& inittab, int wanted) {
    const auto is_default = [](const InittabEntry& entry) { return entry.action == InitAction::initdefault; };
    const auto found = std::find_if(inittab.entries.begin(), inittab.entries.end(), is_default);
    const bool by_file = found != inittab.entries.end() && found->levels.find_first_of("0123456") != std::string::npos;
    const char* why = wanted >= 0 ? "[inittab] level says so" : by_file ? "its initdefault" : "nothing says another";
    return cat({inittab_file, ": run level ", std::to_string(run_level(inittab, wanted)), ": ", why});
}

// Whether an entry before this one has its id and is run, too.
bool shares_id(const conf::Inittab& inittab, const InittabEntry& entry, int level) {
    for (const InittabEntry& other : inittab.entries) {
        if (other.line >= entry.line) return false;
        if (other.id == entry.id && is_run_at(other, level)) return true;
    }
    return false;
}

std::string run_note(const conf::Inittab& inittab, const InittabEntry& entry, int level) {
    const char* how = is_waited_for(entry.action)           ? ", waited for"
                      : entry.action == InitAction::respawn ? ", started again when it ends"
                                                            : "";
    const char* shared =
        shares_id(inittab, entry, level) ? ", but not while a process of the earlier entry with its id lives" : "";
    return cat(
        {name(entry.line, entry.id, entry.action), ": run", how, shared, ": ", conf::json_escape(entry.process)});
}

std::string skip_note(const InittabEntry& entry) {
    const std::string begin = name(entry.line, entry.id, entry.action) + ": not run: ";
    if (entry.id == "smf") return begin + "mvinit is the init here";
    if (entry.action == InitAction::off) return begin + "off";
    if (entry.action == InitAction::ondemand) return begin + "only the levels a, b and c start it";
    return begin + "it is for " + entry.levels;
}

void add_runs(std::vector<std::string>& notes, const conf::Inittab& inittab, int level) {
    for (const auto& stage : order) {
        if (is_one_of(InitAction::powerfail, stage)) {
            const auto first = std::find_if(
                inittab.entries.begin(), inittab.entries.end(),
                [&](const InittabEntry& entry) { return is_one_of(entry.action, stage) && is_run_at(entry, level); });
            if (first != inittab.entries.end())
                notes.push_back(cat({inittab_file, ": SIGPWR does not power off but runs what follows"}));
        }
        for (const InittabEntry& entry : inittab.entries)
            if (is_one_of(entry.action, stage) && is_run_at(entry, level))
                notes.push_back(run_note(inittab, entry, level));
    }
}

}  // namespace

std::string service_name(const Service& service) {
    return name(service.line, service.id, service.action);
}

std::string ended_text(const Service& service, const Ended& ended) {
    const std::string how = ended.signal != 0 ? " killed by " + conf::signal_name(ended.signal)
                                              : " exited with code " + std::to_string(ended.code);
    return cat({service_name(service), how, service.action == InitAction::respawn ? ": starting it again" : ""});
}

std::string inhibited_text(const Service& service) {
    return cat({service_name(service), ": command is respawning too rapidly, ", std::to_string(spawn_limit),
                " times within ", duration(spawn_interval_ms), ": left alone until ",
                duration(spawn_interval_ms + spawn_inhibit_ms),
                " after the first of them, or until SIGHUP; check for possible errors: \"",
                conf::json_escape(service.process), "\""});
}

std::string not_started_text(const Service& service, const char* stage, int error) {
    const std::string again =
        service.action == InitAction::respawn ? "; trying again in " + duration(spawn_pause_ms) : std::string();
    const plumb::Error found{
        stage, "/sbin/sh", error, "",
        "it runs every entry of inittab: is it, or /bin/sh, in the image with what it needs?" + again};
    return cat({service_name(service), ": ", plumb::to_text(found)});
}

std::vector<std::string> inittab_notes(const conf::Inittab& inittab, int wanted) {
    const int level = run_level(inittab, wanted);
    std::vector<std::string> notes{level_note(inittab, wanted)};
    add_runs(notes, inittab, level);
    for (const InittabEntry& entry : inittab.entries)
        if (!is_run_at(entry, level) && entry.action != InitAction::initdefault) notes.push_back(skip_note(entry));
    for (const conf::InittabLine& line : inittab.lines)
        if (line.fate == conf::LineFate::dropped) notes.push_back(place(line.line) + line.verdict);
    return notes;
}

}  // namespace init
