// A program made ready to be executed: everything that the child needs between fork and exec is already there as
// plain values, so that nothing is looked up, allocated or decided then.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/accounts.hpp"
#include "conf/config.hpp"
#include "init/variables.hpp"
#include "plumb/error.hpp"
#include "plumb/privileges.hpp"

namespace init {

enum class Terminal : std::uint8_t {
    none,         // a session of its own without a terminal
    controlling,  // a session of its own, standard input its controlling terminal
    foreground,   // the caller's session, a process group of its own in the foreground (mvinit run from a shell)
};

struct ResourceLimit {
    int which = 0;
    conf::Limit limit;
};

struct Program {
    conf::Argv argv;
    std::vector<std::string> candidates;   // paths to try in order: argv[0], or it along PATH
    std::vector<std::string> env;          // "NAME=value"
    std::string cwd;                       // empty: where mvinit is
    std::array<std::string, 3> stdio;      // path to open for 0, 1, 2; empty: what mvinit has
    std::array<int, 3> given{-1, -1, -1};  // descriptors for 0, 1, 2 instead of stdio, not owned
    int ready_pipe = -1;                   // a descriptor that it gets as ready_number, not owned
    int ready_number = -1;
    Terminal terminal = Terminal::none;
    bool steal_terminal = false;
    std::optional<conf::Identity> identity;
    std::optional<std::uint32_t> umask;
    std::vector<ResourceLimit> limits;
    std::optional<int> nice;
    bool no_new_privs = false;
    std::optional<std::uint64_t> capabilities;
};

inline constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// What of our own privileges program needs (see plumb/privileges.hpp).
plumb::Needs needs_of(const Program& program);

// Text of files that the application's start depends on, read beforehand.
struct ProgramInputs {
    conf::Role role = conf::Role::machine;
    bool pid1 = true;
    bool passes_notify = false;   // who supervises mvinit is told by the application itself
    bool leaves_daemons = false;  // illumos: a helper that ends well may leave its daemon behind, to stay
    bool stdin_is_terminal = false;
    bool session_leader = true;
    bool in_foreground = true;  // of the terminal on standard input
    std::string console = "/dev/console";
    std::string passwd;                                          // contents of /etc/passwd
    std::string groups;                                          // contents of /etc/group
    std::vector<std::string_view> inherited;                     // mvinit's own environment, not copied
    std::vector<std::pair<std::string, std::string>> env_files;  // name, contents
};

// [app] -> program, which is as it was made. Errors: an unknown user or group, a bad line in an env file.
plumb::Result<void> prepare_application(const conf::App& app, const ProgramInputs& inputs, Program& program);
inline plumb::Result<Program> prepare_application(const conf::App& app, const ProgramInputs& inputs) {
    Program program;
    if (const auto done = prepare_application(app, inputs, program); !done) return done.error();
    return program;
}

// A helper: [[setup]], a plan's command (machine environment, standard descriptors of mvinit), or with terminal a
// rescue shell on the console.
Program prepare_helper(const conf::Argv& argv, const conf::Environment& extra, const ProgramInputs& inputs,
                       bool terminal);

// The base environment. machine: made from nothing but TERM; container: what was inherited, without MVINIT_*.
// Views inputs and identity.
Variables base_environment(const ProgramInputs& inputs, const conf::Identity* identity, bool clear);

// NAME=value lines, "#" comments and blank lines; value may stand in single or double quotes. Lays them over env.
// Error: "file:line: ..." in text.
plumb::Result<void> add_env_file(conf::Environment& env, const std::string& name, std::string_view contents);

// argv[0] itself where it has a slash, else it in each directory of path.
std::vector<std::string> search_path(const std::string& command, std::string_view path);

}  // namespace init
