#include "packaging/image/runnable.hpp"

#include <elf.h>

#include "packaging/image/failure.hpp"
#include "packaging/image/script.hpp"

namespace image {
namespace {

constexpr int most_scripts = 5;  // in a row: exec_binprm() of Linux, INTP_MAXDEPTH of illumos

std::string by_text(const std::string& by) {
    return by.empty() ? "" : " (for " + by + ")";
}

std::string text_of(const ElfFile& elf) {
    return std::string(machine_name(elf.machine)) + (elf.wide ? "" : ", 32 bits");
}

// Where a command has its environment from; empty: nothing in mvinit.toml gives it one.
std::string environment_of(const Place& place) {
    const std::string table = place.key.substr(0, place.key.find('.'));
    if (table == "app" || table == "ready" || table == "health") return "app.env";
    return table == "setup" || table == "hook" ? table + ".env" : "";
}

}  // namespace

void Runnable::add(const Call& call, const char* id, const std::string& what, const std::string& path,
                   const std::string& remedy) {
    findings_.add({call.severity, id, what, path, call.place, remedy});
}

Runnable::Bar Runnable::bar(const std::string& path, const User& user, std::string& why) const {
    const Roots& tree = subject_.tree();
    const Walk way = tree.walk(path);
    const Sight sight = subject_.sight(way.path);
    if (sight == Sight::untold) return Bar::untold;
    if (sight == Sight::hidden && subject_.prepares()) return Bar::untold;
    if (!way.end || sight == Sight::hidden) return Bar::missing;
    if (const auto directory = barred(user, tree, path)) {
        why = "user " + user.name + " may not search " + *directory;
        return Bar::denied;
    }
    if (!S_ISREG(way.end->status.st_mode)) why = "it is no file";
    if (S_ISREG(way.end->status.st_mode) && !may(user, way.end->status, Want::execute))
        why = "its mode does not let user " + user.name + " execute it";
    return why.empty() ? Bar::none : Bar::denied;
}

void Runnable::tell_missing(const std::string& what, const std::string& path, const Call& call, Part part) {
    const Walk way = subject_.tree().walk(path);
    if (part == Part::command && way.end && subject_.sight(way.path) == Sight::hidden)
        return add(call, "command-hidden", path + " is in the image, but a tmpfs is mounted over it at boot", path,
                   "put it elsewhere in the image");
    const char* id = part == Part::command              ? "command-missing"
                     : part == Part::script_interpreter ? "script-interpreter-missing"
                                                        : "env-program-missing";
    add(call, id, what, path,
        part == Part::script_interpreter ? "add the interpreter to the image, or correct the script's first line"
                                         : "add it to the image, or correct the name");
}

void Runnable::tell_denied(const std::string& path, const std::string& why, const Call& call, Part part) {
    add(call, part == Part::script_interpreter ? "script-interpreter-denied" : "command-not-executable",
        path + " cannot be executed: " + why, path,
        "correct its mode, or those of the directories above it, or the user");
}

// As execvp(3): the next directory where it is not there, or must not be executed.
void Runnable::find(const std::string& name, const Call& call, Part part, const std::string& by) {
    if (name.find('/') != std::string::npos)
        return look(name.starts_with('/') ? name : join(call.search.cwd, name), call, part, by, 0);
    std::string denied;
    std::string why;
    bool untold = false;
    for (const std::string& directory : call.search.path) {
        const std::string path = join(directory, name);
        std::string here;
        const Bar found = bar(path, call.user, here);
        if (found == Bar::none) return look(path, call, part, by, 0);
        // Mounted by another, the directory may have it.
        untold = untold || found == Bar::untold;
        if (found != Bar::denied || !denied.empty()) continue;
        denied = path;
        why = here;
    }
    if (!denied.empty()) return tell_denied(denied, why, call, part);
    if (untold) return;
    const std::string what = name + by_text(by) + " is in no directory of its PATH";
    const std::string hint = hint_of_one_word(name);
    if (part == Part::run_by_env && !hint.empty()) return add(call, "env-program-missing", what, "", hint);
    tell_missing(what, "", call, part);
}

void Runnable::look(const std::string& path, const Call& call, Part part, const std::string& by, int depth) {
    std::string why;
    const Bar found = bar(path, call.user, why);
    const Walk way = subject_.tree().walk(path);
    if (found == Bar::untold) return;
    if (found == Bar::denied) return tell_denied(path + by_text(by), why, call, part);
    if (found == Bar::missing && way.links.size() > most_links)
        return add(call, "command-missing", path + by_text(by) + " leads through more than 40 links", path,
                   "make one of the links lead to a file");
    if (found == Bar::missing) {
        const std::string end = way.path == path ? "" : ", to which " + path + " leads,";
        return tell_missing(way.path + end + by_text(by) + " is not in the image", path, call, part);
    }
    look_at_file(*way.end, path, call, part, depth);
}

void Runnable::look_at_file(const Found& found, const std::string& path, const Call& call, Part part, int depth) {
    try {
        if (part == Part::command) look_at_modes(found, call);
        if (const std::optional<ElfFile> elf = read_elf(found)) return look_at_elf(found, *elf, call);
        const Strings commands = script_commands(bytes_of(found), found.path, subject_.settings.platform);
        if (!commands.empty()) return look_at_script(found, commands, call, depth);
        // env(1) gives to a shell what the kernel does not take.
        if (part != Part::run_by_env)
            add(call, "command-format", path + " is neither an ELF file nor a script with a #! line", found.path,
                "begin a script with #! and its interpreter, or take the program itself");
    } catch (const Failure& failure) {
        if (failure.code == exit_files) throw;
        add(call, "command-damaged", failure.what(), found.path, "");
    }
}

// That somebody else than app.user runs is seldom meant.
void Runnable::look_at_modes(const Found& found, const Call& call) {
    const mode_t mode = found.status.st_mode;
    if ((mode & (S_ISUID | S_ISGID)) == 0 || bytes_of(found).starts_with("#!")) return;
    const Rise rise = rise_of(call.user, found.status, subject_.settings.platform);
    if (!rise.user && !rise.group) return;
    std::string what = "with no_new_privs that does nothing";
    if (!call.no_new_privs)
        what = rise.user
                   ? "it runs as its owner, uid " + std::to_string(found.status.st_uid) + ", not as " + call.user.name
                   : "it runs with its group, gid " + std::to_string(found.status.st_gid) + ", not with that of " +
                         call.user.name;
    findings_.add({conf::Severity::warning, "setuid-command", found.path + " is setuid or setgid: " + what, found.path,
                   call.place, "take the bit away with chmod, or set the user that it is to run as"});
}

void Runnable::look_at_script(const Found& found, const Strings& commands, const Call& call, int depth) {
    if (depth == most_scripts)
        return add(call, "command-format",
                   found.path + " is the sixth script in a row, each the interpreter of the one before", found.path,
                   "name a program in the #! line of one of them: no more than five are followed");
    look(commands[0].starts_with('/') ? commands[0] : join(call.search.cwd, commands[0]), call,
         Part::script_interpreter, found.path, depth + 1);
    if (!may(call.user, found.status, Want::read))
        add(call, "script-unreadable",
            "user " + call.user.name + " may execute " + found.path + ", but its interpreter may not read it",
            found.path, "chmod a+r it");
    if (commands.size() > 1) find(commands[1], call, Part::run_by_env, found.path);
}

bool Runnable::fits_machine(const ElfFile& elf) const {
    if (!subject_.init || subject_.init->machine == elf.machine) return true;
    const bool x86 = elf.machine == EM_X86_64 || elf.machine == EM_386;
    // A kernel of 64 bits runs both; and on illumos the init of a machine of 64 bits may have 32.
    return x86 && (subject_.init->machine == EM_X86_64 || (!subject_.is_linux() && subject_.init->machine == EM_386));
}

void Runnable::look_at_elf(const Found& found, const ElfFile& elf, const Call& call) {
    if (!fits_machine(elf))
        return add(call, "architecture",
                   found.path + " is for " + text_of(elf) + ", the image's mvinit for " + text_of(*subject_.init),
                   found.path, "take both for one architecture");
    const System own = subject_.is_linux() ? System::linux_os : System::illumos;
    if (elf.system != System::unknown && elf.system != own)
        return add(call, "architecture",
                   conf::cat({found.path, " is for ", system_name(elf.system), ", and the image is one of ",
                              system_name(own)}),
                   found.path, "take the program that was built for the image's system");
    imports_.insert(elf.imports.begin(), elf.imports.end());
    if (!look_at_interpreter(found, elf, call)) return;
    for (const Missing& each : missing_libraries(subject_, found, call, imports_)) tell_library(found, each, call);
}

void Runnable::tell_library(const Found& found, const Missing& missing, const Call& call) {
    const std::string what =
        missing.name + ", needed by " + (missing.by == found.path ? "" : missing.by + ", for ") + found.path + ", ";
    const std::string environment = environment_of(call.place);
    const std::string variable = ", or its directory to LD_LIBRARY_PATH in ";
    switch (missing.why) {
        case Missing::Why::absent:
            return add(call, "library-missing", what + "is in no directory where its linker looks", found.path,
                       "add the library to the image" + (environment.empty() ? "" : variable + environment));
        case Missing::Why::unreadable:
            return add(call, "library-unreadable", what + "may not be read by user " + call.user.name, missing.name,
                       "correct its mode, or those of the directories above it");
        case Missing::Why::version:
            return add(call, "library-version", what + "has no version " + missing.version, missing.name,
                       "take a newer library, or build what needs it for this one");
        case Missing::Why::by_processor:
            return findings_.add({conf::Severity::warning, "library-processor",
                                  what + "is there for some processors only", missing.name, call.place,
                                  "add the library for all processors, in the directory above glibc-hwcaps"});
    }
}

bool Runnable::look_at_interpreter(const Found& found, const ElfFile& elf, const Call& call) {
    if (elf.interpreter.empty()) return true;
    std::string why;
    const Bar there = bar(elf.interpreter, call.user, why);
    if (there == Bar::untold) return true;
    const std::string what = elf.interpreter + ", the ELF interpreter of " + found.path + ", ";
    if (there == Bar::missing) {
        add(call, "interpreter-missing", what + "is not in the image", elf.interpreter,
            "add the libc that the program was built for");
        return false;
    }
    const Found linker = *subject_.tree().walk(elf.interpreter).end;
    const std::optional<ElfFile> own = why.empty() ? read_elf(linker) : std::nullopt;
    if (why.empty() && (!own || own->machine != elf.machine || own->wide != elf.wide))
        why = own ? "is for " + text_of(*own) : "is no ELF file";
    if (why.empty()) return true;
    add(call, "interpreter-unusable", what + (own ? why : "cannot be used: " + why), elf.interpreter,
        "take the one of the program's libc, mode 0755");
    return false;
}

void Runnable::check(const conf::Argv& words, const Call& call) {
    if (words.empty()) return;
    find(words[0], call, Part::command, "");
    if (base_of(words[0]) != "env") return;
    const std::string program = program_of_env({words.begin() + 1, words.end()});
    if (!program.empty()) find(program, call, Part::run_by_env, words[0]);
}

}  // namespace image
