// Every message about a wrong configuration, in full and with its place.
#include <doctest/doctest.h>

#include "conf/parse.hpp"

using conf::Platform;

namespace {

struct Row {
    const char* text;
    const char* errors;
};

std::string errors_of(std::string_view text, Platform platform = Platform::linux_os, bool command_required = false) {
    std::string all;
    for (const conf::Diagnostic& each : conf::parse(text, "f", platform, command_required).diagnostics) {
        if (!all.empty()) all += '\n';
        all += conf::to_text(each);
    }
    return all;
}

template <std::size_t Size>
void check_rows(const Row (&table)[Size]) {
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(errors_of(row.text) == row.errors);
    }
}

}  // namespace

TEST_CASE("names that are not known") {
    const Row table[] = {
        {"[ap]", "f:1:2: unknown table [ap] (did you mean 'app'?)"},
        {"[something]", "f:1:2: unknown table [something]"},
        {"[[mounts]]", "f:1:3: unknown table [mounts] (did you mean 'mount'?)"},
        {"x = 1", "f:1:1: unknown key 'x': keys stand in a table such as [app]"},
        {"[app]\ncomand = []", "f:2:1: unknown key 'comand' in [app] (did you mean 'command'?)"},
        {"[app]\n  \"a\\nb\" = 1", "f:2:3: unknown key 'a\\nb' in [app]"},
        {"[[mount]]\ntarget=\"/\"\ntype=\"x\"\ntarge=1",
         "f:4:1: unknown key 'targe' in [mount] (did you mean 'target'?)"},
        {"[platform.solaris]", "f:1:11: unknown platform 'solaris': write linux or illumos"},
        {"[platform.linus.app]", "f:1:11: unknown platform 'linus': write linux or illumos (did you mean 'linux'?)"},
        {"[platform.linux.ap]", "f:1:17: unknown table [platform.linux.ap] (did you mean 'app'?)"},
        {"[platform.linux.platform]", "f:1:17: unknown table [platform.linux.platform]"},
        {"[platform.illumos.app]\nkwd = \"/\"",
         "f:2:1: unknown key 'kwd' in [platform.illumos.app] (did you mean 'cwd'?)"},
    };
    check_rows(table);
}

