// Where the configuration comes from: command line over kernel command line over file over defaults.
#pragma once

#include <string>

#include "conf/arguments.hpp"
#include "conf/cmdline.hpp"
#include "conf/config.hpp"
#include "conf/diagnostic.hpp"
#include "conf/parse.hpp"
#include "plumb/error.hpp"
#include "plumb/facts.hpp"

namespace init {

inline constexpr const char* default_file = "/etc/mvinit.toml";
inline constexpr std::size_t largest_file = std::size_t{1024} * 1024;

struct Sources {
    conf::Arguments arguments;
    conf::KernelCommandLine kernel;  // empty where the kernel's command line is not ours to read
};

struct Configuration : conf::Parsed {
    std::string file;           // what was read; empty: none
    std::string text;           // of that file
    bool forward_only = false;  // tini's way: a command from argv, no file
    bool absent = false;        // there is no such file
    bool unreadable = false;    // the file could not be read; diagnostics say why
};

// role: machine or container; platform: whose [platform.*] tables count. A container whose command line names the
// command reads no file unless one is named; a machine whose command line does reads the file where there is one.
// Errors are in diagnostics, config is as complete as it could be made. Into a Configuration that is as it was made.
// taken: the text that the file had when it was taken, to be used in its place; null: the file is read.
void load_configuration(const Sources& sources, conf::Role role, conf::Platform platform, Configuration& result,
                        const std::string* taken = nullptr);
inline Configuration load_configuration(const Sources& sources, conf::Role role, conf::Platform platform) {
    Configuration result;
    load_configuration(sources, role, platform, result);
    return result;
}

// Reads and parses one file for platform: what check and plan do.
Configuration read_configuration_file(const std::string& file, conf::Platform platform, bool command_required);

// What happens when booting fails, before the application: never automatic.
conf::EndAction boot_failure_action(const conf::Config& config, const plumb::Facts& facts);

// How an end is called in messages and in the plan: "power off".
// stays: for the shim, whose exit is to stay.
std::string end_name(conf::EndAction action, bool stays = false);

}  // namespace init
