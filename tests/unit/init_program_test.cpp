// [app] and what is known of the machine -> the program as it will be executed.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "init/program.hpp"

using namespace init;
using conf::Role;
using Words = std::vector<std::string>;

namespace {

constexpr const char* passwd = "root:x:0:0:root:/root:/bin/sh\nweb:x:100:101:Web:/srv/web:/bin/rc\nbare:x:7:8::\n";
constexpr const char* groups = "root:x:0:\nweb:x:101:\nlogs:x:200:web\n";

ProgramInputs inputs_of(Role role) {
    ProgramInputs inputs;
    inputs.role = role;
    inputs.passwd = passwd;
    inputs.groups = groups;
    return inputs;
}

conf::App app_of(conf::Argv command) {
    conf::App app;
    app.command = std::move(command);
    return app;
}

Program prepared(const conf::App& app, const ProgramInputs& inputs) {
    const auto program = prepare_application(app, inputs);
    if (program.has_error()) FAIL(plumb::to_text(program.error()));
    return *program;
}

std::string error_of(const conf::App& app, const ProgramInputs& inputs) {
    const auto program = prepare_application(app, inputs);
    return program.has_error() ? plumb::to_text(program.error()) : "no error";
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plain application: what the defaults make of it") {
    const Program program = prepared(app_of({"/bin/app", "a b", ""}), inputs_of(Role::machine));
    CHECK(program.argv == Words{"/bin/app", "a b", ""});
    CHECK(program.candidates == Words{"/bin/app"});
    CHECK(program.env == Words{"HOME=/root", "PATH=" + std::string(default_path)});
    CHECK(program.cwd == "/");
    CHECK(prepared(app_of({"/bin/app"}), inputs_of(Role::container)).cwd == "");  // where mvinit is
    CHECK(program.terminal == Terminal::none);
    CHECK_FALSE(program.steal_terminal);
    CHECK_FALSE(program.identity.has_value());
    CHECK(program.umask == 022);
    CHECK(program.limits.empty());
    CHECK_FALSE(program.nice.has_value());
    CHECK_FALSE(program.no_new_privs);
    CHECK_FALSE(program.capabilities.has_value());
}

TEST_CASE("what [app] says is taken over") {
    conf::App app = app_of({"app"});
    app.cwd = "/srv";
    app.umask = 0077;
    app.nice = -5;
    app.no_new_privs = true;
    const Program program = prepared(app, inputs_of(Role::container));
    CHECK(program.cwd == "/srv");
    CHECK(program.umask == 0077);
    CHECK(program.nice == -5);
    CHECK(program.no_new_privs);
}

TEST_CASE("the application is looked for along its own PATH") {
    conf::App app = app_of({"app"});
    CHECK(prepared(app, inputs_of(Role::machine)).candidates ==
          Words{"/usr/local/sbin/app", "/usr/local/bin/app", "/usr/sbin/app", "/usr/bin/app", "/sbin/app", "/bin/app"});
    ProgramInputs inputs = inputs_of(Role::container);
    inputs.inherited = {"PATH=/inherited"};
    CHECK(prepared(app, inputs).candidates == Words{"/inherited/app"});
    inputs.env_files = {{"/etc/app.env", "PATH=/file"}};
    CHECK(prepared(app, inputs).candidates == Words{"/file/app"});
    app.env["PATH"] = "/own:/other";
    CHECK(prepared(app, inputs).candidates == Words{"/own/app", "/other/app"});
}

TEST_CASE("search_path") {
    struct Row {
        std::string command;
        std::string_view path;
        Words expected;
    };
    const std::vector<Row> rows{
        {"app", "/a:/b", {"/a/app", "/b/app"}},
        {"app", "/a", {"/a/app"}},
        {"app", "", {"./app"}},
        {"app", "/a::/b:", {"/a/app", "./app", "/b/app", "./app"}},
        {"/bin/app", "/a:/b", {"/bin/app"}},
        {"./app", "/a", {"./app"}},
        {"sub/app", "/a", {"sub/app"}},
        {"", "/a", {""}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.command);
        CAPTURE(row.path);
        CHECK(search_path(row.command, row.path) == row.expected);
    }
}

TEST_CASE("standard descriptors: null on a machine, inherited in a container, else as told") {
    struct Row {
        Role role;
        std::string in, out, error;
        std::array<std::string, 3> expected;
    };
    const std::vector<Row> rows{
        {Role::machine, "", "", "", {"/dev/null", "", ""}},
        {Role::container, "", "", "", {"", "", ""}},
        {Role::machine, "inherit", "null", "console", {"", "/dev/null", "/dev/ttyS1"}},
        {Role::container, "null", "console", "/log", {"/dev/null", "/dev/ttyS1", "/log"}},
        {Role::machine, "console", "/out", "null", {"/dev/ttyS1", "/out", "/dev/null"}},
        {Role::container, "/in", "inherit", "inherit", {"/in", "", ""}},
    };
    for (const auto& row : rows) {
        CAPTURE(&row - rows.data());
        conf::App app = app_of({"/bin/app"});
        app.stdin_from = row.in;
        app.stdout_to = row.out;
        app.stderr_to = row.error;
        ProgramInputs inputs = inputs_of(row.role);
        inputs.console = "/dev/ttyS1";
        CHECK(prepared(app, inputs).stdio == row.expected);
    }
}

TEST_CASE("the terminal") {
    struct Row {
        Role role;
        bool pid1;
        std::string_view in;
        bool is_terminal, leader;
        Terminal expected;
        bool steal;
    };
    const std::vector<Row> rows{
        {Role::machine, true, "", true, true, Terminal::none, false},  // its standard input is /dev/null
        {Role::machine, true, "console", true, true, Terminal::controlling, true},
        {Role::machine, true, "console", false, false, Terminal::controlling, true},
        {Role::machine, false, "console", true, true, Terminal::controlling, false},
        {Role::machine, true, "inherit", true, true, Terminal::controlling, false},
        {Role::container, true, "console", false, true, Terminal::controlling, false},
        {Role::container, true, "", true, true, Terminal::controlling, false},
        {Role::container, false, "", true, false, Terminal::foreground, false},
        {Role::container, true, "", false, true, Terminal::none, false},
        {Role::container, false, "inherit", false, false, Terminal::none, false},
        {Role::container, true, "null", true, true, Terminal::none, false},
    };
    for (const auto& row : rows) {
        CAPTURE(&row - rows.data());
        conf::App app = app_of({"/bin/app"});
        app.stdin_from = row.in;
        ProgramInputs inputs = inputs_of(row.role);
        inputs.pid1 = row.pid1;
        inputs.stdin_is_terminal = row.is_terminal;
        inputs.session_leader = row.leader;
        const Program program = prepared(app, inputs);
        CHECK(program.terminal == row.expected);
        CHECK(program.steal_terminal == row.steal);
    }
    // In the background of a shell's terminal nothing of it is ours to hand on.
    ProgramInputs inputs = inputs_of(Role::container);
    inputs.stdin_is_terminal = true;
    inputs.session_leader = inputs.in_foreground = false;
    CHECK(prepared(app_of({"/bin/app"}), inputs).terminal == Terminal::none);
}

TEST_CASE("user and group") {
    using Ids = std::vector<std::uint32_t>;
    struct Row {
        std::string user, group;
        std::uint32_t uid, gid;
        Ids groups;
        std::string home;
    };
    const std::vector<Row> rows{
        {"web", "", 100, 101, {101, 200}, "/srv/web"}, {"web", "logs", 100, 200, {200}, "/srv/web"},
        {"100", "", 100, 101, {101, 200}, "/srv/web"}, {"4711", "", 4711, 4711, {4711}, "/"},
        {"4711", "12", 4711, 12, {12}, "/"},           {"", "logs", 0, 200, {200}, "/root"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.user);
        CAPTURE(row.group);
        conf::App app = app_of({"/bin/app"});
        app.user = row.user;
        app.group = row.group;
        const Program program = prepared(app, inputs_of(Role::machine));
        REQUIRE(program.identity.has_value());
        CHECK(program.identity->uid == row.uid);
        CHECK(program.identity->gid == row.gid);
        CHECK(program.identity->groups == row.groups);
        CHECK(program.identity->home == row.home);
        CHECK(program.env.front() == "HOME=" + row.home);
    }
}

TEST_CASE("an unknown user or group is an error that says what to do") {
    conf::App app = app_of({"/bin/app"});
    app.user = "wbe";
    const std::string user = error_of(app, inputs_of(Role::machine));
    CHECK(contains(user, "look up user and group wbe: user 'wbe' is not in /etc/passwd (did you mean 'web'?)"));
    CHECK(contains(user, "or give a number"));
    app.user = "web";
    app.group = "lgos";
    const std::string group = error_of(app, inputs_of(Role::machine));
    CHECK(contains(group, "look up user and group web:lgos: group 'lgos' is not in /etc/group"));
}

TEST_CASE("limits by their numbers") {
    conf::App app = app_of({"/bin/app"});
    app.limits = {{"nofile", {10, 20}}, {"core", {0, conf::unlimited}}};
    const Program program = prepared(app, inputs_of(Role::machine));
    REQUIRE(program.limits.size() == 2);
    CHECK(program.limits[0].which == RLIMIT_CORE);
    CHECK(program.limits[0].limit == conf::Limit{0, conf::unlimited});
    CHECK(program.limits[1].which == RLIMIT_NOFILE);
    CHECK(program.limits[1].limit == conf::Limit{10, 20});
    app.limits = {{"coffee", {1, 1}}};
    const std::string error = error_of(app, inputs_of(Role::machine));
    CHECK(contains(error, "set limit coffee: this platform has no such limit: "));
    CHECK(contains(error, "[app] limits"));
}

TEST_CASE("capabilities as a set of bits") {
    conf::App app = app_of({"/bin/app"});
    app.capabilities.emplace();
    CHECK(prepared(app, inputs_of(Role::machine)).capabilities == 0U);  // none is not the same as all
    app.capabilities = {{"chown", "cap_net_bind_service"}};
    CHECK(prepared(app, inputs_of(Role::machine)).capabilities == (1U << 0 | 1U << 10));
    app.capabilities = {{"chown", "fly"}};
    CHECK(contains(error_of(app, inputs_of(Role::machine)), "keep capability fly: this platform has no such"));
}

TEST_CASE("a helper has mvinit's own descriptors and no privileges to lose") {
    ProgramInputs inputs = inputs_of(Role::machine);
    inputs.inherited = {"TERM=linux", "BOOT_IMAGE=/vmlinuz"};
    inputs.stdin_is_terminal = true;
    const Program program = prepare_helper({"mkfs", "/dev/vda"}, {{"PATH", "/tools"}, {"A", "1"}}, inputs, false);
    CHECK(program.argv == Words{"mkfs", "/dev/vda"});
    CHECK(program.candidates == Words{"/tools/mkfs"});
    CHECK(program.env == Words{"A=1", "HOME=/root", "PATH=/tools", "TERM=linux"});
    CHECK(program.stdio == std::array<std::string, 3>{});
    CHECK(program.terminal == Terminal::none);
    CHECK_FALSE(program.steal_terminal);
    CHECK_FALSE(program.identity.has_value());
    CHECK_FALSE(program.umask.has_value());
    CHECK(prepare_helper({"sh"}, {}, inputs, false).candidates.front() == "/usr/local/sbin/sh");
}

TEST_CASE("a rescue shell has the terminal, taken from whoever has it where we are PID 1") {
    for (const bool pid1 : {true, false}) {
        ProgramInputs inputs = inputs_of(Role::machine);
        inputs.pid1 = pid1;
        const Program program = prepare_helper({"/bin/sh"}, {}, inputs, true);
        CHECK(program.terminal == Terminal::controlling);
        CHECK(program.steal_terminal == pid1);
    }
}