TEST_CASE("wrong types") {
    const Row table[] = {
        {"app = 1", "f:1:7: app: expected a table, found an integer"},
        {"[[app]]", "f:1:1: app: expected a table, found an array"},
        {"platform = \"linux\"", "f:1:12: platform: expected a table, found a string"},
        {"[platform]\nlinux = []", "f:2:9: platform.linux: expected a table, found an array"},
        {"[mount]", "f:1:1: mount: expected a list of tables ([[mount]]), found a table"},
        {"mount = [1]", "f:1:10: mount: expected a table, found an integer"},
        {"[app]\ncommand = \"/x\"",
         "f:2:11: app.command: expected an array of strings such as [\"/bin/app\", \"-v\"], found a string"},
        {"[app]\ncommand = [\"/x\", 1]", "f:2:18: app.command: expected a string, found an integer"},
        {"[app]\ncwd = true", "f:2:7: app.cwd: expected an absolute path, found a boolean"},
        {"[app]\nuser = []", "f:2:8: app.user: expected a name or a number, found an array"},
        {"[app]\nenv = 1", "f:2:7: app.env: expected a table of strings, found an integer"},
        {"[app]\nenv = { A = 1 }", "f:2:13: app.env: expected a string for \"A\", found an integer"},
        {"[app]\nenv_files = \"/x\"", "f:2:13: app.env_files: expected an array of absolute paths, found a string"},
        {"[app]\nclear_env = \"yes\"", "f:2:13: app.clear_env: expected true or false, found a string"},
        {"[app]\numask = 0o022",
         "f:2:9: app.umask: expected a string of octal digits such as \"022\", found an integer"},
        {"[app]\nlimits = []", "f:2:10: app.limits: expected a table of limits, found an array"},
        {"[app]\nstdin = 0",
         "f:2:9: app.stdin: expected \"console\", \"null\", \"inherit\" or an absolute path, found an integer"},
        {"[app]\nnice = 1.5", "f:2:8: app.nice: expected an integer, found a float"},
        {"[app]\nnice = inf", "f:2:8: app.nice: expected an integer, found a float"},
        {"[app]\nnice = 1e400", "f:2:8: app.nice: expected an integer, found a float"},
        {"[app]\ncapabilities = \"x\"", "f:2:16: app.capabilities: expected an array of strings, found a string"},
        {"[app]\nrestart = 1", "f:2:11: app.restart: expected one of always, on_failure or never, found an integer"},
        {"[app]\nbackoff = 10", "f:2:11: app.backoff: expected a duration such as \"10s\", found an integer"},
        {"[app]\nbackoff = 07:32:00", "f:2:11: app.backoff: expected a duration such as \"10s\", found a time"},
        {"[app]\nbackoff = 1979-05-27T07:32:00Z",
         "f:2:11: app.backoff: expected a duration such as \"10s\", found a date and time"},
        {"[app]\nstop_signal = 15", "f:2:15: app.stop_signal: expected a signal such as \"TERM\", found an integer"},
        {"[app]\nsuccess_exit_codes = 1",
         "f:2:22: app.success_exit_codes: expected an array of integers, found an integer"},
        {"[system]\nmodules = \"e1000\"", "f:2:11: system.modules: expected an array of strings, found a string"},
        {"[system]\nsysctl = 1", "f:2:10: system.sysctl: expected a table of settings, found an integer"},
        {"[system.sysctl]\na.b = true",
         "f:2:7: system.sysctl: expected a string or an integer for \"a.b\", found a boolean"},
        {"[[interface]]\nname=\"a\"\naddresses = \"10.0.0.1/8\"",
         "f:3:13: interface.addresses: expected an array of addresses, found a string"},
        {"[[interface]]\nname=\"a\"\naddresses = [1]",
         "f:3:14: interface.addresses: expected an address such as \"10.0.2.15/24\", found an integer"},
        {"[[interface]]\nname=\"a\"\ngateway = 1",
         "f:3:11: interface.gateway: expected an array of addresses, found an integer"},
        {"[[interface]]\nname=\"a\"\ngateway = [1]",
         "f:3:12: interface.gateway: expected an address such as \"10.0.2.2\", found an integer"},
        {"[[interface]]\nmac = 1",
         "f:2:7: interface.mac: expected a MAC address such as \"52:54:00:12:34:56\", found an integer"},
    };
    check_rows(table);
}

