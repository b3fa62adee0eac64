#include "conf/inittab_edit.hpp"

#include <algorithm>

#include "conf/diagnostic.hpp"

namespace conf {
namespace {

struct LevelEntry {
    std::string_view id;
    std::string_view level;
    std::string_view verb;
};
constexpr LevelEntry level_entries[] = {{"mv0", "0", "halt"}, {"mv5", "5", "poweroff"}, {"mv6", "6", "reboot"}};

const LevelEntry* find_level(std::string_view id) {
    const auto* found = std::find_if(std::begin(level_entries), std::end(level_entries),
                                     [&](const LevelEntry& each) { return each.id == id; });
    return found == std::end(level_entries) ? nullptr : found;
}

std::string level_process(const LevelEntry& level, std::string_view program) {
    return cat({program, " ", level.verb});
}

std::string level_line(const LevelEntry& level, std::string_view program) {
    return cat({level.id, ":", level.level, ":once:", level_process(level, program), "\n"});
}

std::string smf_line(std::string_view command) {
    return cat({"smf::sysinit:", command, "\n"});
}

bool runs_mvinit(const InittabEntry& entry) {
    const std::string program = program_of(entry.process);
    return program == "mvinit" || program.ends_with("/mvinit");
}

std::string_view bytes_of(std::string_view text, const InittabLine& line) {
    return text.substr(line.offset, line.length);
}

bool is_entry(const InittabLine& line) {
    return line.fate == LineFate::entry || line.fate == LineFate::smf;
}

// Ends the last line: one newline, or two where a backslash would take the first.
void close_last_line(std::string& text) {
    while (!parse_inittab(text).ended) text += '\n';
}

std::string command_refusal(std::string_view command) {
    if (command.empty() || command[0] != '/' || program_of(command).empty())
        return cat({"the command '", json_escape(command), "' must begin with the absolute path of mvinit, unquoted"});
    if (command.size() + 5 > longest_smf)
        return cat({"the command has ", std::to_string(command.size()), " bytes, and init takes ",
                    std::to_string(longest_smf - 5)});
    return {};
}

// What init would make of the result, whatever stood in the file before.
std::string result_refusal(std::string_view text, std::string_view command) {
    const Inittab result = parse_inittab(text);
    const InittabEntry* started = started_entry(result);
    if (started == nullptr || started->process != command || result.endless())
        return cat({"init would not run the command '", json_escape(command), "' as it stands"});
    const std::string program = program_of(command);
    for (const InittabEntry& entry : result.entries) {
        const LevelEntry* level = find_level(entry.id);
        if (level == nullptr) continue;
        if (!is_level_entry(entry) || entry.process != level_process(*level, program))
            return cat({"line ", std::to_string(entry.line), " already has the id ", entry.id,
                        ", which mvinit needs: give that entry another id"});
    }
    return {};
}

// One pass over the lines that puts ours in place and remembers which there were.
class Installer {
public:
    Installer(std::string_view now, std::string_view command)
        : now_(now), command_(command), program_(program_of(command)), inittab_(parse_inittab(now)) {}
    InittabEdit run();

private:
    void take(const InittabLine& line);
    void append_missing();

