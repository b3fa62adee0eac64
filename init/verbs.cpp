#include "init/verbs.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <unistd.h>

#include "init/answers.hpp"
#include "init/configuration.hpp"
#include "init/plan_page.hpp"
#include "init/program.hpp"
#include "init/services_runner.hpp"
#include "plumb/concat.hpp"
#include "plumb/facts.hpp"
#include "plumb/files.hpp"
#include "plumb/platform.hpp"
#include "version.hpp"

namespace init {
namespace {

std::string file_of(const conf::Arguments& arguments) {
    return arguments.file.empty() ? default_file : arguments.file;
}

// Every diagnostic on standard error, or as JSON on standard output.
int tell(const conf::Diagnostics& diagnostics, bool unreadable, bool json) {
    if (json) plumb::write_all(STDOUT_FILENO, conf::to_json(diagnostics) + "\n");
    if (!json)
        for (const conf::Diagnostic& found : diagnostics) plumb::write_all(STDERR_FILENO, conf::to_text(found) + "\n");
    if (unreadable) return exit_unusable;
    return conf::has_errors(diagnostics) ? exit_bad : exit_ok;
}

// A machine of which nothing is known: freshly booted, the usual directories in its image.
plumb::ParsedFacts assumed_facts(const conf::Arguments& arguments) {
    plumb::ParsedFacts assumed;
    assumed.facts.platform = arguments.platform;
    assumed.facts.directories = {"/tmp", "/sys/fs/cgroup"};
    assumed.facts.architecture = "x86_64";
    assumed.facts.power_off_why = "assumed, as no facts were given";
    return assumed;
}

plumb::ParsedFacts read_facts(const conf::Arguments& arguments, bool& unreadable) {
    if (arguments.facts_file.empty()) return assumed_facts(arguments);
    const auto text = plumb::read_file(arguments.facts_file, largest_file);
    if (text) return plumb::parse_facts(*text, arguments.facts_file);
    unreadable = true;
    plumb::ParsedFacts none;
    conf::add(none.diagnostics, {arguments.facts_file, 0, 0, plumb::to_text(text.error()), conf::Severity::error});
    return none;
}

}  // namespace

int check(const conf::Arguments& arguments) {
    const Configuration read = read_configuration_file(file_of(arguments), arguments.platform, true);
    return tell(read.diagnostics, read.unreadable, arguments.json);
}

int plan(const conf::Arguments& arguments) {
    bool unreadable = false;
    plumb::ParsedFacts given = read_facts(arguments, unreadable);
    if (const int code = tell(given.diagnostics, unreadable, false); code != exit_ok) return code;
    if (arguments.platform_given && given.platform_given && arguments.platform != given.facts.platform)
        return usage_error(conf::cat({"--platform contradicts ", arguments.facts_file, ", which says platform = ",
                                      given.facts.platform == conf::Platform::illumos ? "illumos" : "linux",
                                      ": leave out one of the two"}),
                           false);
    const conf::Platform platform = arguments.platform_given ? arguments.platform : given.facts.platform;
    given.facts.platform = platform;
    const Configuration configuration = read_configuration_file(file_of(arguments), platform, true);
    if (const int code = tell(configuration.diagnostics, configuration.unreadable, false); code != exit_ok) return code;
    const conf::Role role = arguments.role != conf::Role::automatic ? arguments.role : configuration.config.system.role;
    if (role != conf::Role::automatic) given.facts.role = role;
    if (arguments.facts_file.empty() && role == conf::Role::container) given.facts.owns_kernel = false;
    plumb::Plan made = plumb::make_plan(configuration.config, given.facts);
    if (arguments.facts_file.empty()) note_inittab(made.notes, configuration.config.inittab);
    plumb::write_all(STDOUT_FILENO, plan_page(configuration, given.facts, made, arguments.json));
    for (const std::string& problem : made.problems)
        plumb::write_all(STDERR_FILENO, "mvinit: error: " + problem + "\n");
    return made.problems.empty() ? exit_ok : exit_bad;
}

int version() {
    plumb::write_all(STDOUT_FILENO, "mvinit " MVINIT_VERSION "\n");
    return exit_ok;
}

int help() {
    plumb::write_all(STDOUT_FILENO, conf::usage());
    return exit_ok;
}

void hint(const conf::Arguments& arguments, const std::string& meant) {
    const char* path = getenv("PATH");
    for (const std::string& each : search_path(arguments.command.front(), path != nullptr ? path : default_path))
        if (access(each.c_str(), X_OK) == 0) return;
    plumb::write_all(STDERR_FILENO,
                     plumb::fill("mvinit: warning: '%' is no command here%\n", {arguments.command.front(), meant}));
}

int usage_error(const std::string& error, bool as_init) {
    plumb::write_all(STDERR_FILENO, "mvinit: error: " + error + "\n");
    return as_init ? exit_own : exit_unusable;
}

int usage_error(const conf::Arguments& arguments) {
    const bool own = arguments.verb == conf::Verb::run || arguments.verb == conf::Verb::exec;
    return arguments.json ? refuse(arguments, own ? exit_own : exit_unusable, arguments.error)
                          : usage_error(arguments.error, own);
}

}  // namespace init
