// What is known about the machine before anything is decided. Plain values: gathered by the System, or read
// from a file so that `mvinit plan --facts` can plan for another machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.hpp"
#include "conf/diagnostic.hpp"
#include "conf/parse.hpp"

namespace plumb {

struct Nic {
    std::string name;
    std::string driver;
    std::string mac;
    bool operator==(const Nic&) const = default;
};

// How mvinit came to run; never guessed: the platform's gather_early_facts() tells by what the kernel says.
enum class Start : std::uint8_t {
    kernel,     // PID 1 of a machine, or of a pid namespace
    zone_init,  // illumos: the init of a zone, by ZONE_ATTR_INITPID; its pid is an ordinary one
    shim,       // illumos: the smf entry of /etc/inittab, a child of init in the contract with cookie 1
    program,    // anything else: a container without a pid namespace, a shell
};

// Whose the IP configuration is. exclusive: ours; shared: the global zone's (no ZF_NET_EXCL).
enum class Network : std::uint8_t { exclusive, shared };

// illumos: an allowed-address of zonecfg, which ipmgmtd configures by itself, with its defrouter.
struct AllowedAddress {
    std::string nic;      // "" where the kernel tells only its number
    std::string address;  // with prefix
    std::string gateway;  // defrouter, may be empty
    bool operator==(const AllowedAddress&) const = default;
};

struct Facts {
    conf::Platform platform = conf::Platform::linux_os;
    conf::Role role = conf::Role::machine;  // never automatic: decided
    bool pid1 = true;                       // an init: PID 1, or a zone's init
    Start start = Start::kernel;
    std::string zone = "global";  // illumos: its name
    std::string brand;            // illumos: of the zone
    Network network = Network::exclusive;
    std::vector<AllowedAddress> allowed;
    bool adopts_orphans = true;  // illumos-gate gives a zone's orphans to the global PID 1, LX-capable kernels do not
    bool owns_kernel = true;     // Linux: PID 1 of the initial pid namespace, so file systems and power are ours
    bool can_power_off = true;   // the monitor or firmware understands power-off
    std::string power_off_why;   // how that is known, for the plan: "ACPI without S5", ...
    std::string kernel_release;  // uname -r
    std::string kernel_version;  // uname -v: joyent_2026..., omnios-r151..., tribblix-m..
    std::string architecture;    // uname -m
    std::string kernel_command_line;
    std::string root_source;  // illumos: /devices/ramdisk:a ; Linux: from mountinfo, may be empty
    std::string root_type;    // ufs, zfs, rootfs, ext4 ...
    bool root_writable = true;
    std::vector<std::string> mounted;      // mount points
    std::vector<std::string> directories;  // of those the plan asks about, the ones that exist
    std::vector<std::string> files;        // likewise, files: see plumb/illumos_files.hpp; none: not known
    std::string nsswitch_hosts;            // illumos: "files dns", the hosts entry of /etc/nsswitch.conf; "": not known
    std::vector<Nic> nics;                 // those already there; others may come with modules
    bool operator==(const Facts&) const = default;
};

// illumos: the init of a machine or zone, or the shim below a zone's init: it has the console and must not exit.
inline bool is_illumos_init(const Facts& facts) {
    return facts.platform == conf::Platform::illumos && facts.start != Start::program;
}

inline bool in_zone(const Facts& facts) {
    return facts.zone != "global";
}

bool is_mounted(const Facts& facts, std::string_view path);
bool has_directory(const Facts& facts, std::string_view path);
bool has_file(const Facts& facts, std::string_view path);

// The facts file: one "key = value" a line, lines beginning with '#' are comments; lists repeat their key:
//   platform = illumos
//   mounted = /proc
//   nic = e1000g0 driver=e1000g mac=52:54:00:12:34:56
//   allowed_address = net0 10.0.0.5/24 gateway=10.0.0.1
// Every key is in mvinit(8), THE FACTS FILE. Errors as file:line:col with "did you mean". Defaults are those of Facts,
// but for pid1 and owns_kernel, which follow from start where that is given.
struct ParsedFacts {
    Facts facts;
    conf::Diagnostics diagnostics;
    bool platform_given = false;  // the text names its platform
};
ParsedFacts parse_facts(std::string_view text, std::string_view file);

// Facts -> the same text; parse_facts(to_text(f)) == f.
std::string to_text(const Facts& facts);

}  // namespace plumb
