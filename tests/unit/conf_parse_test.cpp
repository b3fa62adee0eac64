// conf/parse.hpp: what a right file comes to. What wrong files say is in conf_errors_test.cpp.
#include <doctest/doctest.h>

#include "conf/parse.hpp"

using namespace std::chrono_literals;
using conf::Config;
using conf::Platform;

namespace {

Config read(std::string_view text, Platform platform = Platform::linux_os, bool command_required = false) {
    const conf::Parsed parsed = conf::parse(text, "f", platform, command_required);
    for (const conf::Diagnostic& each : parsed.diagnostics) FAIL_CHECK(conf::to_text(each));
    return parsed.config;
}

}  // namespace

TEST_CASE("an empty file is all defaults") {
    CHECK(read("") == Config{});
    CHECK(read("[app]\n[system]\n[dns]\n[end]\n[rescue]\n[console]\n[log]\n[platform]\n[platform.linux]\n") ==
          Config{});
    CHECK(read("\xEF\xBB\xBF# with a byte order mark\n") == Config{});
}

TEST_CASE("every key of [app]") {
    const Config config = read(R"(
[app]
command = ["/usr/sbin/nginx", "-g", "daemon off;", ""]
cwd = "/srv"
user = "www-data"
group = 33
env = { A = "1", "B.c" = "" }
env_files = ["/etc/default/nginx"]
clear_env = true
umask = "027"
limits = { nofile = 65536, core = "unlimited", nproc = "100:200", as = "5:unlimited", stack = "8" }
stdin = "null"
stdout = "console"
stderr = "/var/log/nginx"
nice = -5
no_new_privs = true
capabilities = ["CAP_NET_BIND_SERVICE", "chown"]
restart = "on_failure"
backoff = "1s"
max_backoff = "1m"
reset_after = "2m"
max_restarts = 5
restart_window = "10m"
stop_signal = "SIGQUIT"
stop_timeout = "0"
success_exit_codes = [0, 255]
)",
                               Platform::linux_os, true);
    conf::App app;
    app.command = {"/usr/sbin/nginx", "-g", "daemon off;", ""};
    app.cwd = "/srv";
    app.user = "www-data";
    app.group = "33";
    app.env = {{"A", "1"}, {"B.c", ""}};
    app.env_files = {"/etc/default/nginx"};
    app.clear_env = true;
    app.umask = 027;
    app.limits = {{"nofile", {65536, 65536}},
                  {"core", {conf::unlimited, conf::unlimited}},
                  {"nproc", {100, 200}},
                  {"as", {5, conf::unlimited}},
                  {"stack", {8, 8}}};
    app.stdin_from = "null";
    app.stdout_to = "console";
    app.stderr_to = "/var/log/nginx";
    app.nice = -5;
    app.no_new_privs = true;
    app.capabilities = {"net_bind_service", "chown"};
    app.restart = conf::Restart::on_failure;
    app.backoff = 1s;
    app.max_backoff = 1min;
    app.reset_after = 2min;
    app.max_restarts = 5;
    app.restart_window = 10min;
    app.stop_signal = 3;
    app.stop_timeout = 0ms;
    app.success_exit_codes = {0, 255};
    CHECK(config.app == app);
}

TEST_CASE("an empty set of capabilities is not an absent one") {
    CHECK(read("[app]\ncapabilities = []").app.capabilities == std::vector<std::string>{});
    CHECK_FALSE(read("[app]").app.capabilities.has_value());
}

TEST_CASE("[[setup]] and [[mount]]") {
    const Config config = read(R"(
[[setup]]
command = ["/a"]
env = { X = "y" }
timeout = "1m"
optional = true
[[setup]]
command = ["/b", "c"]
[[mount]]
source = "/dev/sda1"
target = "/data"
type = "ext4"
options = "ro,noatime"
optional = true
mkdir = true
[[mount]]
target = "/scratch"
type = "tmpfs"
[[mount]]
source = "/a"
target = "/b"
options = "ro,rbind"
)");
    CHECK(config.setup == std::vector<conf::Setup>{{{"/a"}, {{"X", "y"}}, 1min, true}, {{"/b", "c"}, {}, 30s, false}});
    CHECK(config.mounts == std::vector<conf::Mount>{{"/dev/sda1", "/data", "ext4", "ro,noatime", true, true},
                                                    {"tmpfs", "/scratch", "tmpfs", "", false, false},
                                                    {"/a", "/b", "", "ro,rbind", false, false}});
}

TEST_CASE("[system], with settings written both ways") {
    const Config config = read(R"(
[system]
role = "container"
hostname = "web-1.example"
root = "rw"
modules = ["e1000", "virtio_net x=1"]
power_button = false
[system.sysctl]
"net.core.somaxconn" = 1024
net.ipv4.ip_forward = "1"
kernel.panic = -1
"net/ipv4/conf/eth0.1/forwarding" = 0
)");
    conf::System system;
    system.role = conf::Role::container;
    system.hostname = "web-1.example";
    system.root = conf::RootMode::rw;
    system.modules = {"e1000", "virtio_net x=1"};
    system.power_button = false;
    system.sysctl = {{"net.core.somaxconn", "1024"},
                     {"net.ipv4.ip_forward", "1"},
                     {"kernel.panic", "-1"},
                     {"net/ipv4/conf/eth0.1/forwarding", "0"}};
    CHECK(config.system == system);
}

