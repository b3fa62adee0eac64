// Whether a command could be executed by its user, as execve(2) and the dynamic linker would have it.
#pragma once

#include <set>
#include <string>

#include "packaging/image/findings.hpp"
#include "packaging/image/library.hpp"
#include "packaging/image/subject.hpp"

namespace image {

// Who runs what, and where mvinit.toml says so.
struct Call {
    User user;
    Search search;
    Strings library_path;  // LD_LIBRARY_PATH
    Place place;
    conf::Severity severity = conf::Severity::error;
    bool no_new_privs = false;
};

// What a process does not find of its libraries as it is to be, and by whom it is needed.
struct Missing {
    enum class Why : std::uint8_t {
        absent,
        unreadable,    // it is there, and the user may not read it
        by_processor,  // it is there for some processors alone
        version,       // it is there without this version of its symbols
    };
    std::string name;  // but for absent the path
    std::string by;
    Why why = Why::absent;
    std::string version{};
};

class Runnable {
public:
    Runnable(const Subject& subject, Findings& findings) : subject_(subject), findings_(findings) {}

    // words: with the command's arguments, for env(1).
    void check(const conf::Argv& words, const Call& call);
    // Files that the commands that were checked would load, to ask what they import.
    const std::set<std::string>& imports() const { return imports_; }

private:
    enum class Part : std::uint8_t { command, script_interpreter, run_by_env };
    // What stands in the way of executing a path.
    enum class Bar : std::uint8_t { none, missing, denied, untold };

    Bar bar(const std::string& path, const User& user, std::string& why) const;
    void find(const std::string& name, const Call& call, Part part, const std::string& by);
    void look(const std::string& path, const Call& call, Part part, const std::string& by, int depth);
    void tell_missing(const std::string& what, const std::string& path, const Call& call, Part part);
    void tell_denied(const std::string& path, const std::string& why, const Call& call, Part part);
    void look_at_file(const Found& found, const std::string& path, const Call& call, Part part, int depth);
    void look_at_modes(const Found& found, const Call& call);
    void look_at_script(const Found& found, const Strings& commands, const Call& call, int depth);
    void look_at_elf(const Found& found, const ElfFile& elf, const Call& call);
    bool look_at_interpreter(const Found& found, const ElfFile& elf, const Call& call);
    void tell_library(const Found& found, const Missing& missing, const Call& call);
    bool fits_machine(const ElfFile& elf) const;
    void add(const Call& call, const char* id, const std::string& what, const std::string& path,
             const std::string& remedy);

    const Subject& subject_;
    Findings& findings_;
    std::set<std::string> imports_;
};

// From its program on.
std::vector<Missing> missing_libraries(const Subject& subject, const Found& program, const Call& call,
                                       std::set<std::string>& imports);

}  // namespace image
