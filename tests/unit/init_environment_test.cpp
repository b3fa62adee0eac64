// The environment of what mvinit starts.
#include <doctest/doctest.h>

#include "init/program.hpp"

using namespace init;
using conf::Environment;
using conf::Role;

namespace {

const conf::Identity web{100, 101, {101}, "web", "/srv/web", "/bin/rc"};
const conf::Identity number{4711, 4711, {4711}, "", "/", ""};

// As lines, so that a failed check shows both.
template <class Variables>
std::string lines(const Variables& env) {
    std::string text;
    for (const auto& [name, value] : env) text += std::string(name) + "=" + std::string(value) + "\n";
    return text;
}

std::string base(Role role, const conf::Identity* identity, bool clear) {
    ProgramInputs inputs;
    inputs.role = role;
    inputs.inherited = {"TERM=xterm",     "HOME=/inherited", "PATH=/inherited/bin", "USER=me",     "LANG=C=1",
                        "MVINIT_STATE=7", "MVINITX=kept",    "no_equals_sign",      "=C:=C:\\dos", "EMPTY="};
    return lines(base_environment(inputs, identity, clear));
}

const std::string path = "PATH=" + std::string(default_path) + "\n";

}  // namespace

TEST_CASE("a machine's environment is made from nothing but TERM") {
    CHECK(base(Role::machine, nullptr, false) == "HOME=/root\n" + path + "TERM=xterm\n");
    CHECK(base(Role::machine, &web, false) ==
          "HOME=/srv/web\nLOGNAME=web\n" + path + "SHELL=/bin/rc\nTERM=xterm\nUSER=web\n");
    CHECK(base(Role::machine, &number, false) == "HOME=/\n" + path + "TERM=xterm\n");
    ProgramInputs inputs;  // the kernel gave no TERM
    CHECK(lines(base_environment(inputs, nullptr, false)) == "HOME=/root\n" + path);
}

TEST_CASE("a container's is the inherited one without what is mvinit's") {
    CHECK(base(Role::container, nullptr, false) ==
          "EMPTY=\nHOME=/inherited\nLANG=C=1\nMVINITX=kept\nPATH=/inherited/bin\nTERM=xterm\nUSER=me\n");
    CHECK(base(Role::container, &web, false) ==
          "EMPTY=\nHOME=/srv/web\nLANG=C=1\nLOGNAME=web\nMVINITX=kept\nPATH=/inherited/bin\nSHELL=/bin/rc\n"
          "TERM=xterm\nUSER=web\n");
    ProgramInputs inputs;
    inputs.role = Role::container;
    CHECK(lines(base_environment(inputs, nullptr, false)) == "HOME=/\n" + path);
}

TEST_CASE("clear leaves PATH and HOME alone") {
    CHECK(base(Role::machine, nullptr, true) == "HOME=/root\n" + path);
    CHECK(base(Role::machine, &web, true) == "HOME=/srv/web\n" + path);
    CHECK(base(Role::container, nullptr, true) == "HOME=/\n" + path);
    CHECK(base(Role::container, &web, true) == "HOME=/srv/web\n" + path);
}

TEST_CASE("env files lie over the base, [app] env over them; later files over earlier ones") {
    conf::App app;
    app.command = {"/bin/app"};
    app.env = {{"C", "app"}};
    app.clear_env = true;
    ProgramInputs inputs;
    inputs.role = Role::container;
    inputs.inherited = {"Z=inherited"};
    inputs.env_files = {{"/etc/1", "A=first\nB=first\nC=first\nHOME=/first"}, {"/etc/2", "B=second\nC=second\n"}};
    const auto program = prepare_application(app, inputs);
    REQUIRE(program.has_value());
    CHECK(program->env ==
          std::vector<std::string>{"A=first", "B=second", "C=app", "HOME=/first", "PATH=" + std::string(default_path)});
    inputs.env_files[1].second = "B=second\nwrong\n";
    const auto failed = prepare_application(app, inputs);
    REQUIRE(failed.has_error());
    CHECK(failed.error().object == "/etc/2:2");
}

TEST_CASE("the lines of an env file") {
    const std::vector<std::pair<std::string_view, std::string>> rows{
        {"", ""},
        {"A=b", "A=b\n"},
        {"A=b\nB=c\n", "A=b\nB=c\n"},
        {"A=b\r\nB=c\r\n", "A=b\nB=c\n"},
        {"\n  \n# A=1\n\t# A=2\nA=3\n", "A=3\n"},
        {"  A\t =  b c  ", "A=b c\n"},
        {"A=", "A=\n"},
        {"A=b=c", "A=b=c\n"},
        {"A=b # no comment", "A=b # no comment\n"},
        {R"(A=" b ")", "A= b \n"},
        {"A=' b '", "A= b \n"},
        {R"(A="it's")", "A=it's\n"},
        {R"(A="")", "A=\n"},
        {R"(A=")", "A=\"\n"},
        {R"(A="b')", "A=\"b'\n"},
        {R"(A=b"c")", "A=b\"c\"\n"},
        {"A=1\nA=2", "A=2\n"},
    };
    for (const auto& [text, expected] : rows) {
        CAPTURE(text);
        Environment env;
        CHECK(add_env_file(env, "/etc/app.env", text).has_value());
        CHECK(lines(env) == expected);
    }
    Environment env{{"A", "1"}, {"B", "2"}};
    CHECK(add_env_file(env, "/etc/app.env", "B=3\n").has_value());
    CHECK(lines(env) == "A=1\nB=3\n");
}

TEST_CASE("a line of an env file that is none of these is an error with its number") {
    const std::vector<std::pair<std::string_view, std::string>> rows{{"word", "/e:1"},
                                                                     {"A=1\n\n# B\n=2\n", "/e:4"},
                                                                     {"  = 2", "/e:1"},
                                                                     {"A=1\r\nexport\r\n", "/e:2"},
                                                                     {"A=1\nexport A=2\n", "/e:2"},
                                                                     {"A B = 1", "/e:1"},
                                                                     {"A\tB=1", "/e:1"}};
    for (const auto& [text, place] : rows) {
        CAPTURE(text);
        Environment env;
        const auto done = add_env_file(env, "/e", text);
        REQUIRE(done.has_error());
        CHECK(plumb::to_text(done.error()) == "read environment " + place +
                                                  ": a line must be NAME=value, without blanks or export before the =: "
                                                  "mend the line, or begin it with # to "
                                                  "leave it out");
    }
}