TEST_CASE("[[interface]] and [dns]") {
    const Config config = read(R"(
[[interface]]
driver = "e1000"
mac = "52-54-0-12-34-AB"
addresses = ["10.0.2.15/24", "fec0::15/64"]
gateway = ["10.0.2.2", "fe80::2"]
mtu = 1400
carrier_timeout = "3s"
timeout = "1s"
optional = true
[[interface]]
name = "eth1"
gateway = "10.1.0.1"
dhcp = false
[dns]
servers = ["10.0.2.3", "2001:4860:4860::8888"]
search = ["example.org"]
)");
    conf::Interface first;
    first.driver = "e1000";
    first.mac = "52:54:00:12:34:ab";
    first.addresses = {"10.0.2.15/24", "fec0::15/64"};
    first.gateways = {"10.0.2.2", "fe80::2"};
    first.mtu = 1400;
    first.carrier_timeout = 3s;
    first.timeout = 1s;
    first.optional = true;
    conf::Interface second;
    second.name = "eth1";
    second.gateways = {"10.1.0.1"};
    CHECK(config.interfaces == std::vector<conf::Interface>{first, second});
    CHECK(config.dns == conf::Dns{{"10.0.2.3", "2001:4860:4860::8888"}, {"example.org"}});
}

TEST_CASE("[end], [rescue], [console], [log] and [inittab]") {
    const Config config = read(R"(
[end]
success = "halt"
failure = "reboot"
boot_failure = "rescue"
poweroff_by = "reboot"
[rescue]
command = ["/bin/bash", "-i"]
on_boot_failure = true
on_app_failure = true
on_request = false
[console]
device = "/dev/ttyS1"
level = "debug"
[log]
kmsg = true
[inittab]
honour = true
level = 2
)");
    using conf::EndAction;
    CHECK(config.end == conf::End{EndAction::halt, EndAction::reboot, EndAction::rescue, conf::PowerOffBy::reboot});
    CHECK(config.rescue == conf::Rescue{{"/bin/bash", "-i"}, true, true, false});
    CHECK(config.console == conf::Console{"/dev/ttyS1", conf::LogLevel::debug});
    CHECK(config.log == conf::Log{true});
    CHECK(config.inittab == conf::HonourInittab{true, 2});
}

namespace {

constexpr std::string_view layered = R"(
[platform.illumos.app]
command = ["/opt/local/sbin/nginx"]
env = { B = "illumos" }
[platform.illumos.console]
device = "/dev/sysmsg"
[[platform.illumos.interface]]
name = "net0"
dhcp = true
[platform.linux.system]
hostname = "lx"
[app]
command = ["/usr/sbin/nginx", "-x"]
cwd = "/srv"
env = { A = "all", B = "all" }
[[interface]]
driver = "e1000"
[[interface]]
driver = "e1000e"
)";

}  // namespace

TEST_CASE("the platform's tables lie over the rest, wherever they stand") {
    const Config on_linux = read(layered, Platform::linux_os, true);
    CHECK(on_linux.app.command == conf::Argv{"/usr/sbin/nginx", "-x"});
    CHECK(on_linux.app.env == conf::Environment{{"A", "all"}, {"B", "all"}});
    CHECK(on_linux.system.hostname == "lx");
    CHECK(on_linux.console == conf::Console{});
    CHECK(on_linux.interfaces.size() == 2);

    const Config on_illumos = read(layered, Platform::illumos, true);
    CHECK(on_illumos.app.command == conf::Argv{"/opt/local/sbin/nginx"});
    CHECK(on_illumos.app.cwd == "/srv");
    CHECK(on_illumos.app.env == conf::Environment{{"A", "all"}, {"B", "illumos"}});
    CHECK(on_illumos.system.hostname == "");
    CHECK(on_illumos.console.device == "/dev/sysmsg");
    REQUIRE(on_illumos.interfaces.size() == 1);
    CHECK(on_illumos.interfaces[0].name == "net0");
    CHECK(on_illumos.interfaces[0].dhcp);
}

TEST_CASE("a list that the platform empties is empty") {
    constexpr std::string_view text = "[[interface]]\nname = \"a\"\n[platform.linux]\ninterface = []\n";
    CHECK(read(text).interfaces.empty());
    CHECK(read(text, Platform::illumos).interfaces.size() == 1);
}

TEST_CASE("dhcp is right where it is not in effect on Linux") {
    constexpr std::string_view base = "[[interface]]\nname = \"a\"\ndhcp = true\n";
    CHECK(read(base, Platform::illumos).interfaces[0].dhcp);
    const std::string replaced = std::string(base) + "[[platform.linux.interface]]\nname = \"eth0\"\n";
    CHECK_FALSE(read(replaced).interfaces[0].dhcp);
}

TEST_CASE("the command may come from elsewhere") {
    CHECK(read("[app]\nuser = \"x\"").app.command.empty());
    CHECK(read("[platform.linux.app]\ncommand = [\"/x\"]", Platform::linux_os, true).app.command == conf::Argv{"/x"});
}