    std::string_view now_;
    std::string_view command_;
    std::string program_;
    Inittab inittab_;
    bool smf_ = false;
    bool levels_[std::size(level_entries)] = {};
    InittabEdit out_;
};

void Installer::take(const InittabLine& line) {
    if (is_entry(line) && line.entry == inittab_.smf) {
        smf_ = true;
        const InittabEntry& old = inittab_.entries[line.entry];
        if (old.process != command_) {
            out_.text += smf_line(command_);
            out_.notes.push_back(cat({"smf entry: was '", json_escape(old.process), "', now '", command_, "'"}));
            return;
        }
    } else if (is_entry(line) && is_level_entry(inittab_.entries[line.entry])) {
        const LevelEntry* level = find_level(inittab_.entries[line.entry].id);
        levels_[level - level_entries] = true;
        if (inittab_.entries[line.entry].process != level_process(*level, program_)) {
            out_.text += level_line(*level, program_);
            out_.notes.push_back(cat({level->id, " entry: now runs ", program_}));
            return;
        }
    }
    out_.text += bytes_of(now_, line);
}

void Installer::append_missing() {
    std::string added;
    if (!smf_) {
        added += smf_line(command_);
        out_.notes.push_back(cat({"smf entry: there was none, now '", command_, "'"}));
    }
    for (std::size_t at = 0; at < std::size(level_entries); ++at) {
        if (levels_[at]) continue;
        added += level_line(level_entries[at], program_);
        out_.notes.push_back(cat({level_entries[at].id, " entry: added, so that init ", level_entries[at].level,
                                  " and what calls it end the zone"}));
    }
    if (!added.empty() || parse_inittab(out_.text).endless()) close_last_line(out_.text);
    out_.text += added;
}

InittabEdit Installer::run() {
    out_.refusal = command_refusal(command_);
    if (out_.refusal.empty()) {
        for (const InittabLine& line : inittab_.lines) take(line);
        append_missing();
        out_.refusal = result_refusal(out_.text, command_);
    }
    if (!out_.refusal.empty()) {
        out_.text = now_;
        out_.notes.clear();
    }
    out_.changed = out_.text != now_;
    return std::move(out_);
}

// The smf entry's line of the original, with its newline; "" where it has none.
std::string original_smf_line(std::string_view original) {
    const Inittab inittab = parse_inittab(original);
    for (const InittabLine& line : inittab.lines) {
        if (line.fate != LineFate::smf || line.entry != inittab.smf) continue;
        std::string text(bytes_of(original, line));
        close_last_line(text);
        return text;
    }
    return {};
}

bool smf_is_ours(const Inittab& inittab) {
    if (inittab.smf == no_entry) return false;
    const InittabEntry& smf = inittab.entries[inittab.smf];
    if (runs_mvinit(smf)) return true;
    const std::string program = program_of(smf.process);  // mvinit by another name: our entries have it, too
    return !program.empty() &&
           std::any_of(inittab.entries.begin(), inittab.entries.end(), [&](const InittabEntry& entry) {
               return is_level_entry(entry) && program_of(entry.process) == program;
           });
}

}  // namespace

std::string program_of(std::string_view process) {
    std::string text;
    for (std::size_t at = 0; at < process.size(); ++at) {
        if (process[at] == '\\' && at + 1 < process.size() && process[at + 1] == '\n')
            ++at;  // a continuation, which sh drops
        else
            text += process[at];
    }
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string::npos) return {};
    const std::size_t end = std::min(text.find_first_of(" \t\n;&|<>()", start), text.size());
    const std::string word = text.substr(start, end - start);
    return word.find_first_of("\"'\\$`*?[~#") == std::string::npos ? word : std::string();
}

bool is_level_entry(const InittabEntry& entry) {
    const LevelEntry* level = find_level(entry.id);
    if (level == nullptr || entry.levels != level->level || entry.action != InitAction::once) return false;
    const std::string program = program_of(entry.process);
    return program.starts_with('/') && entry.process == level_process(*level, program);
}

bool has_our_entries(const Inittab& inittab) {
    return smf_is_ours(inittab) || std::any_of(inittab.entries.begin(), inittab.entries.end(), is_level_entry);
}

InittabEdit install_entries(std::string_view now, std::string_view command) {
    return Installer(now, command).run();
}

InittabEdit remove_entries(std::string_view now, std::string_view original) {
    InittabEdit out;
    const Inittab inittab = parse_inittab(now);
    const bool ours = smf_is_ours(inittab);
    for (const InittabLine& line : inittab.lines) {
        if (is_entry(line) && is_level_entry(inittab.entries[line.entry])) {
            out.notes.push_back(cat({inittab.entries[line.entry].id, " entry: removed"}));
        } else if (ours && is_entry(line) && line.entry == inittab.smf) {
            const std::string old = original_smf_line(original);
            out.text += old;
            out.notes.push_back(old.empty() ? "smf entry: removed, as there was none before" : "smf entry: as before");
        } else {
            out.text += bytes_of(now, line);
        }
    }
    // Nothing else was edited since: then a newline that install added goes, too.
    if (ours && install_entries(original, inittab.entries[inittab.smf].process).text == now) out.text = original;
    out.changed = out.text != now;
    return out;
}

}  // namespace conf
