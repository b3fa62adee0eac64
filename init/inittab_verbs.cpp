#include "init/inittab_verbs.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "conf/inittab_check.hpp"
#include "conf/inittab_edit.hpp"
#include "conf/writer.hpp"
#include "init/verbs.hpp"
#include "plumb/files.hpp"
#include "plumb/root_files.hpp"

namespace init {
namespace {

constexpr const char* backup_suffix = ".mvinit-old";
constexpr const char* default_command = "/sbin/mvinit";

// The inittab below --root, and the backup beside it.
class InittabFile {
public:
    int run(const conf::Arguments& arguments);

private:
    int open(const std::string& root);
    int check(bool json) const;
    int install(std::string_view command) const;
    int remove() const;

    conf::Diagnostics judge(const conf::Inittab& inittab) const;
    conf::Found look_up(std::string_view path) const;
    conf::Found look_up_program(std::string_view program) const;
    int write(const plumb::RootPlace& place, const std::string& text) const;
    plumb::RootPlace backup() const;
    // Not inlined, as each is called from many places.
    [[gnu::noinline]] int fail(const char* what, const char* suffix, int error, const char* remedy) const;
    [[gnu::noinline]] static int say(int fd, const char* text, std::string_view more = {}, const char* suffix = "");
    [[gnu::noinline]] static void tell(const conf::Diagnostics& found);

