// The image under check, with the plan that it will be run by.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "packaging/image/elf.hpp"
#include "packaging/image/findings.hpp"
#include "packaging/image/settings.hpp"
#include "packaging/image/unpack.hpp"
#include "packaging/image/user.hpp"
#include "plumb/plan.hpp"

namespace image {

// What the running machine has at a path: what the image has there, or what is mounted over it.
enum class Sight : std::uint8_t {
    image,
    hidden,  // a file system that is empty when it is mounted
    untold,  // one that nobody here can look into
};

struct MountPoint {
    std::string path;  // links followed
    Sight sight;
};

struct Subject {
    std::string name;
    OpenImage opened;
    Settings settings;
    plumb::Facts facts;
    plumb::Plan plan;
    std::optional<ElfFile> init;      // mvinit, or what else tells the machine
    std::vector<MountPoint> mounted;  // in the order of the plan
    User self;                        // whom mvinit itself is run by
    std::string cwd = "/";            // of mvinit, and of what it starts where nothing else is told
    bool told_machine = false;        // by whoever has it checked

    const Roots& tree() const { return *opened.tree; }
    const conf::Config& config() const { return settings.config; }
    bool is_linux() const { return settings.platform == conf::Platform::linux_os; }
    bool is_machine() const { return facts.role == conf::Role::machine; }
    // Something that runs before the application may make what is not there yet.
    bool prepares() const;
    // How many of the mounts, in their order, are done already; none: all.
    Sight sight(std::string_view path, std::size_t mounts = std::string::npos) const;
};

// What the command line says beside the image's name.
struct Wishes {
    std::string config;    // empty: the image's own
    std::string platform;  // empty: by the image's programs
    conf::Role role = conf::Role::automatic;
};

// Throws Failure where it cannot be read. Errors of the configuration become findings; the plan is then without steps.
Subject open_subject(const std::string& path, const Wishes& wishes, Findings& findings);

// What a container has of the configuration of its image: mvinit, and all that it starts, inherit variables, user and
// working directory. A user who is not in the image becomes a finding.
void take_over(Subject& subject, Findings& findings);

// What plumb wants to know of a machine that is started from this image.
plumb::Facts facts_of(const Subject& subject, conf::Role wanted);

}  // namespace image
