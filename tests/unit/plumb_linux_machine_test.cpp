// Facts, processes, the power button and the end, as far as a namespace can show them.
#include <algorithm>
#include <cstring>
#include <doctest/doctest.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "namespaces.hpp"
#include "plumb/descendants_linux.hpp"
#include "plumb/netlink_linux.hpp"
#include "plumb/platform.hpp"

using namespace plumb;

namespace {

constexpr int pids = CLONE_NEWPID | CLONE_NEWNS;

Process process(pid_t pid, pid_t parent) {
    return {pid, parent, 0, 'S'};
}

}  // namespace

TEST_CASE("/proc/PID/stat: the name may hold anything") {
    const std::string tail = " 4 5 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987 1000 2 18446744073709551615";
    const std::pair<std::string, std::optional<Process>> table[] = {
        {"12 (sh) S 3" + tail, Process{12, 3, 987, 'S'}},
        {"12 (a b) R 1 (x) Z 3" + tail, Process{12, 3, 987, 'Z'}},
        {"12 (()) D 0" + tail + "\n", Process{12, 0, 987, 'D'}},
        {"12 (sh) S 3 4", std::nullopt},
        {"12 sh S 3" + tail, std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(parse_process(text) == wanted);
    }
}

TEST_CASE("descendants: children of children, whatever the order, and nobody else") {
    const std::vector<Process> all{process(1, 0),  process(20, 30), process(30, 10), process(10, 1),
                                   process(40, 1), process(50, 20), process(60, 40)};
    std::vector<pid_t> found;
    for (const Process& each : descendants(all, 10)) found.push_back(each.pid);
    std::sort(found.begin(), found.end());
    CHECK(found == std::vector<pid_t>{20, 30, 50});
    CHECK(descendants(all, 60).empty());
    CHECK(descendants({}, 1).empty());
}

TEST_CASE("signal_everyone, not PID 1: all descendants, those that called setsid too, and not ourselves") {
    CHECK(in_namespaces(0, [](Report& report) {
              ::prctl(PR_SET_CHILD_SUBREAPER, 1);
              int ready[2];
              report.check(::pipe(ready) == 0, "pipe");
              const auto wait_here = [&ready] {
                  if (::write(ready[1], "x", 1) != 1) ::_exit(9);
                  for (;;) ::pause();
              };
              start_child(wait_here);
              start_child([&] {
                  ::setsid();
                  start_child([&] {
                      ::setsid();
                      wait_here();
                  });
                  wait_here();
              });
              char byte = 0;
              for (int count = 0; count < 3; ++count) report.check(::read(ready[0], &byte, 1) == 1, "ready");
              signal_everyone(SIGTERM);
              int killed = 0;
              for (int status = 0; ::waitpid(-1, &status, 0) > 0;) {
                  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ++killed;
              }
              report.check(killed == 3, "three were told, not " + std::to_string(killed));
          }) == "");
}

TEST_CASE("signal_everyone as PID 1") {
    if (!can_unshare(pids)) return;
    CHECK(in_namespaces(pids, [](Report& report) {
              report.check(::getpid() == 1, "PID 1");
              if (::getpid() != 1) return;
              const int child = start_child([] {
                  for (;;) ::pause();
              });
              signal_everyone(SIGKILL);
              int status = 0;
              report.check(::waitpid(child, &status, 0) == child && WIFSIGNALED(status), "killed");
              signal_everyone(SIGKILL);  // nobody left
          }) == "");
}

TEST_CASE("PID 1 of a namespace is told from a machine's") {
    const Facts ours = gather_early_facts(conf::Role::automatic);
    CHECK(!ours.pid1);
    CHECK(!ours.owns_kernel);
    CHECK(ours.role == conf::Role::container);
    CHECK(gather_early_facts(conf::Role::machine).role == conf::Role::machine);
    if (!can_unshare(pids)) return;
    CHECK(in_namespaces(pids, [](Report& report) {
              Facts facts = gather_early_facts(conf::Role::automatic);
              report.check(facts.pid1 && !facts.owns_kernel, "PID 1, not of a machine");
              report.check(facts.role == conf::Role::container, "role");
              facts = gather_early_facts(conf::Role::machine);
              gather_facts(facts);
              report.check(facts.role == conf::Role::machine && !facts.owns_kernel, "as told");
              report.check(facts.can_power_off, "reboot(2) ends a namespace");
          }) == "");
}

TEST_CASE("facts of this machine") {
    Facts facts = gather_early_facts(conf::Role::automatic);
    CHECK(is_mounted(facts, "/proc"));
    CHECK(has_directory(facts, "/tmp"));
    gather_facts(facts);
    utsname name{};
    REQUIRE(::uname(&name) == 0);
    CHECK(facts.kernel_release == name.release);
    CHECK(facts.architecture == name.machine);
    CHECK(!facts.root_type.empty());
    CHECK(is_mounted(facts, "/"));
    CHECK(is_mounted(facts, "/proc"));
    CHECK(std::count(facts.mounted.begin(), facts.mounted.end(), "/proc") == 1);
    CHECK(!facts.power_off_why.empty());
    for (const Nic& nic : facts.nics) CHECK(nic.name != "lo");
}

TEST_CASE("the end of a namespace: SIGINT for power-off and halt, SIGHUP for reboot (kernel/pid_namespace.c)") {
    if (!can_unshare(pids)) return;
    const std::pair<conf::EndAction, int> table[] = {
        {conf::EndAction::poweroff, SIGINT}, {conf::EndAction::halt, SIGINT}, {conf::EndAction::reboot, SIGHUP}};
    for (const auto& [action, signo] : table) {
        int status = 0;
        const std::string text = in_namespaces(
            pids,
            [action = action](Report& report) {
                report.check(::getpid() == 1, "PID 1");
                if (::getpid() == 1) report.check(false, to_text(end_machine(action)));
            },
            &status);
        CHECK(text == "");
        CHECK(WIFSIGNALED(status));
        CHECK(WTERMSIG(status) == signo);
    }
}

TEST_CASE("actions that do not end a machine") {
    for (const auto action : {conf::EndAction::exit, conf::EndAction::rescue, conf::EndAction::automatic}) {
        CHECK(to_text(end_machine(action)) == "end the machine: this action does not end a machine");
    }
}

TEST_CASE("power button: its event is told from others") {
    struct Event {
        char device_class[20];
        char bus_id[15];
        std::uint32_t type;
        std::uint32_t data;
    };
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
    const Descriptor kernel(ends[0]);
    const Descriptor ours(ends[1]);
    const auto send = [&kernel](const char* device_class, std::uint16_t attribute) {
        Event event{};
        std::strcpy(event.device_class, device_class);
        NetlinkRequest message(0x1b, 0, genlmsghdr{1, 1, 0});
        message.attribute(attribute, &event, sizeof event);
        REQUIRE(::send(kernel.get(), &message, message.header().nlmsg_len, 0) > 0);
    };
    CHECK(!read_power_button(ours.get()));  // nothing there: it does not block
    send("button/lid", 1);
    send("button/powerful", 1);
    send("button/power", 2);
    CHECK(!read_power_button(ours.get()));
    send("ac_adapter", 1);
    send("button/power", 1);
    send("battery", 1);
    CHECK(read_power_button(ours.get()));
    CHECK(!read_power_button(ours.get()));
    REQUIRE(::send(kernel.get(), "short", 5, 0) == 5);
    CHECK(!read_power_button(ours.get()));
}

TEST_CASE("power button: a descriptor or a reason") {
    const auto opened = open_power_button();
    if (opened.has_value()) {
        const Descriptor descriptor(*opened);
        CHECK(descriptor.valid());
        CHECK(!read_power_button(descriptor.get()));
    } else {
        CHECK(to_text(opened.error()).starts_with("listen to the power button: "));
        CHECK(!opened.error().remedy.empty());
    }
}