    std::string shown_;
    plumb::Descriptor root_;
    plumb::RootPlace place_;
    std::string text_;
    struct stat status_ {};
    conf::Inittab inittab_;
};

int InittabFile::fail(const char* what, const char* suffix, int error, const char* remedy) const {
    say(STDERR_FILENO, "error: ", plumb::to_text({what, shown_ + suffix, error, "", remedy}));
    return exit_unusable;
}

// Nobody is left to be told where this fails.
int InittabFile::say(int fd, const char* text, std::string_view more, const char* suffix) {
    conf::Writer line;
    line << "mvinit: " << text << more << suffix << "\n";
    plumb::write_all(fd, line.text);
    return fd == STDERR_FILENO ? exit_bad : exit_ok;
}

void InittabFile::tell(const conf::Diagnostics& found) {
    conf::Writer lines;
    for (const conf::Diagnostic& each : found) lines << conf::to_text(each) << "\n";
    plumb::write_all(STDERR_FILENO, lines.text);
}

int InittabFile::open(const std::string& root) {
    constexpr const char* path = "/etc/inittab";
    shown_ = root + path;
    root_ = plumb::Descriptor(::open(root.empty() ? "/" : root.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    int error = root_.valid() ? plumb::find_in_root(root_.get(), path, place_) : errno;
    if (error == 0) error = place_.mode == 0 ? ENOENT : plumb::read_in_root(place_, text_, status_);
    inittab_ = conf::parse_inittab(text_);
    if (error == 0) return exit_ok;
    return fail("read", "", error,
                error == EINVAL ? "it is no regular file"
                                : "--root is the directory above etc: of a zone its zonepath and /root");
}

// The backup is in the same directory, wherever links have led, and of that file's name.
plumb::RootPlace InittabFile::backup() const {
    plumb::RootPlace place;
    place.directory = plumb::Descriptor(::fcntl(place_.directory.get(), F_DUPFD_CLOEXEC, 0));
    place.name = place_.name + backup_suffix;
    struct stat status {};
    if (::fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        place.mode = status.st_mode;
    return place;
}

conf::Found InittabFile::look_up(std::string_view path) const {
    plumb::RootPlace place;
    if (plumb::find_in_root(root_.get(), path, place) != 0) return conf::Found::missing;
    if (place.mode == 0)
        return plumb::is_empty_directory(place.directory.get()) ? conf::Found::untold : conf::Found::missing;
    return S_ISREG(place.mode) && (place.mode & 0111) != 0 ? conf::Found::executable : conf::Found::not_executable;
}

conf::Found InittabFile::look_up_program(std::string_view program) const {
    if (program.empty()) return conf::Found::untold;
    if (program.find('/') != std::string_view::npos) return look_up(program);
    conf::Writer path;
    const conf::Found first = look_up((path << "/usr/sbin/" << program).text);
    if (first == conf::Found::executable) return first;
    path.text = "/usr/bin/";
    return look_up((path << program).text);
}

// inittab: the one in the file, or what is to become of it.
conf::Diagnostics InittabFile::judge(const conf::Inittab& inittab) const {
    conf::InittabRoot root;
    root.shell = look_up("/sbin/sh");
    if (const conf::InittabEntry* started = conf::started_entry(inittab))
        root.program = look_up_program(conf::program_of(started->process));
    root.contracts = look_up("/system/contract") == conf::Found::not_executable;  // a directory
    return conf::judge_inittab(inittab, root, shown_);
}

int InittabFile::check(bool json) const {
    const conf::Diagnostics found = judge(inittab_);
    plumb::write_all(STDOUT_FILENO, json ? conf::inittab_json(inittab_, found) : conf::inittab_page(inittab_, text_));
    if (!json) tell(found);
    return conf::has_errors(found) ? exit_bad : exit_ok;
}

int InittabFile::write(const plumb::RootPlace& place, const std::string& text) const {
    const int error = plumb::replace_in_root(place, text, status_);
    if (error == 0) return exit_ok;
    return fail("write", place.name == place_.name ? "" : backup_suffix, error, "the inittab is as it was");
}

int InittabFile::install(std::string_view command) const {
    const conf::InittabEdit edit = conf::install_entries(text_, command);
    if (!edit.refusal.empty()) return say(STDERR_FILENO, "error: nothing was changed: ", edit.refusal);
    if (look_up(conf::program_of(command)) != conf::Found::executable)
        return say(STDERR_FILENO,
                   "error: nothing was changed: copy mvinit below the root and chmod 555 it, or name its place, "
                   "as the zone sees it, with --command: missing or not executable: ",
                   conf::program_of(command));
    const conf::Diagnostics found = judge(conf::parse_inittab(edit.text));
    tell(found);
    if (conf::has_errors(found)) return say(STDERR_FILENO, "error: nothing was changed: init would not boot with it");
    if (edit.text == text_) return say(STDOUT_FILENO, "installed already, nothing was changed");
    // The backup is the file as it was before mvinit was ever in it.
    const plumb::RootPlace backup_place = backup();
    if (backup_place.mode == 0 || !conf::has_our_entries(inittab_))
        if (write(backup_place, text_) != exit_ok) return exit_unusable;
    if (write(place_, edit.text) != exit_ok) return exit_unusable;
    plumb::write_all(STDOUT_FILENO, edit.notes);
    return say(STDOUT_FILENO, "installed; the inittab as it was: ", shown_, backup_suffix);
}

int InittabFile::remove() const {
    const plumb::RootPlace backup_place = backup();
    if (backup_place.mode == 0) {
        if (!conf::has_our_entries(inittab_)) return say(STDOUT_FILENO, "not installed, nothing was changed");
        return say(
            STDERR_FILENO,
            "error: nothing was changed, as the backup with the smf entry of before is not there; put it back, or "
            "edit the inittab by hand: ",
            shown_, backup_suffix);
    }
    std::string original;
    struct stat status {};
    if (const int error = plumb::read_in_root(backup_place, original, status); error != 0)
        return fail("read", backup_suffix, error, "");
    const conf::InittabEdit edit = conf::remove_entries(text_, original);
    if (edit.text != text_ && write(place_, edit.text) != exit_ok) return exit_unusable;
    plumb::write_all(STDOUT_FILENO, edit.notes);
    if (::unlinkat(backup_place.directory.get(), backup_place.name.c_str(), 0) != 0)
        return fail("remove", backup_suffix, errno, "");
    return say(STDOUT_FILENO, "removed");
}

int InittabFile::run(const conf::Arguments& arguments) {
    if (const int code = open(arguments.root); code != exit_ok) return code;
    if (arguments.inittab == conf::InittabVerb::remove) return remove();
    if (arguments.inittab == conf::InittabVerb::check) return check(arguments.json);
    return install(arguments.install.empty() ? std::string_view(default_command) : arguments.install);
}

}  // namespace

int inittab(const conf::Arguments& arguments) {
    return InittabFile().run(arguments);
}

}  // namespace init
