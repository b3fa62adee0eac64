// The plan is a value: a list of steps, each a plain struct with its reason. Printing and executing share it.
// plan_linux and plan_illumos are pure and compiled on every host.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "conf/config.hpp"
#include "plumb/facts.hpp"

namespace plumb {

// What an interface is found by, at the moment the step runs: a module loaded by an earlier step may bring it.
struct NicMatch {
    std::string name;
    std::string driver;
    std::string mac;
    bool operator==(const NicMatch&) const = default;
};

struct MakeDir {
    std::string path;
    std::uint32_t mode = 0755;
    bool operator==(const MakeDir&) const = default;
};
struct Symlink {
    std::string target;
    std::string path;
    bool operator==(const Symlink&) const = default;
};
struct Mount {
    std::string source;
    std::string target;
    std::string type;
    std::string options;  // as mount -o takes them: flags by name, the rest is for the file system
    bool mkdir = false;
    bool operator==(const Mount&) const = default;
};
struct Hostname {
    std::string name;
    bool operator==(const Hostname&) const = default;
};
struct LoadModule {
    std::string name;
    std::string parameters;
    bool operator==(const LoadModule&) const = default;
};
struct WriteFile {  // sysctl, resolv.conf; the text may be written in place where the target is under /proc or /sys
    std::string path;
    std::string text;
    bool operator==(const WriteFile&) const = default;
};
struct LinkUp {  // waits for the device to appear, sets the MTU, brings it up, waits for the carrier
    NicMatch nic;
    std::uint32_t mtu = 0;
    std::chrono::milliseconds carrier{0};
    bool operator==(const LinkUp&) const = default;
};
struct Address {
    NicMatch nic;
    std::string address;  // with prefix
    bool operator==(const Address&) const = default;
};
struct Route {
    NicMatch nic;
    std::string destination;  // "default" or address/prefix
    std::string gateway;
    bool operator==(const Route&) const = default;
};
struct CtrlAltDel {  // Linux: make it a signal to PID 1 instead of a reset
    bool operator==(const CtrlAltDel&) const = default;
};
struct Command {
    conf::Argv argv;
    conf::Environment env;
    bool operator==(const Command&) const = default;
};

// What the DHCP lease of an interface says beside its address and routes: illumos' dhcpagent installs only those.
// Asked of /sbin/dhcpinfo; a question without an answer leaves that part alone.
struct DhcpLease {
    std::string nic;
    bool resolver = true;  // DNSserv, DNSdmain -> /etc/resolv.conf
    bool hostname = true;  // Hostname
    bool operator==(const DhcpLease&) const = default;
};

using Action = std::variant<MakeDir, Symlink, Mount, Hostname, LoadModule, WriteFile, LinkUp, Address, Route,
                            CtrlAltDel, Command, DhcpLease>;

// early: needed before the configuration can be read; boot: before the application; late: after it was spawned.
enum class Phase : std::uint8_t { early, boot, late };

struct Step {
    Action action;
    std::string reason;
    bool required = true;
    std::chrono::milliseconds deadline{0};  // 0: none; the device of a link, the whole run of a command
    Phase phase = Phase::boot;
    bool parallel = false;  // of a command: beside others (see order.hpp)
    bool operator==(const Step&) const = default;
};

struct Plan {
    std::vector<Step> steps;
    std::vector<std::string> notes;     // what was left out or decided, and why
    std::vector<std::string> problems;  // why this configuration cannot work on this machine
    bool in_order = false;              // one step after the other, whatever they are (illumos)
    bool operator==(const Plan&) const = default;
};

// The steps that need no configuration (Phase::early); plan_linux and plan_illumos begin with the same ones.
Plan plan_early(const Facts& facts);

Plan plan_linux(const conf::Config& config, const Facts& facts);
Plan plan_illumos(const conf::Config& config, const Facts& facts);
Plan make_plan(const conf::Config& config, const Facts& facts);  // by facts.platform

// The step as the command that an administrator of the platform would type for it:
// "mount -t proc -o nosuid proc /proc", on illumos "mount -F tmpfs swap /tmp". One line, no newline.
std::string command_text(const Action& action, conf::Platform platform = conf::Platform::linux_os);

// The object of the step, for messages after its name: "/proc", "e1000", "10.0.2.15/24 to driver=e1000".
std::string object_text(const Action& action);
std::string_view step_name(const Action& action);  // "mount", "load module", "bring up" ...
const NicMatch* nic_of(const Action& action);      // of what needs an interface; null: the rest
std::string nic_text(const NicMatch& nic);         // "eth0" or "driver=e1000 mac=..."

// NAME=value as a shell takes it: the value quoted where it must be.
std::string assignment_text(const std::string& name, const std::string& value);

std::string_view phase_name(Phase phase);  // "early", "boot", "late"

// How the machine will really be ended: [end] held against the facts; never automatic. An init whose exit would panic
// the kernel (or be executed again, on illumos) powers off instead; what is not PID 1 can only exit, but for the shim,
// which ends its zone, and whose exit is to stay without the application.
conf::EndAction resolve_end(conf::EndAction wanted, const Facts& facts);
// poweroff where the monitor only understands reboot becomes reboot.
bool power_off_by_reboot(const conf::Config& config, const Facts& facts);

}  // namespace plumb
