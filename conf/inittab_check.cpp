#include "conf/inittab_check.hpp"

#include <algorithm>

#include "conf/diagnostic.hpp"
#include "conf/inittab_edit.hpp"

namespace conf {
namespace {

constexpr std::string_view environment =
    "PATH=/usr/sbin:/usr/bin, then what /etc/default/init sets (about 20; its CMASK is the umask)";
constexpr std::string_view stdio = "0, 1 and 2 closed, but for what the command redirects itself";
constexpr std::string_view contract =
    "cookie 1; fatal HWERR SIGNAL CORE; critical EMPTY; INHERIT REGENT; a core dump or a kill from outside takes all";
constexpr std::string_view restart =
    "when the contract's last process has ended, whatever its status; three times in 15 s: maintenance";
constexpr std::string_view smartos =
    "SmartOS: while / has less than 524288 bytes free init prints a message and tries again after 60 s";

std::string command_of(const InittabEntry& entry) {
    return "exec " + entry.process;
}

bool is_startd(const InittabEntry& entry) {
    return program_of(entry.process).ends_with("/svc.startd");
}

void judge_smf(const Inittab& inittab, InittabReport& report) {
    if (inittab.smf == no_entry) {
        report.problems.emplace_back(
            "no smf entry: init asks for maintenance instead (mvinit inittab install adds one)");
    } else if (started_entry(inittab) == nullptr) {
        report.problems.emplace_back("the smf entry has no command that init takes: it asks for maintenance instead");
    } else if (inittab.entries[inittab.smf].process.size() + 9 > longest_smf) {
        report.warnings.emplace_back("booting with -s or -r makes the smf command longer than init takes");
    }
}

void judge_programs(const Inittab& inittab, const InittabRoot& root, InittabReport& report) {
    if (root.shell != Found::executable) {
        const bool untold = root.shell == Found::untold;
        (untold ? report.warnings : report.problems)
            .emplace_back(untold ? "whether /sbin/sh is there cannot be told: its directory is empty here"
                                 : "/sbin/sh, through which init starts everything, is not there or not executable");
    }
    const InittabEntry* started = started_entry(inittab);
    if (started == nullptr || root.program == Found::executable) return;
    const std::string program = program_of(started->process);
    if (root.program == Found::untold)
        report.warnings.push_back(cat({"whether the program of the smf entry", program.empty() ? "" : ", ", program,
                                       program.empty() ? "" : ",", " is there cannot be told"}));
    else
        report.problems.push_back(cat({"the smf entry's program ", program,
                                       root.program == Found::missing ? " is not there" : " is not an executable file",
                                       ": it would fail three times at once, and init ask for maintenance"}));
}

void judge_levels(const Inittab& inittab, InittabReport& report) {
    const InittabEntry* started = started_entry(inittab);
    if (started == nullptr || is_startd(*started)) return;
    std::string missing;
    for (const char level : std::string_view("056")) {
        const bool there = std::any_of(inittab.entries.begin(), inittab.entries.end(), [&](const InittabEntry& entry) {
            return is_level_entry(entry) && entry.levels[0] == level;
        });
        if (!there) missing += missing.empty() ? std::string{level} : std::string{'/', level};
    }
    if (missing.empty()) return;
    report.warnings.push_back(cat({"without svc.startd `init ", missing,
                                   "` changes the level and ends nothing, so that zoneadm shutdown waits in vain"}));
}

// The beginning of a dropped line, or an entry's id, levels and action.
std::string title(const Inittab& inittab, const InittabLine& line, std::string_view bytes) {
    if (line.fate == LineFate::dropped) {
        constexpr std::size_t shown = 30;
        std::string_view text = bytes.substr(line.offset, line.length);
        if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
        return cat({"'", json_escape(text.substr(0, shown)), text.size() > shown ? "...'" : "'"});
    }
    const InittabEntry& entry = inittab.entries[line.entry];
    return cat({json_escape(entry.id), ":", entry.levels, ":", action_name(entry.action)});
}

bool says_something(const InittabLine& line) {
    return line.fate != LineFate::comment && line.fate != LineFate::blank;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char each : json_escape(text)) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte < 0x80)
            out += each;
        else  // as two of UTF-8
            out.append({static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))});
    }
    return out + "\"";
}

std::string member(std::string_view key, std::string_view text) {
    return cat({", \"", key, "\": ", quoted(text)});
}

std::string list(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + quoted(text);
    return out + "]";
}

std::string line_json(const Inittab& inittab, const InittabLine& line) {
    constexpr std::string_view fates[] = {"entry", "smf", "comment", "blank", "dropped"};
    std::string out = "{\"line\": " + std::to_string(line.line);
    out += member("fate", fates[static_cast<std::size_t>(line.fate)]);
    if (line.fate == LineFate::entry || line.fate == LineFate::smf) {
        const InittabEntry& entry = inittab.entries[line.entry];
        out += member("id", entry.id) + member("levels", entry.levels) + member("action", action_name(entry.action)) +
               member("process", entry.process);
    }
    return out + member("verdict", line.verdict) + "}";
}

}  // namespace

InittabReport judge_inittab(const Inittab& inittab, const InittabRoot& root) {
    InittabReport report;
    if (!inittab.lines.empty() && inittab.lines[0].drop == Drop::tiny_file)
        report.problems.emplace_back("the file is shorter than 10 bytes: init takes it for truncated");
    if (inittab.endless())
        report.problems.emplace_back(
            "the last line has no newline at its end: init reads the file over and over and never gets on");
    judge_smf(inittab, report);
    judge_programs(inittab, root, report);
    judge_levels(inittab, report);
    if (!root.contracts)
        report.warnings.emplace_back(
            "/system/contract is not there: unless something mounts it init starts no smf entry; where its action is "
            "sysinit it runs it once, as it does those, and waits for it");
    return report;
}

std::string inittab_page(const Inittab& inittab, std::string_view bytes) {
    std::string page;
    for (const InittabLine& line : inittab.lines)
        if (says_something(line))
            page +=
                cat({"line ", std::to_string(line.line), ", ", title(inittab, line, bytes), ": ", line.verdict, "\n"});
    const InittabEntry* started = inittab.endless() ? nullptr : started_entry(inittab);
    if (started == nullptr) return page;
    page +=
        cat({"\nstarts       /sbin/sh -c \"", json_escape(command_of(*started)), "\"\nenvironment  ", environment,
             "\nstdio        ", stdio, "\ncontract     ", contract, "\nagain        ", restart, "\n", smartos, "\n"});
    if (is_startd(*started)) page += "It is svc.startd: this is no blank zone, and levels come from there.\n";
    return page;
}

std::string inittab_json(const Inittab& inittab, const InittabReport& report) {
    std::string out = "{\"boots\": ";
    out += report.problems.empty() ? "true" : "false";
    const InittabEntry* started = inittab.endless() ? nullptr : started_entry(inittab);
    if (started != nullptr) {
        out += ", \"starts\": {\"argv\": " + list({"INITSH", "-c", command_of(*started)});
        out += member("file", "/sbin/sh") + member("environment", environment) + member("stdio", stdio) +
               member("contract", contract) + member("again", restart) + member("free_space", smartos) + "}";
    }
    out += ",\n \"problems\": " + list(report.problems) + ",\n \"warnings\": " + list(report.warnings);
    out += ",\n \"lines\": [";
    for (const InittabLine& line : inittab.lines)
        out += (line.offset == 0 ? "\n  " : ",\n  ") + line_json(inittab, line);
    return out + "\n ]}\n";
}

}  // namespace conf