TEST_CASE("wrong values in [app]") {
    const Row table[] = {
        {"[app]\ncommand = []", "f:2:11: app.command: is empty: name the program to run"},
        {"[app]\ncommand = [\"\"]", "f:2:12: app.command: the program's name is empty"},
        {"[app]\ncommand = [\"/x\", \"a\\u0000b\"]",
         "f:2:18: app.command: the text has a NUL character in it, which no program can be given"},
        {"[app]\ncwd = \"srv\"", "f:2:7: app.cwd: \"srv\" is not an absolute path: begin it with '/'"},
        {"[app]\nuser = \"\"", "f:2:8: app.user: is empty"},
        {"[app]\ngroup = -1", "f:2:9: app.group: -1 is out of range (0 to 4294967294)"},
        {"[app]\nenv = { \"A=B\" = \"x\" }",
         "f:2:17: app.env: \"A=B\" is no name of a variable: it must not be empty nor have '=' in it"},
        {"[app]\nenv = { \"\" = \"x\" }",
         "f:2:14: app.env: \"\" is no name of a variable: it must not be empty nor have '=' in it"},
        {"[app]\nenv_files = [\"/a\", \"b\"]",
         "f:2:20: app.env_files: \"b\" is not an absolute path: begin it with '/'"},
        {"[app]\numask = \"088\"", "f:2:9: app.umask: \"088\" is not an octal number from 0 to 777, such as \"022\""},
        {"[app]\numask = \"1000\"", "f:2:9: app.umask: \"1000\" is not an octal number from 0 to 777, such as \"022\""},
        {"[app]\numask = \"\"", "f:2:9: app.umask: \"\" is not an octal number from 0 to 777, such as \"022\""},
        {"[app]\nlimits = { nofil = 1 }", "f:2:20: app.limits: unknown limit \"nofil\" (did you mean 'nofile'?)"},
        {"[app]\nlimits = { core = -1 }",
         "f:2:19: app.limits: core must be a number, \"unlimited\" or \"SOFT:HARD\" of these"},
        {"[app]\nlimits = { core = \"1:\" }",
         "f:2:19: app.limits: core must be a number, \"unlimited\" or \"SOFT:HARD\" of these"},
        {"[app]\nlimits = { core = \"unlimited:5\" }",
         "f:2:19: app.limits: core: the soft limit is above the hard one; write SOFT:HARD"},
        {"[app]\nstdout = \"nul\"",
         "f:2:10: app.stdout: \"nul\" is neither console, null, inherit nor an absolute path (did you mean "
         "'null'?)"},
        {"[app]\nnice = 20", "f:2:8: app.nice: 20 is out of range (-20 to 19)"},
        {"[app]\ncapabilities = [\"net_bind_servce\", \"\"]",
         "f:2:17: app.capabilities: unknown capability \"net_bind_servce\" (did you mean 'net_bind_service'?)\n"
         "f:2:36: app.capabilities: is empty"},
        {"[app]\nrestart = \"allways\"",
         "f:2:11: app.restart: \"allways\" is not one of always, on_failure or never (did you mean 'always'?)"},
        {"[app]\nbackoff = \"10 sec\"",
         "f:2:11: app.backoff: \"10 sec\" is not a duration: write digits with h, m, s or ms, such as \"250ms\" "
         "or "
         "\"1m30s\", at most 10000h"},
        {"[app]\nbackoff = \"0\"", "f:2:11: app.backoff: \"0\" is too short: at least 1ms"},
        {"[app]\nbackoff = \"1m\"", "f:1:1: app.max_backoff is shorter than app.backoff"},
        {"[app]\nmax_restarts = -1", "f:2:16: app.max_restarts: -1 is out of range (0 to 1000000)"},
        {"[app]\nstop_signal = \"sigtrem\"",
         "f:2:15: app.stop_signal: \"sigtrem\" is not a signal (did you mean 'TERM'?)"},
        {"[app]\nsuccess_exit_codes = [256, 0, -1]",
         "f:2:23: app.success_exit_codes: 256 is out of range (0 to 255)\n"
         "f:2:31: app.success_exit_codes: -1 is out of range (0 to 255)"},
    };
    check_rows(table);
}

