#include "conf/inittab_check.hpp"

#include <utility>

#include "conf/inittab_edit.hpp"
#include "conf/writer.hpp"

namespace conf {
namespace {

// What init gives the smf entry: see startd_run() and contracts_init() in its source.
struct Given {
    const char* name;
    const char* text;
};
constexpr Given given[] = {
    {"environment", "PATH=/usr/sbin:/usr/bin, then what /etc/default/init sets (about 20; its CMASK is the umask)"},
    {"stdio", "0, 1 and 2 closed, but for what the command redirects itself"},
    {"contract",
     "cookie 1, fatal HWERR SIGNAL CORE, critical EMPTY, INHERIT and REGENT: a core dump or a kill from outside takes "
     "all of it"},
    {"again", "when the contract's last process has ended, whatever its status; three times in 15 s: maintenance"},
    {"SmartOS", "not while / has less than 524288 bytes free: a message, and again after 60 s"},
};

class Judge {
public:
    Judge(const Inittab& inittab, const std::string& file)
        : inittab_(inittab), started_(started_entry(inittab)), file_(file) {}
    void file();
    void programs(const InittabRoot& root);
    void levels();
    void add(Severity severity, const char* message, std::string_view object = {});

    Diagnostics out;

private:
    const Inittab& inittab_;
    const InittabEntry* started_;
    const std::string& file_;
};

void Judge::add(Severity severity, const char* message, std::string_view object) {
    Writer text;
    text << message << object;
    conf::add(out, {file_, 0, 0, std::move(text.text), severity});
}

void Judge::file() {
    if (!inittab_.lines.empty() && inittab_.lines[0].drop == Drop::tiny_file)
        add(Severity::error, "shorter than 10 bytes: init takes it for truncated");
    if (inittab_.endless())
        add(Severity::error, "the last line has no newline: init reads the file over and over and never gets on");
    if (inittab_.smf == no_entry)
        add(Severity::error, "no smf entry: init asks for maintenance instead (mvinit inittab install adds one)");
    else if (started_ == nullptr)
        add(Severity::error, "the smf entry has no command that init takes: it asks for maintenance instead");
    else if (started_->process.size() + 9 > longest_smf)
        add(Severity::warning, "booting with -s or -r makes the smf command longer than init takes");
}

void Judge::programs(const InittabRoot& root) {
    if (root.shell == Found::untold)
        add(Severity::warning, "what init starts it with cannot be seen from here: /sbin/sh");
    else if (root.shell != Found::executable)
        add(Severity::error, "what init starts everything with is not there or not executable: /sbin/sh");
    if (!root.contracts)
        add(Severity::warning,
            "no /system/contract: unless something mounts it init starts no smf entry, but where its action is sysinit "
            "runs it as it runs those, and waits for it");
    if (started_ == nullptr || root.program == Found::executable) return;
    const std::string_view program = program_of(started_->process);
    if (root.program == Found::untold)
        add(Severity::warning, "the smf entry's program cannot be seen from here: ", program);
    else
        add(Severity::error,
            root.program == Found::missing
                ? "the smf entry fails at once, and init asks for maintenance, as its program is not there: "
                : "the smf entry fails at once, and init asks for maintenance, as this is no executable file: ",
            program);
}

bool is_startd(const InittabEntry& entry) {
    return program_of(entry.process).ends_with("/svc.startd");
}

void Judge::levels() {
    if (started_ == nullptr || is_startd(*started_)) return;
    std::string missing = "056";
    for (const InittabEntry& entry : inittab_.entries)
        if (is_level_entry(entry)) std::erase(missing, entry.levels[0]);
    if (!missing.empty())
        add(Severity::warning,
            "without svc.startd `init` and zoneadm shutdown end nothing (mvinit inittab install adds entries that do) "
            "for the levels ",
            missing);
}

// The beginning of a dropped line, or an entry's id, levels and action.
void put_title(Writer& page, const Inittab& inittab, const InittabLine& line, std::string_view bytes) {
    page << "line " << line.line << ", ";
    if (line.is_entry()) {
        const InittabEntry& entry = inittab.entries[line.entry];
        page.escape(entry.id) << ":" << entry.levels << ":" << action_name(entry.action);
        return;
    }
    constexpr std::size_t shown = 30;
    std::string_view text = bytes.substr(line.offset, line.length);
    if (text.ends_with('\n')) text.remove_suffix(1);
    page.escape(text.substr(0, shown)) << (text.size() > shown ? "..." : "");
}

void put_member(Writer& out, const char* key, std::string_view text) {
    out << ", \"" << key << "\": \"";
    out.escape(text) << "\"";
}

void put_line(Writer& out, const Inittab& inittab, const InittabLine& line) {
    constexpr const char* fates[] = {"entry", "smf", "comment", "blank", "dropped"};
    out << "{\"line\": " << line.line;
    put_member(out, "fate", fates[static_cast<std::size_t>(line.fate)]);
    if (line.is_entry()) {
        const InittabEntry& entry = inittab.entries[line.entry];
        put_member(out, "id", entry.id);
        put_member(out, "levels", entry.levels);
        put_member(out, "action", action_name(entry.action));
        put_member(out, "process", entry.process);
    }
    put_member(out, "verdict", verdict(inittab, line));
    out << "}";
}

// An endless file never gets to its smf entry.
const InittabEntry* reached_entry(const Inittab& inittab) {
    return inittab.endless() ? nullptr : started_entry(inittab);
}

}  // namespace

Diagnostics judge_inittab(const Inittab& inittab, const InittabRoot& root, const std::string& file) {
    Judge judge(inittab, file);
    judge.file();
    judge.programs(root);
    judge.levels();
    return std::move(judge.out);
}

std::string inittab_page(const Inittab& inittab, std::string_view bytes) {
    Writer page;
    for (const InittabLine& line : inittab.lines) {
        if (line.fate == LineFate::comment || line.fate == LineFate::blank) continue;
        put_title(page, inittab, line, bytes);
        page << ": " << verdict(inittab, line) << "\n";
    }
    const InittabEntry* started = reached_entry(inittab);
    if (started == nullptr) return std::move(page.text);
    page << "\nstarts: /sbin/sh -c \"exec ";
    page.escape(started->process) << "\"\n";
    for (const Given& each : given) page << each.name << ": " << each.text << "\n";
    if (is_startd(*started)) page << "It is svc.startd: this is no blank zone, levels come from there.\n";
    return std::move(page.text);
}

std::string inittab_json(const Inittab& inittab, const Diagnostics& diagnostics) {
    Writer out;
    out << "{\"boots\": " << (has_errors(diagnostics) ? "false" : "true");
    if (const InittabEntry* started = reached_entry(inittab)) {
        out << ",\n \"starts\": {\"argv\": [\"INITSH\", \"-c\", \"exec ";
        out.escape(started->process) << "\"]";
        for (const Given& each : given) put_member(out, each.name, each.text);
        out << "}";
    }
    out << ",\n \"diagnostics\": " << to_json(diagnostics) << ",\n \"lines\": [";
    for (const InittabLine& line : inittab.lines) {
        out << (line.offset == 0 ? "\n  " : ",\n  ");
        put_line(out, inittab, line);
    }
    out << "\n ]}\n";
    return std::move(out.text);
}

}  // namespace conf
