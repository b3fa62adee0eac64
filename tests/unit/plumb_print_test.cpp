#include <doctest/doctest.h>

#include "json_check.hpp"
#include "plumb/print.hpp"

using namespace plumb;
using conf::Platform;

namespace {

Plan small_plan() {
    Plan plan;
    plan.steps.push_back({Mount{"proc", "/proc", "proc", "", true}, "why", false, {}, Phase::early});
    plan.steps.push_back(
        {LinkUp{{"", "e1000", ""}, 0, {}}, "[[interface]] driver=e1000", true, std::chrono::seconds{5}, Phase::boot});
    plan.steps.push_back({LoadModule{"button", ""}, "", false, {}, Phase::late});
    plan.notes = {"a note"};
    plan.problems = {"a \"problem\"\n"};
    return plan;
}

Appendix small_appendix() {
    return {{"/bin/app", "two words"},
            {{"user", "www"}, {"limit", "nofile 64"}},
            {{"SIGTERM", "stop"}, {"SIGHUP", "reload"}},
            {{"success", "power off"}}};
}

}  // namespace

TEST_CASE("command_text is what an administrator would type") {
    const NicMatch eth0{"eth0", "", ""};
    const NicMatch card{"", "e1000", "52:54:00:12:34:56"};
    const std::chrono::seconds two{2};
    struct Row {
        Action action;
        std::string_view text;
    };
    const std::vector<Row> rows{
        {MakeDir{"/data", 0755}, "mkdir -p -m 0755 /data"},
        {MakeDir{"/a b", 01777}, "mkdir -p -m 1777 '/a b'"},
        {Symlink{"/proc/self/fd", "/dev/fd"}, "ln -s /proc/self/fd /dev/fd"},
        {Mount{"proc", "/proc", "proc", "nosuid,nodev", false}, "mount -t proc -o nosuid,nodev proc /proc"},
        {Mount{"tmpfs", "/run", "tmpfs", "", true}, "mkdir -p /run && mount -t tmpfs tmpfs /run"},
        {Mount{"", "/", "", "remount,rw", false}, "mount -o remount,rw /"},
        {Hostname{"web"}, "hostname web"},
        {LoadModule{"e1000", ""}, "modprobe e1000"},
        {LoadModule{"e1000", "debug=1 x=2"}, "modprobe e1000 debug=1 x=2"},
        {WriteFile{"/proc/sys/net/core/somaxconn", "1024\n"}, "echo 1024 > /proc/sys/net/core/somaxconn"},
        {WriteFile{"/proc/sys/net/ipv4/ip_local_port_range", "1024 65000\n"},
         "echo '1024 65000' > /proc/sys/net/ipv4/ip_local_port_range"},
        {WriteFile{"/f", "a\nb'%\\\n"}, R"(printf 'a\nb'\''%%\\\n' > /f)"},
        {WriteFile{"/f", "no end"}, "printf 'no end' > /f"},
        {WriteFile{"/f", ""}, "printf '' > /f"},
        {WriteFile{"/f", "-n\n"}, R"(printf -- '-n\n' > /f)"},
        {LinkUp{eth0, 0, {}}, "ip link set dev eth0 up"},
        {LinkUp{card, 9000, two},
         "ip link set dev driver=e1000 mac=52:54:00:12:34:56 mtu 9000 up  # then wait 2s for the carrier"},
        {Address{eth0, "10.0.2.15/24"}, "ip addr add 10.0.2.15/24 dev eth0"},
        {Route{eth0, "default", "10.0.2.2"}, "ip route add default via 10.0.2.2 dev eth0"},
        {Route{eth0, "default", "fe80::2"}, "ip -6 route add default via fe80::2 dev eth0"},
        {Route{eth0, "10.1.0.0/16", ""}, "ip route add 10.1.0.0/16 dev eth0"},
        {CtrlAltDel{}, "sysctl -w kernel.ctrl-alt-del=0"},
        {DhcpLease{"net0", true, true},
         "{ echo search $(/sbin/dhcpinfo -i net0 DNSdmain); for s in $(/sbin/dhcpinfo -i net0 DNSserv); do echo "
         "nameserver $s; done; } > /etc/resolv.conf; uname -S $(/sbin/dhcpinfo -i net0 Hostname)"},
        {DhcpLease{"net0", false, true}, "uname -S $(/sbin/dhcpinfo -i net0 Hostname)"},
        {Command{{"/bin/echo", "two words", "it's"}, {{"A", "b c"}, {"E", ""}}},
         R"(A='b c' E= /bin/echo 'two words' 'it'\''s')"},
    };
    for (const auto& row : rows) CHECK(command_text(row.action) == row.text);
}

TEST_CASE("command_text on illumos") {
    CHECK(command_text(Mount{"swap", "/tmp", "tmpfs", "", false}, Platform::illumos) == "mount -F tmpfs swap /tmp");
    CHECK(command_text(Hostname{"web"}, Platform::illumos) == "uname -S web");
    CHECK(command_text(Command{{"/lib/inet/ipmgmtd"}, {{"SMF_FMRI", "svc:/a b:default"}}}, Platform::illumos) ==
          "SMF_FMRI='svc:/a b:default' /lib/inet/ipmgmtd");
}