TEST_CASE("wrong values in the other tables") {
    const Row table[] = {
        {"[[setup]]", "f:1:1: setup: command is missing"},
        {"[[hook]]", "f:1:1: hook: when is missing\nf:1:1: hook: command is missing"},
        {"[[hook]]\nwhen = \"before\"\ncommand = [\"/x\"]",
         "f:2:8: hook.when: \"before\" is not one of before_start, before_stop or after_stop"},
        {"[hook]\nwhen = \"after_stop\"", "f:1:1: hook: expected a list of tables ([[hook]]), found a table"},
        {"[system]\nhostname = \"a b\"",
         "f:2:12: system.hostname: \"a b\" is not a host name: use 1 to 64 letters, digits, '-' and '.'"},
        {"[system]\nhostname = \"\"",
         "f:2:12: system.hostname: \"\" is not a host name: use 1 to 64 letters, digits, '-' and '.'"},
        {"[system]\nmodules = [\"\"]", "f:2:12: system.modules: is empty"},
        {"[system.sysctl]\n\"../x\" = 1",
         "f:2:10: system.sysctl: \"../x\" is no name of a setting: write it as \"net.core.somaxconn\""},
        {"[[mount]]",
         "f:1:1: mount: target is missing\n"
         "f:1:1: mount: type is missing: only a mount with bind, remount or move in its options goes without"},
        {"[[mount]]\ntarget=\"x\"\ntype=\"\"",
         "f:2:8: mount.target: \"x\" is not an absolute path: begin it with '/'\nf:3:6: mount.type: is "
         "empty"},
        {"[[mount]]\ntarget=\"/x\"\ntype=\"a\"\n[[mount]]\ntarget=\"/x\"\ntype=\"b\"",
         "f:5:8: mount.target: '/x' is mounted already, in line 2"},
        {"[[interface]]", "f:1:1: interface: needs at least one of name, driver and mac to know which card it is"},
        {"[[interface]]\nname = \"a/b\"",
         "f:2:8: interface.name: \"a/b\" is not an interface's name: at most 31 characters, no '/', ':' nor "
         "blanks"},
        {"[[interface]]\nmac = \"1:2\"",
         "f:2:7: interface.mac: \"1:2\" is not a MAC address such as \"52:54:00:12:34:56\""},
        {"[[interface]]\nname=\"a\"\naddresses = [\"10.0.0.1\", \"fe80::1\", \"x\"]",
         "f:3:14: interface.addresses: \"10.0.0.1\" has no prefix: add it, such as /24\n"
         "f:3:26: interface.addresses: \"fe80::1\" has no prefix: add it, such as /64\n"
         "f:3:37: interface.addresses: \"x\" is not an address with prefix such as \"10.0.2.15/24\" or "
         "\"fec0::15/64\""},
        {"[[interface]]\nname=\"a\"\ngateway = \"10.0.0.1/8\"",
         "f:3:11: interface.gateway: \"10.0.0.1/8\" has a prefix: write the address alone"},
        {"[[interface]]\nname=\"a\"\ngateway = [\"1.1.1.1\", \"2.2.2.2\"]",
         "f:3:23: interface.gateway: a second gateway of the same family: keep one"},
        {"[[interface]]\nname=\"a\"\nmtu = 67", "f:3:7: interface.mtu: 67 is too small: 0 (leave it) or at least 68"},
        {"[[interface]]\nname=\"a\"\nmtu = 65536", "f:3:7: interface.mtu: 65536 is out of range (0 to 65535)"},
        {"[[interface]]\nname=\"a\"\ndhcp = true",
         "f:3:8: interface.dhcp: mvinit has no DHCP client on Linux: boot the kernel with ip=dhcp, or write "
         "static "
         "addresses"},
        {"[dns]\nservers = [\"ns.example\"]",
         "f:2:12: dns.servers: \"ns.example\" is not an address such as \"10.0.2.2\" or \"fe80::2\""},
        {"[end]\nsuccess = \"power_off\"",
         "f:2:11: end.success: \"power_off\" is not one of auto, poweroff, reboot, halt, exit or rescue (did "
         "you mean "
         "'poweroff'?)"},
        {"[console]\ndevice = \"ttyS0\"",
         "f:2:10: console.device: \"ttyS0\" is not an absolute path: begin it with '/'"},
        {"[inittab]\nhonor = true", "f:2:1: unknown key 'honor' in [inittab] (did you mean 'honour'?)"},
        {"[inittab]\nhonour = 3", "f:2:10: inittab.honour: expected true or false, found an integer"},
        {"[inittab]\nlevel = 7", "f:2:9: inittab.level: 7 is out of range (0 to 6)"},
        {"[inittab]\nlevel = -1", "f:2:9: inittab.level: -1 is out of range (0 to 6)"},
        {"[inittab]\nlevel = \"S\"", "f:2:9: inittab.level: expected an integer, found a string"},
    };
    check_rows(table);
}

