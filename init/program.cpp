#include "init/program.hpp"

#include <algorithm>

#include "conf/diagnostic.hpp"
#include "conf/env_lines.hpp"
#include "plumb/concat.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

// "console", "null", "inherit", a path, or nothing: what the role says.
void set_stdio(std::string& path, const std::string& wanted, const ProgramInputs& inputs) {
    std::string_view what = wanted;
    if (what == "inherit") what = {};
    if (what == "null") what = "/dev/null";
    if (what == "console") what = inputs.console;
    path = what;
}

// A machine reopened its own descriptors on the console already, so there the console is what mvinit has.
void choose_stdio(Program& program, const conf::App& app, const ProgramInputs& inputs) {
    const bool machine = inputs.role == conf::Role::machine;
    set_stdio(program.stdio[0], app.stdin_from, inputs);
    if (machine && app.stdin_from.empty()) program.stdio[0] = "/dev/null";
    set_stdio(program.stdio[1], app.stdout_to, inputs);
    set_stdio(program.stdio[2], app.stderr_to, inputs);
}

void choose_terminal(Program& program, const conf::App& app, const ProgramInputs& inputs) {
    if (app.stdin_from == "console") {
        program.terminal = Terminal::controlling;
        program.steal_terminal = inputs.role == conf::Role::machine && inputs.pid1;
    } else if (program.stdio[0].empty() && inputs.stdin_is_terminal) {
        // Only a session leader can hand its terminal on; run from a shell, taking it would take it from the shell.
        if (inputs.session_leader)
            program.terminal = Terminal::controlling;
        else if (inputs.in_foreground)
            program.terminal = Terminal::foreground;
    }
}

plumb::Result<void> choose_identity(Program& program, const conf::App& app, const ProgramInputs& inputs) {
    if (app.user.empty() && app.group.empty()) return {};
    std::string error;
    const std::string_view user = app.user.empty() ? std::string_view("0") : std::string_view(app.user);
    program.identity = conf::find_identity(inputs.passwd, inputs.groups, user, app.group, error);
    if (program.identity) return {};
    return plumb::Error{"look up user and group", plumb::concat({user, app.group.empty() ? "" : ":", app.group}), 0,
                        error, "add it to the image, or give a number ([app] user, group)"};
}

plumb::Result<void> choose_limits(Program& program, const conf::App& app) {
    for (const auto& [name, limit] : app.limits) {
        const int which = plumb::limit_number(name);
        if (which < 0)
            return plumb::Error{"set limit", name, 0, "this platform has no such limit",
                                "take it out of [app] limits, or put it under [platform.*]"};
        program.limits.push_back({which, limit});
    }
    return {};
}

plumb::Result<void> choose_capabilities(Program& program, const conf::App& app) {
    if (!app.capabilities) return {};
    std::uint64_t keep = 0;
    for (const std::string& name : *app.capabilities) {
        const int number = plumb::capability_number(name);
        if (number < 0)
            return plumb::Error{"keep capability", name, 0, "this platform has no such capability",
                                "take it out of [app] capabilities"};
        keep |= std::uint64_t{1} << number;
    }
    program.capabilities = keep;
    return {};
}

}  // namespace

plumb::Result<void> add_env_file(conf::Environment& env, const std::string& name, std::string_view contents) {
    const unsigned line = conf::add_variables(env, contents);
    if (line == 0) return {};
    return plumb::Error{"read environment", plumb::concat({name, ":", std::to_string(line)}), 0,
                        "a line must be NAME=value, without blanks or export before the =",
                        "mend the line, or begin it with # to leave it out"};
}

Variables base_environment(const ProgramInputs& inputs, const conf::Identity* identity, bool clear) {
    Variables env(inputs.inherited.size() + 8);
    const bool machine = inputs.role == conf::Role::machine;
    for (const std::string_view word : inputs.inherited) {
        const auto equals = word.find('=');
        if (equals == 0 || equals == std::string_view::npos) continue;
        const std::string_view name = word.substr(0, equals);
        // The kernel hands every word that it does not know to PID 1 as a variable; of those only TERM is meant so.
        bool wanted = machine ? name == "TERM" : !name.starts_with("MVINIT_");
        // Meant for mvinit, which passes readiness on itself.
        if (name == "NOTIFY_SOCKET" || name.starts_with("WATCHDOG_")) wanted = inputs.passes_notify && !machine;
        if (wanted && !clear) env.set(name, word.substr(equals + 1));
    }
    env.set_default("PATH", default_path);
    const std::string_view home = identity != nullptr ? std::string_view(identity->home) : machine ? "/root" : "/";
    if (machine || identity != nullptr)
        env.set("HOME", home);
    else
        env.set_default("HOME", home);
    if (identity != nullptr && !identity->name.empty() && !clear) {
        env.set("USER", identity->name);
        env.set("LOGNAME", identity->name);
        if (!identity->shell.empty()) env.set("SHELL", identity->shell);
    }
    return env;
}

std::vector<std::string> search_path(const std::string& command, std::string_view path) {
    if (command.find('/') != std::string::npos || command.empty()) return {command};
    std::vector<std::string> candidates;
    while (true) {
        const auto end = std::min(path.find(':'), path.size());
        const std::string_view directory = path.substr(0, end);
        candidates.push_back(plumb::concat({directory.empty() ? "." : directory, "/", command}));
        if (end == path.size()) return candidates;
        path.remove_prefix(end + 1);
    }
}

plumb::Result<void> prepare_application(const conf::App& app, const ProgramInputs& inputs, Program& program) {
    program.argv = app.command;
    program.cwd = app.cwd.empty() && inputs.role == conf::Role::machine ? "/" : app.cwd;
    if (auto done = choose_identity(program, app, inputs); !done) return done;
    if (auto done = choose_limits(program, app); !done) return done;
    if (auto done = choose_capabilities(program, app); !done) return done;
    conf::Environment from_files;
    for (const auto& [name, contents] : inputs.env_files)
        if (auto done = add_env_file(from_files, name, contents); !done) return done;
    Variables env = base_environment(inputs, program.identity ? &*program.identity : nullptr, app.clear_env);
    env.set_all(from_files);
    env.set_all(app.env);
    program.candidates = search_path(app.command.front(), env.get("PATH", default_path));
    program.env = env.words();
    choose_stdio(program, app, inputs);
    choose_terminal(program, app, inputs);
    program.umask = app.umask;
    if (app.nice != 0) program.nice = app.nice;
    program.no_new_privs = app.no_new_privs;
    return {};
}

Program prepare_helper(const conf::Argv& argv, const conf::Environment& extra, const ProgramInputs& inputs,
                       bool terminal) {
    Program program;
    program.argv = argv;
    Variables env = base_environment(inputs, nullptr, false);
    env.set_all(extra);
    program.candidates = search_path(argv.front(), env.get("PATH", default_path));
    program.env = env.words();
    if (!terminal) return program;
    program.terminal = Terminal::controlling;
    program.steal_terminal = inputs.pid1;
    return program;
}

plumb::Needs needs_of(const Program& program) {
    const bool root = !program.identity || program.identity->uid == 0;
    return {program.capabilities.value_or(0), program.no_new_privs && root};
}

}  // namespace init
