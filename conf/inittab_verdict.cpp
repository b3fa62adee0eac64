// One sentence for each line of an inittab: what init will make of it. "Blank zone" is a zone whose smf entry is not
// svc.startd: nobody gives init a level there, so that at boot only the sysinit entries and the smf entry run.
#include "conf/diagnostic.hpp"
#include "conf/inittab.hpp"

namespace conf {
namespace {

std::string drop_text(Drop drop) {
    constexpr std::string_view texts[] = {
        "",
        "the id is missing",
        "the id has more than 4 characters",
        "the levels have a letter that is none of 0-6, s, S, a, b, c",
        "the action is none that init knows",
        "with level s the action may only be wait, powerfail, powerwait or initdefault",
        "it is longer than the 506 bytes of command that init has room for",
        "it is not of the form id:levels:action:command",
        "the file is shorter than 10 bytes, which init takes for truncated and does not read",
    };
    return cat({"dropped without a word: ", texts[static_cast<std::size_t>(drop)]});
}

std::string smf_text(const Inittab& inittab, const InittabLine& line) {
    const InittabEntry& entry = inittab.entries[line.entry];
    if (line.entry != inittab.smf)
        return cat({"without effect: the smf entry on line ", std::to_string(inittab.entries[inittab.smf].line),
                    " replaces it"});
    if (entry.process.empty()) return "no command: init has no smf entry then and asks for maintenance";
    if (started_entry(inittab) == nullptr) {
        return cat({"discarded: ", std::to_string(entry.process.size() + 5), " bytes with the 'exec ', and init takes ",
                    std::to_string(longest_smf), "; it has no smf entry then and asks for maintenance"});
    }
    return "started after the sysinit entries, and again whenever its last process ends";
}

// "init 0, 5 or 6" for "056"
std::string asked_for(const std::string& levels) {
    std::string text = "init ";
    for (std::size_t at = 0; at < levels.size(); ++at) {
        if (at != 0) text += at + 1 == levels.size() ? " or " : ", ";
        text += levels[at];
    }
    return text;
}

std::string entry_text(const InittabEntry& entry) {
    switch (entry.action) {
        case InitAction::sysinit:
            return "run at boot before the smf entry, and waited for, with PATH=/sbin:/usr/sbin:/usr/bin";
        case InitAction::initdefault:
            return "ignored with a message: init takes its level from svc.startd alone";
        case InitAction::off:
            return "never run: its action is off";
        case InitAction::boot:
        case InitAction::bootwait:
            return "never run: when init looks for boot entries it has no level yet";
        case InitAction::powerfail:
        case InitAction::powerwait:
            return cat(
                {"run when power fails, but in a blank zone only after somebody asked for ", asked_for(entry.levels)});
        case InitAction::once:
        case InitAction::wait:
            return cat({"not run at boot in a blank zone, only when somebody asks for ", asked_for(entry.levels)});
        case InitAction::respawn:
        case InitAction::ondemand:
            break;
    }
    return cat({"not run at boot in a blank zone, only kept running once somebody asks for ", asked_for(entry.levels)});
}

std::string line_text(const Inittab& inittab, const InittabLine& line) {
    switch (line.fate) {
        case LineFate::comment:
            return "comment";
        case LineFate::blank:
            return "blank";
        case LineFate::dropped:
            return drop_text(line.drop);
        case LineFate::smf:
            return smf_text(inittab, line);
        case LineFate::entry:
            break;
    }
    return entry_text(inittab.entries[line.entry]);
}

}  // namespace

void explain(Inittab& inittab) {
    for (InittabLine& line : inittab.lines) line.verdict = line_text(inittab, line);
    if (inittab.endless())
        inittab.lines.back().verdict +=
            "; but as its newline is missing init reads the file over and over and starts no smf entry at all";
}

}  // namespace conf
