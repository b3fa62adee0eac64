// argv of mvinit itself: the verbs, and the options of container mode that tini and dumb-init users know.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.hpp"
#include "conf/parse.hpp"

namespace conf {

// From poweroff on they ask the mvinit that runs. In this order also in verb_name().
enum class Verb : std::uint8_t {
    run,
    check,
    plan,
    version,
    help,
    inittab,
    poweroff,
    reboot,
    halt,
    reload,
    status,
    start,
    stop,
    restart,
    kill,
    log,
    wait,
    exec,
    analyze,
    upgrade
};
enum class WaitFor : std::uint8_t { ready, down };
enum class InittabVerb : std::uint8_t { check, install, remove };

struct Arguments {
    Verb verb = Verb::run;
    // run
    Argv command;                    // after "--", or from the first word that is no option
    bool dashes = false;             // "--" was there
    std::string config_file;         // -c FILE, --config FILE
    Role role = Role::automatic;     // --machine, --container
    bool subreaper = false;          // -s, or TINI_SUBREAPER in the environment
    bool group = false;              // -g, or TINI_KILL_PROCESS_GROUP
    bool warn_reaped = false;        // -w
    int parent_death_signal = 0;     // -p SIG
    unsigned verbosity = 0;          // -v, repeatable
    std::vector<int> remap_to_zero;  // -e CODE: this exit code becomes 0
    std::map<int, int> rewrite;      // -r FROM:TO; TO 0 drops the signal
    // check, plan and all that ask
    bool json = false;  // --json
    // what asks the mvinit that runs
    std::string control;  // --control PATH of the socket; with run: have it there; empty: where it usually is
    int signal = 0;       // kill: Linux's number
    bool follow = false;  // log -f
    std::uint32_t lines = UINT32_MAX;        // log -n: so many of the last; UINT32_MAX: all there are
    WaitFor wait_for = WaitFor::ready;       // wait --ready, --down
    bool no_wait = false;                    // start, stop, restart: do not wait until it is done
    std::uint32_t timeout_ms = 0;            // wait, start, stop, restart: --timeout; 0: none
    bool rescue = false;                     // exec --rescue
    std::string svg;                         // analyze --svg FILE
    bool check = false;                      // upgrade --check
    std::string file;                        // [FILE]; empty: /etc/mvinit.toml
    Platform platform = Platform::linux_os;  // --platform
    bool platform_given = false;
    std::string facts_file;  // --facts FILE
    // inittab
    InittabVerb inittab = InittabVerb::check;
    std::string root;     // --root DIR; empty: /
    std::string install;  // --command COMMAND, what install makes the smf entry run; empty: /sbin/mvinit
    // poweroff, reboot, halt
    bool force = false;   // -f: what does not stop by itself is killed at once
    std::string nothing;  // not empty: nothing is to be done but to say this
    std::string error;    // not empty: usage error, with the remedy; only verb and json hold
    bool operator==(const Arguments&) const = default;
};

// argv without argv[0]. platform: what run levels mean ("mvinit 0"). environment_has(name) answers for TINI_*; a plain
// set of names keeps it pure. lenient: as PID 1 of a machine the kernel hands on words that it did not know ("single",
// "-s"): then only what stands after "--", our long options and -c count, the rest is ignored and no verb is looked
// for. The same for an init of illumos ("-m milestone", "-s", "-r", "-v") and the shim, to whose command line init(8)
// adds " -s" and the like.
// Into out as it was made. Where out.error says what is wrong, only that, verb and json hold.
void parse_arguments(const std::vector<std::string>& argv, const std::vector<std::string>& environment_names,
                     bool lenient, Platform platform, Arguments& out);
inline Arguments parse_arguments(const std::vector<std::string>& argv,
                                 const std::vector<std::string>& environment_names, bool lenient,
                                 Platform platform = Platform::linux_os) {
    Arguments out;
    parse_arguments(argv, environment_names, lenient, platform, out);
    return out;
}

// The same by the name that we are called by (a link to mvinit), directories in front of it or not: poweroff, reboot,
// halt, shutdown and telinit with the options that people know them with; init where it is asked for a run level.
// Into arguments as they were made; error stands beside what was read. False: no such name, parse_arguments() counts.
// Only for one that is not itself to be an init.
bool parse_linked_name(std::string_view name, const std::vector<std::string>& argv, Platform platform, Arguments& out);

// What a run level asks for: 6 reboot, q and Q reload; Linux: 0 power off, as everybody means it there; illumos: 0
// halt, 5 power off, see init(8). nullopt: means nothing here.
std::optional<Verb> level_verb(std::string_view level, Platform platform);

std::string_view verb_name(Verb verb);

// " (did you mean 'check'?)" where the command, given as the first word, is more likely a misspelt verb; else "".
std::string meant_verb(const Arguments& arguments);

std::string usage();  // what `mvinit help` prints; ends with a newline

}  // namespace conf