TEST_CASE("a missing command points at [app]") {
    const char* message = ": app.command is missing: write command = [\"/path/of/the/program\"] in [app]";
    CHECK(errors_of("", Platform::linux_os, true) == std::string("f:1:1") + message);
    CHECK(errors_of("[dns]\n\n[app]\n", Platform::linux_os, true) == std::string("f:3:1") + message);
    CHECK(errors_of("[platform.illumos.app]\ncommand = [\"/x\"]", Platform::linux_os, true) ==
          std::string("f:1:1") + message);
    CHECK(errors_of("[platform.illumos.app]\ncommand = [\"/x\"]", Platform::illumos, true) == "");
    CHECK(errors_of("[app]\ncommand = 1", Platform::linux_os, true).find("missing") == std::string::npos);
}

TEST_CASE("both platforms' tables are checked on both, and all errors come in the order of the file") {
    constexpr std::string_view text = R"([platform.linux.app]
nice = 99
[[platform.linux.interface]]
name = "a"
dhcp = true
[platform.illumos.app]
no_new_privs = true
nice = 98
[app]
nice = 97
cwd = "x"
)";
    const char* errors =
        "f:2:8: platform.linux.app.nice: 99 is out of range (-20 to 19)\n"
        "f:5:8: interface.dhcp: mvinit has no DHCP client on Linux: boot the kernel with ip=dhcp, or write "
        "static "
        "addresses\n"
        "f:7:1: warning: platform.illumos.app.no_new_privs: has no effect on illumos\n"
        "f:8:8: platform.illumos.app.nice: 98 is out of range (-20 to 19)\n"
        "f:10:8: app.nice: 97 is out of range (-20 to 19)\n"
        "f:11:7: app.cwd: \"x\" is not an absolute path: begin it with '/'";
    CHECK(errors_of(text, Platform::linux_os) == errors);
    CHECK(errors_of(text, Platform::illumos) == errors);
}

TEST_CASE("a syntax error comes alone") {
    const Row table[] = {
        {"[app]\nx = 1\ncwd = ", "f:3:7: not valid TOML: while parsing key-value pair: encountered end-of-file"},
        {"[app]\n[app]", "f:2:1: not valid TOML: while parsing table header: cannot redefine existing table 'app'"},
        {"a = 1\na = 2", "f:2:5: not valid TOML: while parsing key-value pair: cannot redefine existing integer 'a'"},
        {"a = 1.\n", "f:1:7: not valid TOML: while parsing floating-point: expected decimal digit, saw '\\n'"},
        {"a = \"\xff\"", "f:1:5: not valid TOML: Encountered invalid utf-8 sequence"},
        {"a = \"x", "f:1:7: not valid TOML: while parsing string: encountered end-of-file"},
        {"[\x07]",
         "f:1:2: not valid TOML: while parsing key: expected bare key starting character or string "
         "delimiter, saw '\\u0007'"},
        {"\xc3\xa9 = 1",
         "f:1:1: not valid TOML: while parsing root table: expected keys, tables, whitespace or comments, saw "
         "'\xc3\xa9'"},
        {"\xcb\xa4\x06Z",
         "f:1:1: not valid TOML: while parsing root table: expected keys, tables, whitespace or comments, saw "
         "'\xcb\xa4'"},
        {"[[", "f:1:3: not valid TOML: while parsing table header: encountered end-of-file"},
        {"[]",
         "f:1:2: not valid TOML: while parsing table header: tables with blank bare keys are explicitly "
         "prohibited"},
    };
    check_rows(table);
}

TEST_CASE("nesting is bounded") {
    CHECK(errors_of("a = " + std::string(100'000, '[')) ==
          "f:1:37: not valid TOML: while parsing value: exceeded maximum nested value depth of 32 "
          "(TOML_MAX_NESTED_VALUES)");
    std::string dots;
    for (int i = 0; i < 1000; ++i) dots += "a.";
    CHECK(errors_of("[system.sysctl]\n" + dots + "a = 1") == "");
    CHECK(errors_of("[system.sysctl]\na." + dots + "a = 1") == "f:2:1: more than 1000 dots in one line");
    CHECK(errors_of("[system.sysctl]\na." + dots + dots + "a = {}").find("more than 1000 dots") != std::string::npos);
}
