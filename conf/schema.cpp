#include "conf/schema.hpp"

namespace conf {
namespace {

constexpr Key keys[] = {
    {"app.command", "argv", "", "all", "The program and its arguments; required unless given after --."},
    {"app.cwd", "string", "\"/\"", "all", "Working directory, an absolute path."},
    {"app.user", "string", "", "all", "User by name or number; left out: as mvinit runs."},
    {"app.group", "string", "", "all", "Group by name or number; left out: the user's own."},
    {"app.env", "table", "{}", "all", "Variables, name = \"value\"."},
    {"app.env_files", "strings", "[]", "all", "Files of NAME=value lines, absolute paths, read before env is applied."},
    {"app.clear_env", "boolean", "false", "all", "Give only PATH, HOME, env_files and env."},
    {"app.umask", "octal", "\"022\"", "all", "File mode creation mask, \"0\" to \"777\"."},
    {"app.limits", "table", "{}", "all", "Resource limits by name: a number, \"unlimited\" or \"SOFT:HARD\"."},
    {"app.stdin", "string", "", "all", "\"console\", \"null\", \"inherit\" or an absolute path."},
    {"app.stdout", "string", "", "all", "\"console\", \"null\", \"inherit\" or an absolute path."},
    {"app.stderr", "string", "", "all", "\"console\", \"null\", \"inherit\" or an absolute path."},
    {"app.nice", "integer", "0", "all", "Scheduling priority, -20 to 19."},
    {"app.no_new_privs", "boolean", "false", "linux", "No privileges through setuid programs."},
    {"app.capabilities", "strings", "", "linux", "The capabilities to keep; left out: untouched."},
    {"app.restart", "enum", "\"always\"", "all", "When to start again: always, on_failure or never."},
    {"app.backoff", "duration", "\"100ms\"", "all", "First pause before a restart; doubled each time."},
    {"app.max_backoff", "duration", "\"30s\"", "all", "Longest pause before a restart."},
    {"app.reset_after", "duration", "\"10s\"", "all", "A run longer than this is restarted at once."},
    {"app.max_restarts", "integer", "0", "all", "Give up after so many restarts in restart_window; 0: never."},
    {"app.restart_window", "duration", "\"60s\"", "all", "The span in which max_restarts counts."},
    {"app.stop_signal", "signal", "\"TERM\"", "all", "Signal that asks the application to stop."},
    {"app.stop_timeout", "duration", "\"10s\"", "all", "Time from stop_signal to SIGKILL; \"0\": wait for ever."},
    {"app.success_exit_codes", "integers", "[0]", "all", "Exit codes that count as success, 0 to 255."},
    {"setup[].command", "argv", "", "all", "The program and its arguments; required."},
    {"setup[].env", "table", "{}", "all", "Variables, name = \"value\"."},
    {"setup[].timeout", "duration", "\"30s\"", "all", "It is killed after this; \"0\": wait for ever."},
    {"setup[].optional", "boolean", "false", "all", "Go on where it fails."},
    {"system.role", "enum", "\"auto\"", "all", "auto, machine or container."},
    {"system.hostname", "string", "", "all", "Host name: letters, digits, '-' and '.', at most 64."},
    {"system.root", "enum", "\"keep\"", "all", "Remount the root file system: keep, rw or ro."},
    {"system.modules", "strings", "[]", "linux", "Kernel modules, \"name\" or \"name option=value\"."},
    {"system.sysctl", "table", "{}", "linux", "Kernel settings, \"net.core.somaxconn\" = 1024."},
    {"system.power_button", "boolean", "true", "linux", "Power off when the ACPI power button is pressed."},
    {"mount[].source", "string", "", "all", "Device or directory; left out: the type."},
    {"mount[].target", "string", "", "all", "Where to mount, an absolute path; required."},
    {"mount[].type", "string", "", "all", "Type of the file system; required unless options has bind or remount."},
    {"mount[].options", "string", "", "all", "Options as mount takes them, with commas between."},
    {"mount[].optional", "boolean", "false", "all", "Go on where it fails."},
    {"mount[].mkdir", "boolean", "false", "all", "Make the target directory first."},
    {"interface[].name", "string", "", "all", "Name of the interface."},
    {"interface[].driver", "string", "", "all", "Driver: e1000 is e1000g0 on illumos, the first such card on Linux."},
    {"interface[].mac", "string", "", "all", "MAC address of the card."},
    {"interface[].addresses", "strings", "[]", "all", "Addresses with prefix, \"10.0.2.15/24\", \"fec0::15/64\"."},
    {"interface[].gateway", "strings", "[]", "all", "Default gateway: an address, or one of each family."},
    {"interface[].dhcp", "boolean", "false", "illumos", "Ask DHCP for the address."},
    {"interface[].mtu", "integer", "0", "all", "MTU in bytes, 68 to 65535; 0: leave it."},
    {"interface[].carrier_timeout", "duration", "\"0\"", "all", "Longest wait for the carrier; \"0\": do not wait."},
    {"interface[].timeout", "duration", "\"5s\"", "all", "Longest wait for the device to appear."},
    {"interface[].optional", "boolean", "false", "all", "Go on where it fails."},
    {"dns.servers", "strings", "[]", "all", "Addresses of the name servers."},
    {"dns.search", "strings", "[]", "all", "Domains to search."},
    {"end.success", "enum", "\"auto\"", "all",
     "When the application ended well: auto, poweroff, reboot, halt, exit, rescue."},
    {"end.failure", "enum", "\"auto\"", "all", "When it failed for good: as success."},
    {"end.boot_failure", "enum", "\"auto\"", "all", "When a required step failed: as success."},
    {"end.poweroff_by", "enum", "\"auto\"", "all", "How to power off: auto, poweroff or reboot."},
    {"rescue.command", "argv", "[\"/bin/sh\"]", "all", "The shell on the console."},
    {"rescue.on_boot_failure", "boolean", "false", "all", "Run it when a required step failed."},
    {"rescue.on_app_failure", "boolean", "false", "all", "Run it when the application failed for good."},
    {"rescue.on_request", "boolean", "true", "all", "Run it when mvinit.rescue is on the kernel command line."},
    {"console.device", "string", "\"/dev/console\"", "all", "The console, an absolute path."},
    {"console.level", "enum", "\"info\"", "all", "Least level shown: debug, info, warning or error."},
    {"log.kmsg", "boolean", "false", "linux", "Copy mvinit's messages to the kernel's log."},
};

}  // namespace

std::span<const Key> schema() {
    return keys;
}

}  // namespace conf
