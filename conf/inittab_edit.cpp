#include "conf/inittab_edit.hpp"

#include <utility>

#include "conf/writer.hpp"

namespace conf {
namespace {

struct LevelEntry {
    const char* start;  // of the line, up to the program
    const char* verb;
};
constexpr LevelEntry level_entries[] = {
    {"mv0:0:once:", " halt"}, {"mv5:5:once:", " poweroff"}, {"mv6:6:once:", " reboot"}};
constexpr std::size_t no_level = std::size(level_entries);

// Which of level_entries has this id.
std::size_t find_level(std::string_view id) {
    std::size_t at = 0;
    while (at < no_level && id != std::string_view(level_entries[at].start, 3)) ++at;
    return at;
}

void put_level_line(Writer& out, std::size_t level, std::string_view program) {
    out << level_entries[level].start << program << level_entries[level].verb << "\n";
}

std::string_view bytes_of(std::string_view text, const InittabLine& line) {
    return text.substr(line.offset, line.length);
}

// Ends the last line: one newline, or two where a backslash would take the first.
void close_last_line(std::string& text) {
    while (!parse_inittab(text).ended) text += '\n';
}

// An entry without its newline says something else to init than what is written there.
std::string without_endless(std::string_view now) {
    std::string text(now);
    if (parse_inittab(text).endless()) close_last_line(text);
    return text;
}

// Which of our lines an inittab has.
struct Ours {
    bool smf = false;
    bool levels[no_level] = {};
};

// One pass over the lines that puts the new ones in place.
class Editor {
public:
    Editor(std::string_view now, std::string_view command)
        : inittab_(parse_inittab(now)), now_(now), command_(command), program_(program_of(command)) {}
    void install();
    void remove(std::string_view original_smf);
    std::string refusal() const;

    Writer out;
    Writer notes;

private:
    void replace(std::string_view old, std::string_view line);
    std::string smf_line() const;
    std::string level_line(std::size_t level) const;
    void take(const InittabLine& line);

    Inittab inittab_;
    std::string_view now_;
    std::string_view command_;
    std::string_view program_;
    Ours had_;
};

// Either may be empty. The same again is no change.
void Editor::replace(std::string_view old, std::string_view line) {
    out << line;
    if (old == line) return;
    if (!old.empty()) notes << "-" << old << (old.back() == '\n' ? "" : "\n");
    if (!line.empty()) notes << "+" << line;
}

std::string Editor::smf_line() const {
    Writer line;
    line << "smf::sysinit:" << command_ << "\n";
    return std::move(line.text);
}

std::string Editor::level_line(std::size_t level) const {
    Writer line;
    put_level_line(line, level, program_);
    return std::move(line.text);
}

// An entry that init reads as we mean it stays as it is written.
void Editor::take(const InittabLine& line) {
    const std::string_view old = bytes_of(now_, line);
    if (line.is_entry()) {
        const InittabEntry& entry = inittab_.entries[line.entry];
        if (line.entry == inittab_.smf) {
            had_.smf = true;
            if (entry.process != command_) return replace(old, smf_line());
        } else if (is_level_entry(entry)) {
            const std::size_t level = find_level(entry.id);
            had_.levels[level] = true;
            if (program_of(entry.process) != program_) return replace(old, level_line(level));
        }
    }
    out << old;
}

void Editor::install() {
    for (const InittabLine& line : inittab_.lines) take(line);
    const auto add = [&](const std::string& line) {
        close_last_line(out.text);
        replace({}, line);
    };
    if (!had_.smf) add(smf_line());
    for (std::size_t level = 0; level < no_level; ++level)
        if (!had_.levels[level]) add(level_line(level));
}

// What init would make of the result, whatever stood in the file before.
std::string Editor::refusal() const {
    Writer why;
    const Inittab result = parse_inittab(out.text);
    const InittabEntry* started = started_entry(result);
    if (!command_.starts_with('/') || program_.empty())
        why << "the command must begin with the absolute path of mvinit, unquoted: " << command_;
    else if (started == nullptr || started->process != command_)
        why << "init would not take the command as it stands (250 bytes at most): " << command_;
    for (const InittabEntry& entry : result.entries)
        if (why.text.empty() && find_level(entry.id) != no_level && !is_level_entry(entry))
            why << "line " << entry.line << " already has the id " << entry.id
                << ", which mvinit needs: give that entry another id";
    return std::move(why.text);
}

// The smf entry's line of the original, with its newline; "" where it has none.
std::string original_smf_line(std::string_view original) {
    const Inittab inittab = parse_inittab(original);
    std::string text;
    for (const InittabLine& line : inittab.lines)
        if (line.fate == LineFate::smf) text = bytes_of(original, line);
    close_last_line(text);
    return text;
}

// A program named mvinit, or by another name that our entries have, too.
bool smf_is_ours(const Inittab& inittab) {
    if (inittab.smf == no_entry) return false;
    const std::string_view program = program_of(inittab.entries[inittab.smf].process);
    if (program.empty() || program.ends_with("/mvinit")) return !program.empty();
    for (const InittabEntry& entry : inittab.entries)
        if (is_level_entry(entry) && program_of(entry.process) == program) return true;
    return false;
}

void Editor::remove(std::string_view original_smf) {
    const bool smf = smf_is_ours(inittab_);
    for (const InittabLine& line : inittab_.lines) {
        const std::string_view old = bytes_of(now_, line);
        if (line.is_entry() && is_level_entry(inittab_.entries[line.entry]))
            replace(old, {});
        else
            replace(old, smf && line.is_entry() && line.entry == inittab_.smf ? original_smf : old);
    }
}

}  // namespace

std::string_view program_of(std::string_view process) {
    const std::size_t start = process.find_first_not_of(" \t");
    if (start == std::string_view::npos) return {};
    process.remove_prefix(start);
    const std::string_view word = process.substr(0, process.find_first_of(" \t\n;&|<>()"));
    return word.find_first_of("\"'\\$`*?[~#") == std::string_view::npos ? word : std::string_view();
}

bool is_level_entry(const InittabEntry& entry) {
    const std::size_t level = find_level(entry.id);
    if (level == no_level || entry.action != InitAction::once || entry.levels[0] != entry.id[2]) return false;
    const std::string_view program = program_of(entry.process);
    return entry.levels.size() == 1 && program.starts_with('/') &&
           std::string_view(entry.process).substr(program.size()) == level_entries[level].verb;
}

bool has_our_entries(const Inittab& inittab) {
    for (const InittabEntry& entry : inittab.entries)
        if (is_level_entry(entry)) return true;
    return smf_is_ours(inittab);
}

InittabEdit install_entries(std::string_view now, std::string_view command) {
    const std::string base = without_endless(now);
    Editor editor(base, command);
    editor.install();
    std::string why = editor.refusal();
    if (!why.empty()) return {std::string(now), std::move(why), {}};
    return {std::move(editor.out.text), {}, std::move(editor.notes.text)};
}

InittabEdit remove_entries(std::string_view now, std::string_view original) {
    const std::string base = without_endless(now);
    Editor editor(base, {});
    editor.remove(original_smf_line(original));
    InittabEdit edit{std::move(editor.out.text), {}, std::move(editor.notes.text)};
    // Nothing else was edited since: then a newline that install added goes, too.
    const Inittab inittab = parse_inittab(now);
    if (now == original ||
        (inittab.smf != no_entry && install_entries(original, inittab.entries[inittab.smf].process).text == now))
        edit.text = original;
    return edit;
}

}  // namespace conf
