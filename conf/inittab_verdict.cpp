#include <utility>

#include "conf/inittab.hpp"
#include "conf/writer.hpp"

namespace conf {
namespace {

const char* drop_text(Drop drop) {
    switch (drop) {
        case Drop::none:
            break;
        case Drop::no_id:
            return "the id is missing";
        case Drop::long_id:
            return "the id has more than 4 characters";
        case Drop::level:
            return "the levels have a letter that is none of 0-6, s, S, a, b, c";
        case Drop::action:
            return "the action is none that init knows";
        case Drop::single_user:
            return "with level s the action may only be wait, powerfail, powerwait or initdefault";
        case Drop::too_long:
            return "it is longer than the 506 bytes of command that init has room for";
        case Drop::missing_field:
            return "it is not of the form id:levels:action:command";
        case Drop::tiny_file:
            return "the file is shorter than 10 bytes, which init takes for truncated and does not read";
    }
    return "";
}

void put_smf(Writer& out, const Inittab& inittab, const InittabLine& line) {
    const InittabEntry& entry = inittab.entries[line.entry];
    if (line.entry != inittab.smf) {
        out << "without effect: the smf entry on line " << inittab.entries[inittab.smf].line << " replaces it";
    } else if (started_entry(inittab) != nullptr) {
        out << "started after the sysinit entries, and again whenever its last process ends";
    } else {
        if (entry.process.empty())
            out << "no command";
        else
            out << "discarded, as with 'exec ' it has " << entry.process.size() + 5 << " bytes and init takes 255";
        out << ": init asks for maintenance";
    }
}

// "init 0, 5 or 6" for "056"
void put_asked_for(Writer& out, const std::string& levels) {
    out << " for init ";
    for (std::size_t at = 0; at < levels.size(); ++at) {
        if (at != 0) out << (at + 1 == levels.size() ? " or " : ", ");
        out << std::string_view(levels).substr(at, 1);
    }
}

void put_entry(Writer& out, const InittabEntry& entry) {
    switch (entry.action) {
        case InitAction::sysinit:
            out << "run at boot before the smf entry, and waited for, with PATH=/sbin:/usr/sbin:/usr/bin";
            return;
        case InitAction::initdefault:
            out << "ignored with a message: init takes its level from svc.startd alone";
            return;
        case InitAction::off:
            out << "never run: its action is off";
            return;
        case InitAction::boot:
        case InitAction::bootwait:
            out << "never run: when init looks for boot entries it has no level yet";
            return;
        case InitAction::powerfail:
        case InitAction::powerwait:
            out << "run when power fails, but in a blank zone only after somebody asked";
            break;
        case InitAction::once:
        case InitAction::wait:
            out << "not run at boot in a blank zone, only when somebody asks";
            break;
        case InitAction::respawn:
        case InitAction::ondemand:
            out << "not run at boot in a blank zone, only kept running once somebody asks";
            break;
    }
    put_asked_for(out, entry.levels);
}

}  // namespace

std::string verdict(const Inittab& inittab, const InittabLine& line) {
    Writer out;
    switch (line.fate) {
        case LineFate::comment:
            out << "comment";
            break;
        case LineFate::blank:
            out << "blank";
            break;
        case LineFate::dropped:
            out << "dropped without a word: " << drop_text(line.drop);
            break;
        case LineFate::smf:
            put_smf(out, inittab, line);
            break;
        case LineFate::entry:
            put_entry(out, inittab.entries[line.entry]);
            break;
    }
    if (inittab.endless() && &line == &inittab.lines.back())
        out << "; but as its newline is missing init reads the file over and over and starts no smf entry at all";
    return std::move(out.text);
}

}  // namespace conf