TEST_CASE("name and object make the beginning of a message") {
    const NicMatch eth0{"eth0", "", ""};
    struct Row {
        Action action;
        std::string_view text;
    };
    const std::vector<Row> rows{
        {MakeDir{"/data", 0755}, "make directory /data"},
        {Symlink{"/proc/self/fd", "/dev/fd"}, "make link /dev/fd"},
        {Mount{"proc", "/proc", "proc", "nosuid", false}, "mount /proc"},
        {Mount{"", "/", "", "remount,rw", false}, "remount /"},
        {Hostname{"web"}, "set host name web"},
        {LoadModule{"e1000", "debug=1"}, "load module e1000"},
        {WriteFile{"/etc/resolv.conf", "x"}, "write /etc/resolv.conf"},
        {LinkUp{{"eth0", "e1000", ""}, 0, {}}, "bring up name=eth0 driver=e1000"},
        {Address{eth0, "10.0.2.15/24"}, "add address 10.0.2.15/24 to eth0"},
        {Route{eth0, "default", "10.0.2.2"}, "add route default via 10.0.2.2 on eth0"},
        {CtrlAltDel{}, "catch ctrl-alt-del"},
        {DhcpLease{"net0", true, true}, "take from DHCP net0"},
        {Command{{"/bin/true", "a b"}, {{"A", "b"}}}, "run /bin/true 'a b'"},
    };
    for (const auto& row : rows) CHECK(std::string(step_name(row.action)) + " " + object_text(row.action) == row.text);
}

TEST_CASE("plan_text: phases, columns, tables, notes and problems") {
    CHECK(plan_text(small_plan(), {}, small_appendix()) ==
          "Plan for Linux, machine: 3 steps, 1 problem\n"
          "\n"
          "Early, before the configuration is read:\n"
          "   1  optional  -       mkdir -p /proc && mount -t proc proc /proc\n"
          "                        why\n"
          "\n"
          "Boot, before the application:\n"
          "   2  required  5s      ip link set dev driver=e1000 up\n"
          "                        [[interface]] driver=e1000  (after 1)\n"
          "\n"
          "Late, once the application runs:\n"
          "   3  optional  -       modprobe button\n"
          "\n"
          "Application:\n"
          "  /bin/app 'two words'\n"
          "  user   www\n"
          "  limit  nofile 64\n"
          "\n"
          "Signals:\n"
          "  SIGTERM  stop\n"
          "  SIGHUP   reload\n"
          "\n"
          "End:\n"
          "  success  power off\n"
          "\n"
          "Notes:\n"
          "  - a note\n"
          "\n"
          "Problems:\n"
          "  - a \"problem\"\n\n");
}

TEST_CASE("plan_text leaves out what is empty") {
    Facts facts;
    facts.platform = Platform::illumos;
    facts.role = conf::Role::container;
    CHECK(plan_text({}, facts, {}) == "Plan for illumos, container: 0 steps\nStarted by the kernel, global zone\n");
}

TEST_CASE("plan_text and plan_json say on illumos how mvinit was started, and where") {
    Facts facts;
    facts.platform = Platform::illumos;
    facts.start = Start::shim;
    facts.zone = "web";
    facts.brand = "sparse";
    facts.network = Network::shared;
    facts.kernel_version = "omnios-r151050";
    CHECK(plan_text({}, facts, {})
              .find("\nStarted as the smf entry of /etc/inittab, zone web, brand sparse, shared-IP, "
                    "kernel omnios-r151050\n") != std::string::npos);
    const auto json = plan_json({}, facts, small_appendix());
    CHECK(tests::is_json(json));
    CHECK(json.find("\"start\": \"shim\",\n  \"zone\": \"web\",\n  \"brand\": \"sparse\",\n  \"network\": "
                    "\"shared\"") != std::string::npos);
    CHECK(json.find("{\"key\": \"user\", \"value\": \"www\"}") != std::string::npos);
    facts.start = Start::zone_init;
    facts.network = Network::exclusive;
    CHECK(plan_text({}, facts, {}).find("Started as the zone's init, zone web, brand sparse, exclusive-IP") !=
          std::string::npos);
}

TEST_CASE("plan_json: stable keys, valid whatever the texts hold") {
    Plan plan = small_plan();
    plan.steps.push_back({Command{{"/bin/x", "q\"\\\x01\t"}, {{"A", "b"}, {"C", "d"}}}, "r", true, {}, Phase::boot});
    const auto json = plan_json(plan, {}, small_appendix());
    CHECK(tests::is_json(json));
    CHECK(json.find("{\"number\": 2, \"phase\": \"boot\", \"step\": \"bring up\", \"object\": \"driver=e1000\", "
                    "\"command\": \"ip link set dev driver=e1000 up\", \"required\": true, \"deadline_ms\": 5000, "
                    "\"reason\": \"[[interface]] driver=e1000\", \"after\": [1]}") != std::string::npos);
    CHECK(json.find("\"env\": {\"A\": \"b\", \"C\": \"d\"}") != std::string::npos);
    CHECK(json.find("\"application\": [\"/bin/app\", \"two words\"]") != std::string::npos);
    CHECK(json.find("{\"signal\": \"SIGTERM\", \"meaning\": \"stop\"}") != std::string::npos);
    CHECK(json.find("{\"when\": \"success\", \"action\": \"power off\"}") != std::string::npos);
    CHECK(tests::is_json(plan_json({}, {}, {})));
}

TEST_CASE("the JSON check itself refuses what is no JSON") {
    for (const char* text : {"{\"a\": [1, true, \"\\u00e9\"]}", "[]", " {} ", "\"x\""}) CHECK(tests::is_json(text));
    for (const char* text : {"", "{\"a\" 1}", "[1,]", "{,}", "\"\\x\"", "\"\n\"", "[1", "{} {}", "{a: 1}", "\"open"})
        CHECK_FALSE(tests::is_json(text));
}
