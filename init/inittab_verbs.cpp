#include "init/inittab_verbs.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "conf/inittab_check.hpp"
#include "conf/inittab_edit.hpp"
#include "init/verbs.hpp"
#include "plumb/files.hpp"
#include "plumb/root_files.hpp"

namespace init {
namespace {

constexpr std::size_t largest_inittab = 1U << 20U;
constexpr std::string_view inittab_path = "/etc/inittab";
constexpr std::string_view backup_suffix = ".mvinit-old";
constexpr std::string_view default_command = "/sbin/mvinit";

void say(int fd, std::initializer_list<std::string_view> parts) {
    plumb::write_all(fd, conf::cat(parts) + "\n");  // nobody is left to be told where this fails
}

int fail(const plumb::Error& error) {
    say(STDERR_FILENO, {"mvinit: error: ", plumb::to_text(error)});
    return exit_unusable;
}

int refuse(std::string_view why) {
    say(STDERR_FILENO, {"mvinit: error: nothing was changed: ", why});
    return exit_bad;
}

// The inittab below --root, and where its backup is: in the same directory, wherever links have led.
struct Opened {
    std::string shown;
    plumb::Descriptor root;
    plumb::RootPlace place;
    plumb::RootText file;

    plumb::RootPlace backup_place() const;
    std::string backup_shown() const;
};

// Where inittab itself is a link to something of another name, the backup is beside that.
std::string Opened::backup_shown() const {
    return conf::cat({shown.ends_with(place.name) ? shown : place.name, backup_suffix});
}

plumb::RootPlace Opened::backup_place() const {
    plumb::RootPlace backup;
    backup.directory = plumb::Descriptor(::dup(place.directory.get()));
    backup.name = place.name + std::string(backup_suffix);
    backup.last = true;
    backup.exists = ::fstatat(backup.directory.get(), backup.name.c_str(), &backup.status, AT_SYMLINK_NOFOLLOW) == 0;
    return backup;
}

plumb::Result<Opened> open_inittab(const std::string& root) {
    Opened opened;
    opened.shown = root + std::string(inittab_path);
    auto directory = plumb::open_root(root);
    if (!directory) return directory.error();
    opened.root = std::move(*directory);
    auto place = plumb::find_in_root(opened.root, inittab_path);
    if (!place) return place.error();
    opened.place = std::move(*place);
    auto file = plumb::read_in_root(opened.place, opened.shown, largest_inittab);
    if (!file) return file.error();
    opened.file = std::move(*file);
    return opened;
}

conf::Found look_up(const plumb::Descriptor& root, std::string_view path) {
    const auto place = plumb::find_in_root(root, path);
    if (!place) return conf::Found::missing;
    if (!place->exists) return plumb::is_empty_directory(place->directory) ? conf::Found::untold : conf::Found::missing;
    const bool executable = S_ISREG(place->status.st_mode) && (place->status.st_mode & 0111) != 0;
    return executable ? conf::Found::executable : conf::Found::not_executable;
}

conf::Found look_up_program(const plumb::Descriptor& root, const std::string& program) {
    if (program.empty()) return conf::Found::untold;
    if (program.find('/') != std::string::npos) return look_up(root, program);
    const conf::Found first = look_up(root, "/usr/sbin/" + program);
    return first == conf::Found::executable ? first : look_up(root, "/usr/bin/" + program);
}

// inittab: the one in the file, or what is to become of it.
conf::InittabReport judge(const Opened& opened, const conf::Inittab& inittab) {
    conf::InittabRoot root;
    root.shell = look_up(opened.root, "/sbin/sh");
    if (const conf::InittabEntry* started = conf::started_entry(inittab))
        root.program = look_up_program(opened.root, conf::program_of(started->process));
    const auto contracts = plumb::find_in_root(opened.root, "/system/contract");
    root.contracts = contracts && contracts->exists;
    return conf::judge_inittab(inittab, root);
}

int check(const Opened& opened, bool json) {
    const conf::Inittab inittab = conf::parse_inittab(opened.file.text);
    const conf::InittabReport report = judge(opened, inittab);
    if (json) {
        plumb::write_all(STDOUT_FILENO, conf::inittab_json(inittab, report));
    } else {
        plumb::write_all(STDOUT_FILENO, conf::inittab_page(inittab, opened.file.text));
        for (const std::string& text : report.problems) say(STDERR_FILENO, {opened.shown, ": ", text});
        for (const std::string& text : report.warnings) say(STDERR_FILENO, {opened.shown, ": warning: ", text});
    }
    return report.problems.empty() ? exit_ok : exit_bad;
}

void tell_notes(const Opened& opened, const conf::InittabEdit& edit) {
    for (const std::string& note : edit.notes) say(STDOUT_FILENO, {opened.shown, ": ", note});
}

plumb::Result<void> write_inittab(const Opened& opened, std::string_view text) {
    return plumb::replace_in_root(opened.place, opened.shown, text, opened.file.status);
}

// The backup is the file as it was before mvinit was ever in it.
plumb::Result<void> keep_backup(const Opened& opened) {
    const plumb::RootPlace backup = opened.backup_place();
    if (backup.exists && conf::has_our_entries(conf::parse_inittab(opened.file.text))) return {};
    return plumb::replace_in_root(backup, opened.backup_shown(), opened.file.text, opened.file.status);
}

int install(const Opened& opened, const std::string& command) {
    const conf::InittabEdit edit = conf::install_entries(opened.file.text, command);
    if (!edit.refusal.empty()) return refuse(edit.refusal);
    const conf::InittabReport report = judge(opened, conf::parse_inittab(edit.text));
    if (!report.problems.empty()) return refuse(report.problems[0]);
    const std::string program = conf::program_of(command);
    if (look_up(opened.root, program) != conf::Found::executable)
        return refuse(conf::cat({program, " is not there: copy mvinit to it, or name its place with --command"}));
    for (const std::string& text : report.warnings) say(STDERR_FILENO, {opened.shown, ": warning: ", text});
    if (!edit.changed) {
        say(STDOUT_FILENO, {opened.shown, ": mvinit is installed already, nothing was changed"});
        return exit_ok;
    }
    if (const auto kept = keep_backup(opened); kept.has_error()) return fail(kept.error());
    if (const auto written = write_inittab(opened, edit.text); written.has_error()) return fail(written.error());
    tell_notes(opened, edit);
    say(STDOUT_FILENO, {opened.shown, ": the file as it was: ", opened.backup_shown()});
    return exit_ok;
}

int drop_backup(const Opened& opened, const plumb::RootPlace& backup) {
    if (::unlinkat(backup.directory.get(), backup.name.c_str(), 0) == 0 || errno == ENOENT) return exit_ok;
    return fail({"remove", opened.backup_shown(), errno, "", ""});
}

int remove(const Opened& opened) {
    const plumb::RootPlace backup = opened.backup_place();
    const bool installed = conf::has_our_entries(conf::parse_inittab(opened.file.text));
    if (!backup.exists && !installed) {
        say(STDOUT_FILENO, {opened.shown, ": mvinit is not installed, nothing was changed"});
        return exit_ok;
    }
    if (!backup.exists)
        return refuse(conf::cat({opened.backup_shown(),
                                 ", which has the smf entry of before, is not there: put that "
                                 "file back, or edit the inittab by hand"}));
    const auto original = plumb::read_in_root(backup, opened.backup_shown(), largest_inittab);
    if (!original) return fail(original.error());
    const conf::InittabEdit edit = conf::remove_entries(opened.file.text, original->text);
    if (edit.changed)
        if (const auto written = write_inittab(opened, edit.text); written.has_error()) return fail(written.error());
    tell_notes(opened, edit);
    return drop_backup(opened, backup);
}

}  // namespace

int inittab(const conf::Arguments& arguments) {
    auto opened = open_inittab(arguments.root);
    if (!opened) return fail(opened.error());
    switch (arguments.inittab) {
        case conf::InittabVerb::install:
            return install(*opened, arguments.install.empty() ? std::string(default_command) : arguments.install);
        case conf::InittabVerb::remove:
            return remove(*opened);
        case conf::InittabVerb::check:
            break;
    }
    return check(*opened, arguments.json);
}

}  // namespace init
