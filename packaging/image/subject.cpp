#include "packaging/image/subject.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "packaging/image/env_files.hpp"
#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr const char* own_config = "/etc/mvinit.toml";

// mvinit first; the others are for another machine than it only where that is a finding.
std::optional<ElfFile> find_init(const OpenImage& image) {
    Strings places{"/sbin/mvinit", "/usr/sbin/mvinit", "/init", "/sbin/init", "/opt/mvinit", "/opt/local/sbin/mvinit"};
    const Strings& started = image.started.entrypoint;
    if (!started.empty()) places.insert(places.begin(), started.front());
    places.insert(places.end(), {"/bin/sh", "/bin/busybox"});
    for (const std::string& each : places) {
        const Walk way = image.tree->walk(each);
        if (!way.end || !S_ISREG(way.end->status.st_mode)) continue;
        try {
            if (std::optional<ElfFile> elf = read_elf(*way.end)) return elf;
        } catch (const Failure&) {
            continue;  // it is told of where something wants it
        }
    }
    return std::nullopt;
}

conf::Platform platform_of(const Subject& subject, const std::string& wanted) {
    if (wanted == "linux") return conf::Platform::linux_os;
    if (wanted == "illumos") return conf::Platform::illumos;
    if (!wanted.empty()) fail(exit_unusable, "check for platform", wanted, "unknown", "linux or illumos");
    const bool illumos = subject.init && subject.init->linker == Linker::illumos;
    const bool libc = subject.tree().walk("/lib/libc.so.1").end.has_value();
    return illumos || (!subject.init && libc) ? conf::Platform::illumos : conf::Platform::linux_os;
}

std::string read_config(const Subject& subject, const std::string& given, std::string& file) {
    file = given.empty() ? own_config : given;
    if (!given.empty()) {
        try {
            return read_host_file(given);
        } catch (const Failure& failure) {
            throw Failure(exit_unusable, failure.what());
        }
    }
    const std::optional<Found> found = subject.tree().walk(own_config).end;
    std::optional<std::string> text = subject.tree().read(own_config);
    if (!text)
        fail(exit_unusable, "check", subject.name, std::string("there is no ") + own_config + " in it",
             "name the configuration with -c FILE");
    // Of a directory it is a file that an editor finds.
    if (!found->host.empty()) file = found->host;
    return std::move(*text);
}

void add_diagnostics(const conf::Diagnostics& told, Findings& findings) {
    for (const conf::Diagnostic& each : told)
        findings.add({each.severity, "configuration", each.message, "", {each.file, each.line, each.column, ""}, ""});
}

void make_plan_of(Subject& subject, conf::Role wanted) {
    subject.facts = facts_of(subject, wanted);
    subject.plan = plumb::make_plan(subject.config(), subject.facts);
}

Sight sight_of(const plumb::Mount& mount) {
    static constexpr std::array<std::string_view, 3> empty{"tmpfs", "ramfs", "hugetlbfs"};
    return std::find(empty.begin(), empty.end(), mount.type) == empty.end() ? Sight::untold : Sight::hidden;
}

bool changes_existing(const plumb::Mount& mount) {
    return conf::cat({",", mount.options, ","}).find(",remount,") != std::string::npos;
}

void find_mounted(Subject& subject) {
    const Roots& tree = subject.tree();
    if (!subject.is_machine())
        for (const char* path : {"/proc", "/sys", "/dev"})
            subject.mounted.push_back({tree.walk(path).path, Sight::untold});
    for (const plumb::Step& step : subject.plan.steps) {
        const auto* mount = std::get_if<plumb::Mount>(&step.action);
        if (mount != nullptr && !changes_existing(*mount))
            subject.mounted.push_back({tree.walk(mount->target).path, sight_of(*mount)});
    }
}

// A sparse zone has these from the global zone.
bool is_left_empty(const Subject& subject, std::string_view path) {
    if (subject.is_linux() || !plumb::in_zone(subject.facts)) return false;
    static constexpr std::array<std::string_view, 3> shared{"/usr", "/lib", "/sbin"};
    const std::string top = "/" + split(path, '/').front();
    if (std::find(shared.begin(), shared.end(), top) == shared.end()) return false;
    const Walk way = subject.tree().walk(top);
    return way.end && S_ISDIR(way.end->status.st_mode) && subject.tree().names(way.path).empty();
}

}  // namespace

bool Subject::prepares() const {
    const auto& hooks = config().hooks;
    return !config().setup.empty() || std::any_of(hooks.begin(), hooks.end(), [](const conf::Hook& each) {
        return each.when == conf::When::before_start;
    });
}

Sight Subject::sight(std::string_view path, std::size_t mounts) const {
    if (split(path, '/').empty()) return Sight::image;
    if (is_left_empty(*this, path)) return Sight::untold;
    for (std::size_t index = std::min(mounts, mounted.size()); index-- > 0;)
        if (path.starts_with(join(mounted[index].path, ""))) return mounted[index].sight;
    return Sight::image;
}

Subject open_subject(const std::string& path, const Wishes& wishes, Findings& findings) {
    Subject subject;
    subject.name = path;
    subject.opened = open_image(path);
    subject.init = find_init(subject.opened);
    const conf::Platform platform = platform_of(subject, wishes.platform);
    std::string file;
    std::string text = read_config(subject, wishes.config, file);
    conf::Diagnostics told;
    subject.settings = read_text(std::move(file), std::move(text), platform, told);
    add_diagnostics(told, findings);
    if (conf::has_errors(told)) return subject;
    make_plan_of(subject, wishes.role);
    find_mounted(subject);
    subject.told_machine = wishes.role == conf::Role::machine;
    add_env_files(subject.settings.config.app, subject.tree());
    take_over(subject, findings);
    return subject;
}

}  // namespace image
