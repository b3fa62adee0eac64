// What only illumos wants: commands and data of the system, the init's path, /etc/inittab.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <variant>

#include "conf/inittab.hpp"
#include "conf/inittab_check.hpp"
#include "conf/inittab_edit.hpp"
#include "packaging/image/checks.hpp"
#include "packaging/image/runnable.hpp"
#include "plumb/illumos_files.hpp"

namespace image {
namespace {

constexpr conf::Severity error = conf::Severity::error;
constexpr conf::Severity warning = conf::Severity::warning;

constexpr std::size_t longest_init = 31;  // INITNAME_SZ is 32: usr/src/uts/common/sys/systm.h

// What a command of the plan reads, and does nothing without.
struct Data {
    std::string_view command;
    const char* path;
    bool required;
    const char* without;
};
constexpr Data data[] = {
    {"/sbin/soconfig", "/etc/sock2path.d", true, "socket() fails with EAFNOSUPPORT"},
    {"/lib/inet/ipmgmtd", "/etc/ipadm/ipadm.conf", false, "ipmgmtd cannot keep addresses"},
    {"/sbin/dlmgmtd", "/etc/dladm/datalink.conf", false, "dlmgmtd has no place to keep links in"},
};

// The kernel mounts onto these in the global zone; zoneadmd makes them in the others.
struct Point {
    const char* path;
    bool required;
};
constexpr Point points[] = {{"/devices", true},        {"/dev", true},
                            {"/proc", false},          {"/system/contract", false},
                            {"/system/object", false}, {"/etc/svc/volatile", false},
                            {"/etc/mnttab", false}};

class Illumos {
public:
    Illumos(const Subject& subject, Findings& findings)
        : subject_(subject), tree_(subject.tree()), findings_(findings) {}

    void run() {
        const bool global = !plumb::in_zone(subject_.facts);
        files();
        commands();
        if (global) mount_points();
        const bool shim = inittab();
        if (!shim) init_path();
    }

private:
    bool is_untold(const std::string& path) const {
        return subject_.sight(tree_.walk(path).path) == Sight::untold || subject_.sight(path) == Sight::untold;
    }
    bool is_there(const std::string& path) const { return is_untold(path) || tree_.walk(path).end.has_value(); }

    // "/sbin/ifconfig is not in the image (to be had from SUNWcs): no address can be set": the planner's own word. It
    // does not tell which line of the file wants it, and most are wanted by none.
    void file(const std::string& text, conf::Severity severity) {
        if (!text.starts_with('/') || text.find(" is not in the image (") == std::string::npos) return;
        const std::string path = text.substr(0, text.find(' '));
        findings_.add({severity, "illumos-file-missing", text, path, {}, "copy it into the image"});
    }

    void files() {
        for (const std::string& each : subject_.plan.problems) file(each, error);
        for (const std::string& each : subject_.plan.notes) file(each, warning);
    }

    void commands() {
        Runnable runnable(subject_, findings_);
        for (const plumb::Step& step : subject_.plan.steps) {
            const auto* command = std::get_if<plumb::Command>(&step.action);
            if (command == nullptr || step.reason.starts_with("[[setup]]")) continue;
            const std::string& path = command->argv.front();
            for (const Data& each : data)
                if (each.command == path) look_at_data(each, step.required);
            if (!is_there(path) && is_known(path)) continue;  // told of by files()
            const Place place = step.reason.starts_with("[[mount]]") ? mount_place(command->argv.back()) : Place{};
            runnable.check(command->argv,
                           {User{}, search_of(conf::Environment{}), {}, place, step.required ? error : warning});
        }
    }

    static bool is_known(const std::string& path) {
        const auto known = plumb::illumos_files();
        return std::any_of(known.begin(), known.end(), [&](const auto& each) { return each.path == path; });
    }

    Place mount_place(const std::string& target) const {
        const auto& mounts = subject_.config().mounts;
        for (std::size_t index = 0; index < mounts.size(); ++index)
            if (mounts[index].target == target)
                return subject_.settings.place("mount", "type", static_cast<int>(index));
        return {};
    }

    void look_at_data(const Data& each, bool required) {
        const Walk way = tree_.walk(each.path);
        const bool empty = way.end && S_ISDIR(way.end->status.st_mode) && tree_.names(way.path).empty();
        if (way.end && !empty) return;
        findings_.add({each.required && required ? error : warning,
                       "illumos-data-missing",
                       std::string(each.path) + (empty ? " is empty: " : " is not in the image: ") + each.without,
                       each.path,
                       {},
                       "copy it from an illumos system"});
    }

    void mount_points() {
        for (const Point& each : points)
            if (!is_there(each.path))
                findings_.add({each.required ? error : warning,
                               "illumos-mount-point-missing",
                               std::string(each.path) + " is not there: " +
                                   (each.required ? "the kernel panics" : "the kernel leaves it unmounted"),
                               each.path,
                               {},
                               "make it in the image"});
    }

    void find_programs(const std::string& directory, Strings& found) const {
        for (const std::string& name : tree_.names(directory)) {
            const std::string path = join(directory, name);
            const std::optional<Found> here = tree_.at(path);
            if (here && S_ISDIR(here->status.st_mode)) find_programs(path, found);
            if (here && name == "mvinit" && !S_ISDIR(here->status.st_mode)) found.push_back(path);
        }
    }

