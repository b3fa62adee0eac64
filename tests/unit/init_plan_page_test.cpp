// What init adds to a plan: application, signals, ends.
#include <doctest/doctest.h>

#include "init/plan_page.hpp"
#include "json_check.hpp"

using namespace init;
using conf::EndAction;
using conf::Role;

namespace {

Configuration configuration_of(conf::Argv command) {
    Configuration configuration;
    configuration.config.app.command = std::move(command);
    return configuration;
}

plumb::Facts machine() {
    plumb::Facts facts;
    facts.architecture = "x86_64";
    return facts;
}

plumb::Facts container() {
    plumb::Facts facts;
    facts.role = Role::container;
    facts.owns_kernel = false;
    return facts;
}

plumb::Plan small_plan() {
    plumb::Plan plan;
    plan.steps.push_back({plumb::Hostname{"web"}, "[system] hostname", true, {}, plumb::Phase::boot});
    plan.notes = {"a note"};
    plan.problems = {"a problem"};
    return plan;
}

// "success", "failure" or "boot failure": what the page says after it.
std::string end_of(const Configuration& configuration, const plumb::Facts& facts, const std::string& when) {
    const std::string page = plan_page(configuration, facts, {}, false);
    const std::string key = "\n  " + when + " ";
    const auto at = page.find(key, page.find("\nEnd:\n"));
    REQUIRE(at != std::string::npos);
    const auto begin = page.find_first_not_of(' ', at + key.size());
    return page.substr(begin, page.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("plan page: a machine, for people") {
    CHECK(plan_page(configuration_of({"/usr/sbin/nginx", "-g", "daemon off;"}), machine(), small_plan(), false) ==
          R"(Plan for Linux, machine: 1 step, 1 problem

Boot, before the application:
   1  required  -       hostname web
                        [system] hostname

Application:
  /usr/sbin/nginx -g 'daemon off;'

Signals:
  SIGHUP                                read the configuration again
  SIGINT SIGTERM SIGRTMIN+5             stop the application, then reboot
  SIGUSR1                               make the control socket anew where it was deleted, else as SIGRTMIN+13
  SIGUSR2 SIGPWR SIGRTMIN+3 SIGRTMIN+4  stop the application, then power off
  SIGRTMIN+13                           stop the application, then halt
  all others                            ignored

End:
  success       power off
  failure       power off
  boot failure  power off

Notes:
  - a note

Problems:
  - a problem
)");
}

TEST_CASE("plan page: what the application runs with") {
    Configuration configuration = configuration_of({"/bin/app"});
    conf::App& app = configuration.config.app;
    app.user = "www";
    app.group = "web";
    app.cwd = "/srv";
    app.limits = {{"core", {0, conf::unlimited}}, {"nofile", {64, 64}}};
    app.clear_env = true;
    app.env_files = {"/etc/app.env"};
    app.env = {{"A", "b c"}, {"E", ""}};
    CHECK(plan_page(configuration, machine(), {}, false).find(R"(
Application:
  /bin/app
  user   www
  group  web
  cwd    /srv
  limit  core 0:unlimited
  limit  nofile 64
  env    PATH and HOME alone to begin with
  env    the lines of /etc/app.env
  env    A='b c'
  env    E=

)") != std::string::npos);
}

TEST_CASE("plan page: a machine, for programs") {
    const std::string page = plan_page(configuration_of({"/bin/app", "a\"b"}), machine(), small_plan(), true);
    CHECK(tests::is_json(page));
    CHECK(page == R"({
  "platform": "linux",
  "role": "machine",
  "steps": [
    {"number": 1, "phase": "boot", "step": "set host name", "object": "web", "command": "hostname web", "required": true, "deadline_ms": 0, "reason": "[system] hostname", "after": []}
  ],
  "notes": [
    "a note"
  ],
  "problems": [
    "a problem"
  ],
  "application": ["/bin/app", "a\"b"],
  "signals": [
    {"signal": "SIGHUP", "meaning": "read the configuration again"},
    {"signal": "SIGINT SIGTERM SIGRTMIN+5", "meaning": "stop the application, then reboot"},
    {"signal": "SIGUSR1", "meaning": "make the control socket anew where it was deleted, else as SIGRTMIN+13"},
    {"signal": "SIGUSR2 SIGPWR SIGRTMIN+3 SIGRTMIN+4", "meaning": "stop the application, then power off"},
    {"signal": "SIGRTMIN+13", "meaning": "stop the application, then halt"},
    {"signal": "all others", "meaning": "ignored"}
  ],
  "ends": [
    {"when": "success", "action": "power off"},
    {"when": "failure", "action": "power off"},
    {"when": "boot failure", "action": "power off"}
  ]
}
)");
}

TEST_CASE("plan page: a container, for people") {
    CHECK(plan_page(configuration_of({"/bin/app"}), container(), {}, false) ==
          R"(Plan for Linux, container: 0 steps

Application:
  /bin/app

Signals:
  SIGINT SIGTERM SIGPWR SIGRTMIN+3 SIGRTMIN+4 SIGRTMIN+5  stop the application, then exit with its status
  all others                                              forwarded to the application
  SIGCHLD SIGTTIN SIGTTOU                                 ignored

End:
  success       exit
  failure       exit
  boot failure  exit
)");
}

TEST_CASE("plan page: a container, for programs") {
    Configuration configuration = configuration_of({"/bin/app"});
    configuration.forward_only = true;
    const std::string page = plan_page(configuration, container(), {}, true);
    CHECK(tests::is_json(page));
    CHECK(page == R"({
  "platform": "linux",
  "role": "container",
  "steps": [],
  "notes": [],
  "problems": [],
  "application": ["/bin/app"],
  "signals": [
    {"signal": "all others", "meaning": "forwarded to the application"},
    {"signal": "SIGCHLD SIGTTIN SIGTTOU", "meaning": "ignored"}
  ],
  "ends": [
    {"when": "success", "action": "exit"},
    {"when": "failure", "action": "exit"},
    {"when": "boot failure", "action": "exit"}
  ]
}
)");
}

TEST_CASE("plan page: the ends as the facts leave them") {
    Configuration configuration = configuration_of({"/bin/app"});
    conf::Config& config = configuration.config;
    config.end = {EndAction::reboot, EndAction::halt, EndAction::automatic, conf::PowerOffBy::automatic};
    CHECK(end_of(configuration, machine(), "success") == "reboot");
    CHECK(end_of(configuration, machine(), "failure") == "halt");
    CHECK(end_of(configuration, machine(), "boot failure") == "halt");  // that of failure, where nothing is said
    config.rescue.on_boot_failure = true;
    CHECK(end_of(configuration, machine(), "boot failure") == "rescue shell");
    config.end.boot_failure = EndAction::reboot;  // said: over [rescue]
    CHECK(end_of(configuration, machine(), "boot failure") == "reboot");
    config.end.success = EndAction::exit;  // the kernel would panic
    CHECK(end_of(configuration, machine(), "success") == "power off");
    plumb::Facts child = container();
    child.pid1 = false;
    CHECK(end_of(configuration, child, "failure") == "exit");
}

TEST_CASE("plan page: an application's failure may call for the rescue shell") {
    Configuration configuration = configuration_of({"/bin/app"});
    configuration.config.rescue.on_app_failure = true;
    CHECK(end_of(configuration, machine(), "failure") == "rescue shell");
    CHECK(end_of(configuration, machine(), "success") == "power off");
}

TEST_CASE("plan page: the shim ends its zone, but stays when it cannot boot") {
    Configuration configuration = configuration_of({"/bin/app"});
    plumb::Facts shim;
    shim.platform = conf::Platform::illumos;
    shim.start = plumb::Start::shim;
    shim.pid1 = shim.owns_kernel = false;
    shim.zone = "web";
    CHECK(end_of(configuration, shim, "success") == "power off");
    CHECK(end_of(configuration, shim, "failure") == "power off");
    CHECK(end_of(configuration, shim, "boot failure") == "stay, without the application");
    configuration.config.end.failure = EndAction::reboot;
    CHECK(end_of(configuration, shim, "boot failure") == "reboot");
    configuration.config.end.success = EndAction::exit;
    CHECK(end_of(configuration, shim, "success") == "stay, without the application");
}

TEST_CASE("plan page: why a machine is powered off by a reboot") {
    const Configuration configuration = configuration_of({"/bin/app"});
    plumb::Facts facts = machine();
    facts.can_power_off = false;
    facts.power_off_why = "ACPI without S5";
    for (const char* when : {"success", "failure", "boot failure"})
        CHECK(end_of(configuration, facts, when) == "power off (by reboot: ACPI without S5)");
    Configuration other = configuration;
    other.config.end.success = EndAction::halt;
    CHECK(end_of(other, facts, "success") == "halt");
}
