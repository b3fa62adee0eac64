// What may be written to the control socket, and how values are written back.
#include <doctest/doctest.h>
#include <string>

#include "conf/parse.hpp"
#include "init/client.hpp"
#include "init/control_answer.hpp"

using init::Asked;

TEST_CASE("control: the requests that there are") {
    const struct {
        const char* line;
        Asked asked;
        int signal;
    } table[] = {
        {"1 status", Asked::status, 0},   {"1 start", Asked::start, 0},           {"1 stop", Asked::stop, 0},
        {"1 restart", Asked::restart, 0}, {"1 kill 1", Asked::kill, 1},           {"1 kill 64", Asked::kill, 64},
        {"1 reload", Asked::reload, 0},   {"1 poweroff", Asked::poweroff, 0},     {"1 reboot", Asked::reboot, 0},
        {"1 halt", Asked::halt, 0},       {"1 wait ready", Asked::wait_ready, 0}, {"1 wait down", Asked::wait_down, 0},
        {"1 log", Asked::log, 0},         {"1 program", Asked::program, 0},       {"1 analyze", Asked::analyze, 0},
    };
    for (const auto& row : table) {
        CAPTURE(row.line);
        const init::Request request = init::parse_request(row.line);
        CHECK(request.problem == nullptr);
        CHECK(request.asked == row.asked);
        CHECK(request.signal == row.signal);
    }
}

TEST_CASE("control: what is no request") {
    const std::string_view table[] = {
        "",
        "1",
        "1 ",
        "status",
        "2 status",
        "11 status",
        "1  status",
        " 1 status",
        "1 status ",
        "1 Status",
        "1 stat",
        "1 statuses",
        "1 kill",
        "1 kill ",
        "1 kill 0",
        "1 kill 65",
        "1 kill -1",
        "1 kill 9x",
        "1 kill +9",
        "1 kill  9",
        "1 kill 9 ",
        "1 kill TERM",
        "1 kill 99999999999999999999",
        "1 wait",
        "1 wait up",
        "1 wait  ready",
        "1 status\r",
        "1\tstatus",
        std::string_view("1 status\0", 9),
        std::string_view("\0\0\0", 3),
        "GET / HTTP/1.1\r",
    };
    for (const std::string_view line : table) {
        CAPTURE(line);
        CHECK(init::parse_request(line).problem != nullptr);
    }
}

TEST_CASE("control: any bytes go into a value and come out of it") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    for (const std::string& value :
         {all, std::string(), std::string("%"), std::string("100%41"), std::string(" a b ")}) {
        std::string text;
        init::put_value(text, "name", value);
        CHECK(text.find('\n') == text.size() - 1);
        CHECK(init::decode_value(init::value_of("names x\n" + text + "name y\n", "name")) == value);
    }
    CHECK(init::decode_value("%4") == "%4");
    CHECK(init::decode_value("%4G%zz%41") == "%4G%zzA");
}

TEST_CASE("control: a value is that of the first line of its name, the others come after it") {
    const std::string_view lines = "env A=1\nen x\nenv\nenv B=2\nenvy 3\nenv C";
    CHECK(init::value_of(lines, "env") == "A=1");
    CHECK(init::value_of(lines, "en") == "x");
    CHECK(init::value_of(lines, "e") == "");
    CHECK(init::value_of("", "e") == "");
    std::string all;
    for (std::size_t from = 0; from != std::string_view::npos;) {
        all += init::next_value_of(lines, "env", from);
        all += '|';
    }
    CHECK(all == "A=1|B=2|C||");
}

TEST_CASE("control: what the application is executed with") {
    init::Program program;
    program.argv = {"/bin/app", "two\nlines"};
    program.env = {"A=1", "B=100%"};
    CHECK(init::program_lines(program) == "arg /bin/app\narg two%0Alines\nenv A=1\nenv B=100%25\n");
    program = {};
    program.cwd = "/srv";
    program.identity = conf::Identity{33, 44, {44, 55}, "web", "/", ""};
    program.umask = 022;
    program.limits = {{7, {1024, conf::unlimited}}};
    program.nice = -5;
    program.no_new_privs = true;
    program.capabilities = 1 << 10;
    CHECK(init::program_lines(program) ==
          "cwd /srv\nuid 33\ngid 44\ngroup 44\ngroup 55\numask 18\nlimit 7 1024 -1\nnice -5\nno_new_privs 1\n"
          "capabilities 1024\n");
}

namespace {

std::string errors_of(const std::string& text) {
    std::string all;
    for (const conf::Diagnostic& each : conf::parse(text, "f", conf::Platform::linux_os, false).diagnostics)
        all += conf::to_text(each) + "\n";
    return all;
}

}  // namespace

TEST_CASE("[control]") {
    const std::string longest = "/" + std::string(106, 'x');
    const conf::Parsed parsed = conf::parse("[control]\nenabled = false\npath = \"" + longest + "\"\ngroup = 44", "f",
                                            conf::Platform::linux_os, false);
    CHECK(parsed.diagnostics.empty());
    CHECK(parsed.config.control == conf::Control{false, longest, "44"});
    CHECK(errors_of("[control]\npath = \"" + longest + "y\"") ==
          "f:2:8: control.path: \"" + longest + "y\" is too long for a socket: at most 107 bytes, it has 108\n");
    CHECK(errors_of("[control]\npath = \"run/x\"") ==
          "f:2:8: control.path: \"run/x\" is not an absolute path: begin it with '/'\n");
    CHECK(errors_of("[control]\ngroup = \"\"") == "f:2:9: control.group: is empty\n");
    CHECK(errors_of("[control]\ngroups = 1") == "f:2:1: unknown key 'groups' in [control] (did you mean 'group'?)\n");
}

TEST_CASE("where the control socket is to be") {
    const struct {
        conf::Control control;
        const char* option;
        bool forward_only;
        init::ControlSettings settings;
    } table[] = {
        {{}, "", false, {true, false, "", ""}},
        {{}, "", true, {false, false, "", ""}},
        {{}, "/x", true, {true, true, "/x", ""}},
        {{true, "/y", "wheel"}, "/x", false, {true, true, "/x", "wheel"}},
        {{true, "", "wheel"}, "", false, {true, true, "", "wheel"}},
        {{false, "/y", ""}, "", false, {false, true, "/y", ""}},
        {{false, "", ""}, "/x", false, {true, true, "/x", ""}},
    };
    for (const auto& row : table) {
        conf::Arguments arguments;
        arguments.control = row.option;
        CHECK(init::control_settings(row.control, arguments, row.forward_only) == row.settings);
    }
}