    void init_path() {
        Strings programs;
        find_programs("/", programs);
        std::erase_if(programs, [&](const std::string& each) {
            const Walk way = tree_.walk(each);
            return !way.end || !S_ISREG(way.end->status.st_mode);
        });
        if (programs.empty()) {
            if (is_untold("/sbin/mvinit")) return;
            findings_.add({error,
                           "init-missing",
                           "there is no mvinit in the image",
                           "/sbin/mvinit",
                           {},
                           "copy it to /sbin/mvinit, or where /sbin is the global zone's to /opt"});
            return;
        }
        // One that is short enough will do.
        const auto shortest =
            std::min_element(programs.begin(), programs.end(),
                             [](const auto& one, const auto& other) { return one.size() < other.size(); });
        init_link(*shortest);
        if (shortest->size() <= longest_init) return;
        findings_.add({error,
                       "init-path-long",
                       *shortest + " has " + std::to_string(shortest->size()) +
                           " bytes: no more than 31 can be named as the init of a zone or to the kernel",
                       *shortest,
                       {},
                       "put mvinit at a shorter path"});
    }

    // zoneadmd looks at it from the global zone.
    void init_link(const std::string& path) {
        for (const Found& link : tree_.walk(path).links)
            if (plumb::in_zone(subject_.facts) && link.target.starts_with('/'))
                findings_.add({error,
                               "init-link",
                               link.path + " is an absolute link, which zoneadmd follows in the global zone",
                               link.path,
                               {},
                               "make it a relative link"});
    }

    conf::Found look_up(const std::string& path) const {
        if (is_untold(path)) return conf::Found::untold;
        const Walk way = tree_.walk(path);
        if (!way.end) return conf::Found::missing;
        return S_ISREG(way.end->status.st_mode) && (way.end->status.st_mode & 0111) != 0 ? conf::Found::executable
                                                                                         : conf::Found::not_executable;
    }

    conf::Found look_up_program(const std::string& program) const {
        if (program.empty()) return conf::Found::untold;
        if (program.find('/') != std::string::npos) return look_up(program);
        const conf::Found first = look_up("/usr/sbin/" + program);
        return first == conf::Found::executable ? first : look_up("/usr/bin/" + program);
    }

    void told(const conf::Diagnostic& each) {
        findings_.add({each.severity == conf::Severity::error ? error : warning,
                       "inittab",
                       "/etc/inittab: " + each.message,
                       "/etc/inittab",
                       {},
                       "'mvinit inittab check' shows what init makes of it"});
    }

    // True: init starts mvinit by it, as its smf entry.
    bool inittab() {
        const std::optional<std::string> text = tree_.read("/etc/inittab");
        const bool honoured = subject_.config().inittab.honour;
        if (!text) {
            if (honoured)
                findings_.add({error, "inittab", "/etc/inittab is not in the image", "/etc/inittab",
                               subject_.settings.place("inittab", "honour"), "add it, or take honour out"});
            return false;
        }
        const conf::Inittab inittab = conf::parse_inittab(*text);
        const conf::InittabEntry* started = conf::started_entry(inittab);
        const std::string program(started == nullptr ? "" : conf::program_of(started->process));
        const bool shim = base_of(program) == "mvinit";
        const bool meant = shim || text->find("mvinit") != std::string::npos;
        if (meant) judge(inittab, program);
        if (meant || honoured) dropped(inittab, *text, honoured);
        return shim;
    }

    conf::Found shell() {
        const conf::Found shell = look_up("/sbin/sh");
        if (shell == conf::Found::executable || shell == conf::Found::untold) return shell;
        findings_.add(
            {error,
             "inittab",
             "/etc/inittab: init starts everything with /sbin/sh, which is not there or not executable",
             "/sbin/sh",
             {},
             "copy it into the image with what it needs; or make mvinit itself the init: -i /sbin/mvinit in the "
             "bootargs of the zone"});
        return conf::Found::executable;  // for the rest of it
    }

    void judge(const conf::Inittab& inittab, const std::string& program) {
        conf::InittabRoot root;
        root.shell = shell();
        root.program = look_up_program(program);
        root.contracts = plumb::in_zone(subject_.facts) || tree_.walk("/system/contract").end.has_value();
        for (const conf::Diagnostic& each : conf::judge_inittab(inittab, root, "/etc/inittab")) told(each);
    }

    void dropped(const conf::Inittab& inittab, std::string_view text, bool honoured) {
        for (const conf::InittabLine& line : inittab.lines) {
            if (line.fate != conf::LineFate::dropped) continue;
            const bool ours = text.substr(line.offset, line.length).find("mvinit") != std::string_view::npos;
            if (!ours && !honoured) continue;
            findings_.add({ours ? error : warning,
                           "inittab-entry",
                           "/etc/inittab:" + std::to_string(line.line) + ": " + conf::verdict(inittab, line),
                           "/etc/inittab",
                           {},
                           "correct the line"});
        }
    }

    const Subject& subject_;
    const Roots& tree_;
    Findings& findings_;
};

}  // namespace

void check_illumos(const Subject& subject, Findings& findings) {
    if (!subject.is_linux()) Illumos(subject, findings).run();
}

}  // namespace image
