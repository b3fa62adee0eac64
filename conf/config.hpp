// The configuration as plain values: what /etc/mvinit.toml, the command line and the kernel command
// line say once they are read. Every default is written here and nowhere else.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace conf {

using Milliseconds = std::chrono::milliseconds;
using Argv = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

enum class Restart : std::uint8_t { always, on_failure, never };
enum class Role : std::uint8_t { automatic, machine, container };
enum class RootMode : std::uint8_t { keep, rw, ro };
enum class EndAction : std::uint8_t { automatic, poweroff, reboot, halt, exit, rescue };
enum class PowerOffBy : std::uint8_t { automatic, poweroff, reboot };
enum class LogLevel : std::uint8_t { debug, info, warning, error };

// A resource limit as setrlimit(2) takes it; the maximum value stands for "unlimited".
struct Limit {
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
    bool operator==(const Limit&) const = default;
};
inline constexpr std::uint64_t unlimited = UINT64_MAX;

struct App {
    Argv command;
    std::string cwd;    // empty: a machine's is /, a container's what its runtime chose
    std::string user;   // name or number; empty: stay as we are
    std::string group;  // name or number; empty: the user's own group
    Environment env;
    std::vector<std::string> env_files;
    bool clear_env = false;
    std::uint32_t umask = 022;
    std::map<std::string, Limit> limits;  // by setrlimit name in small letters: nofile, core ...
    // "console", "null", "inherit" or an absolute path; empty: chosen by role (see init/app.cpp).
    std::string stdin_from;
    std::string stdout_to;
    std::string stderr_to;
    int nice = 0;
    bool no_new_privs = false;
    std::optional<std::vector<std::string>> capabilities;  // the set to keep; absent: untouched
    Restart restart = Restart::always;
    Milliseconds backoff{100};
    Milliseconds max_backoff{30'000};
    Milliseconds reset_after{10'000};
    std::uint32_t max_restarts = 0;  // within restart_window; 0: no limit
    Milliseconds restart_window{60'000};
    int stop_signal = 15;
    Milliseconds stop_timeout{10'000};  // 0: wait for ever
    std::vector<int> success_exit_codes{0};
    bool operator==(const App&) const = default;
};

struct Setup {
    Argv command;
    Environment env;
    Milliseconds timeout{30'000};  // 0: wait for ever
    bool optional = false;
    bool parallel = false;  // at the same time as other steps; the application waits for it all the same
    bool operator==(const Setup&) const = default;
};

// What is run beside the application each time that it starts or stops.
// before_start: the application waits for it; before_stop: stop_signal waits for it; after_stop: once it is gone,
// before it is started again or the machine ends.
enum class When : std::uint8_t { before_start, before_stop, after_stop };

struct Hook {
    When when = When::before_start;
    Argv command;
    Environment env;
    Milliseconds timeout{30'000};  // 0: wait for ever
    bool optional = false;         // before_start: start the application all the same where it fails
    bool operator==(const Hook&) const = default;
};

// A question that can be asked of the application again and again. At most one is given.
struct Probe {
    std::string tcp;   // "127.0.0.1:80", "[::1]:80": a connection is taken
    std::string http;  // "http://127.0.0.1:8080/health": the answer is 200 to 399
    Argv command;      // exits with 0
    bool operator==(const Probe&) const = default;
};

// When the application counts as ready: at most one of notify, fd, probe and after is given; none: once executed.
struct Ready {
    bool notify = false;  // READY=1 on NOTIFY_SOCKET (sd_notify(3))
    int fd = -1;          // a newline on this descriptor, which the application is started with (s6)
    Probe probe;
    Milliseconds after{0};       // it has been running for so long
    Milliseconds timeout{0};     // it is restarted where it was not ready by then; 0: wait for ever
    Milliseconds interval{100};  // between two questions of probe
    bool operator==(const Ready&) const = default;
};

struct Health {
    Probe probe;                    // none: it is not asked
    Milliseconds interval{10'000};  // from ready on, between two questions
    Milliseconds timeout{5'000};    // a question not answered by then has failed
    std::uint32_t failures = 3;     // so many in a row: it is restarted
    bool operator==(const Health&) const = default;
};

struct Watchdog {
    Milliseconds app{0};           // WATCHDOG=1 is to come within this, else it is restarted; 0: none
    std::string device;            // "/dev/watchdog": fed while the application is well; empty: none
    Milliseconds timeout{30'000};  // of the device, whole seconds
    bool operator==(const Watchdog&) const = default;
};

// The bytes that the address of a socket has room for, on both platforms: 108 with the NUL.
inline constexpr std::size_t longest_socket_path = 107;

struct Control {
    bool enabled = true;
    std::string path;   // of the socket; empty: /run/mvinit/control.sock, on illumos under /etc/svc/volatile
    std::string group;  // its members may use it beside root
    bool operator==(const Control&) const = default;
};

struct Boot {
    Milliseconds budget{0};  // longer until ready than this is a warning; 0: none
    bool operator==(const Boot&) const = default;
};

// Where what the application writes to standard output and error goes instead of straight to the console.
enum class SinkKind : std::uint8_t { console, ring, file, syslog, kmsg };
enum class Streams : std::uint8_t { both, out, err };
enum class WhenFull : std::uint8_t { drop_oldest, block };

inline constexpr std::size_t most_sinks = 8;  // each may have a descriptor and a process of its own

struct Sink {
    SinkKind to = SinkKind::console;
    std::string path;         // file: its path; syslog: the socket, empty: /dev/log
    std::uint64_t size = 0;   // bytes; ring: of all; file: of one before the next is begun, 0: no limit
    std::uint32_t files = 4;  // file: old ones that are kept
    Streams streams = Streams::both;
    bool stamp = false;  // each line begins with the monotonic time and the stream's name
    WhenFull when_full = WhenFull::drop_oldest;
    std::uint64_t buffer = 65536;  // bytes kept while it stalls
    bool operator==(const Sink&) const = default;
};

struct System {
    Role role = Role::automatic;
    std::string hostname;
    RootMode root = RootMode::keep;
    std::vector<std::string> modules;  // "name" or "name option=value ..."
    std::map<std::string, std::string> sysctl;
    bool power_button = true;  // load the ACPI button driver, power off when it is pressed
    bool operator==(const System&) const = default;
};

struct Mount {
    std::string source;
    std::string target;
    std::string type;
    std::string options;
    bool optional = false;
    bool mkdir = false;
    bool operator==(const Mount&) const = default;
};

// Matched by all of name, driver and mac that are given; at least one is.
struct Interface {
    std::string name;
    std::string driver;
    std::string mac;                     // lower case, colons
    std::vector<std::string> addresses;  // "10.0.2.15/24", "fec0::15/64"
    std::vector<std::string> gateways;   // at most one of each family
    bool dhcp = false;                   // illumos only
    bool accept_ra = false;              // IPv6 addresses and routes from router advertisements
    std::uint32_t mtu = 0;               // 0: leave
    Milliseconds carrier_timeout{0};     // 0: do not wait for the carrier
    Milliseconds timeout{5'000};         // for the device to appear
    bool optional = false;
    bool operator==(const Interface&) const = default;
};

struct Dns {
    std::vector<std::string> servers;
    std::vector<std::string> search;
    bool operator==(const Dns&) const = default;
};

struct End {
    EndAction success = EndAction::automatic;       // machine: poweroff; container: exit
    EndAction failure = EndAction::automatic;       // machine: poweroff; container: exit
    EndAction boot_failure = EndAction::automatic;  // rescue where [rescue] allows it, else failure
    PowerOffBy poweroff_by = PowerOffBy::automatic;
    bool operator==(const End&) const = default;
};

struct Rescue {
    Argv command{"/bin/sh"};
    bool on_boot_failure = false;
    bool on_app_failure = false;
    bool on_request = true;  // mvinit.rescue on the kernel command line
    bool operator==(const Rescue&) const = default;
};

struct Console {
    std::string device = "/dev/console";
    LogLevel level = LogLevel::info;
    bool operator==(const Console&) const = default;
};

struct Log {
    bool kmsg = false;  // copy our own messages to the kernel's log
    bool operator==(const Log&) const = default;
};

// The traditional /etc/inittab of an illumos zone, whose entries mvinit as init runs beside the application.
struct HonourInittab {
    bool honour = false;
    int level = -1;  // run level 0 to 6 whose entries count; -1: the file's initdefault, else 3
    bool operator==(const HonourInittab&) const = default;
};

struct Config {
    App app;
    std::vector<Setup> setup;
    System system;
    std::vector<Mount> mounts;
    std::vector<Interface> interfaces;
    Dns dns;
    End end;
    Rescue rescue;
    Console console;
    Log log;
    std::vector<Sink> sinks;  // none: its output is not captured
    std::vector<Hook> hooks;
    Ready ready;
    Health health;
    Watchdog watchdog;
    Control control;
    Boot boot;
    HonourInittab inittab;
    bool operator==(const Config&) const = default;
};

}  // namespace conf
