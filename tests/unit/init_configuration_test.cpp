// Which of command line, kernel command line and file says what.
#include <doctest/doctest.h>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>

#include "init/configuration.hpp"
#include "namespaces.hpp"

using namespace init;
using conf::Argv;
using conf::Role;

namespace {

void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

constexpr const char* with_command = "[app]\ncommand = [\"/from/file\"]\nrestart = \"on_failure\"\n";
constexpr const char* without_command = "[system]\nhostname = \"web\"\n";

std::string messages(const Configuration& configuration) {
    std::string text;
    for (const auto& found : configuration.diagnostics) text += found.message + "\n";
    return text;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

Sources sources_of(Argv command, std::string file, Argv kernel_command = {}, std::string kernel_file = {}) {
    Sources sources;
    sources.arguments.command = std::move(command);
    sources.arguments.config_file = std::move(file);
    sources.kernel.command = std::move(kernel_command);
    sources.kernel.config_file = std::move(kernel_file);
    return sources;
}

}  // namespace

TEST_CASE("a named file is read in every role, the command line's before the kernel's") {
    const ScratchDirectory scratch;
    const std::string one = scratch / "one.toml", two = scratch / "two.toml";
    write_text(one, with_command);
    write_text(two, "[app]\ncommand = [\"/from/two\"]\n");
    struct Row {
        Argv argv;
        std::string file;
        Argv kernel;
        std::string kernel_file;
        Argv command;
        std::string read;
    };
    const std::vector<Row> rows{
        {{}, one, {}, "", {"/from/file"}, one},
        {{}, "", {}, one, {"/from/file"}, one},
        {{}, two, {}, one, {"/from/two"}, two},
        {{"/argv", "1"}, one, {}, "", {"/argv", "1"}, one},
        {{"/argv"}, one, {"/kernel"}, two, {"/argv"}, one},
        {{}, one, {"/kernel", "2"}, "", {"/kernel", "2"}, one},
        {{"/argv"}, "", {"/kernel"}, two, {"/argv"}, two},
        {{}, "", {"/kernel"}, two, {"/kernel"}, two},
    };
    for (const Role role : {Role::machine, Role::container}) {
        for (const auto& row : rows) {
            CAPTURE(&row - rows.data());
            const auto got = load_configuration(sources_of(row.argv, row.file, row.kernel, row.kernel_file), role,
                                                conf::Platform::linux_os);
            CHECK(messages(got) == "");
            CHECK(got.config.app.command == row.command);
            CHECK(got.file == row.read);
            CHECK_FALSE(got.forward_only);
            CHECK_FALSE(got.unreadable);
            // A command from elsewhere takes the place of the file's command alone.
            CHECK((got.config.app.restart == conf::Restart::on_failure) == (row.read == one));
        }
    }
}

TEST_CASE("the file needs no command where one comes from elsewhere") {
    const ScratchDirectory scratch;
    const std::string file = scratch / "file.toml";
    write_text(file, without_command);
    const auto lacking = load_configuration(sources_of({}, file), Role::machine, conf::Platform::linux_os);
    CHECK(conf::has_errors(lacking.diagnostics));
    CHECK(contains(messages(lacking), "app.command is missing"));
    CHECK(lacking.config.system.hostname == "web");
    for (const auto& sources : {sources_of({"/argv"}, file), sources_of({}, file, {"/kernel"})}) {
        const auto enough = load_configuration(sources, Role::machine, conf::Platform::linux_os);
        CHECK(messages(enough) == "");
        CHECK(enough.config.system.hostname == "web");
    }
}

TEST_CASE("a container's command without a file: forwarding only, run once") {
    for (const auto& sources : {sources_of({"/argv", "1"}, ""), sources_of({}, "", {"/argv", "1"})}) {
        const auto got = load_configuration(sources, Role::container, conf::Platform::linux_os);
        CHECK(got.forward_only);
        CHECK_FALSE(got.unreadable);
        CHECK(got.file == "");
        CHECK(messages(got) == "");
        conf::Config expected;
        expected.app.command = {"/argv", "1"};
        expected.app.restart = conf::Restart::never;
        CHECK(got.config == expected);
    }
}

TEST_CASE("a named file that is not there is an error, whatever else is given") {
    const ScratchDirectory scratch;
    const std::string absent = scratch / "absent.toml";
    for (const Role role : {Role::machine, Role::container}) {
        for (const auto& sources : {sources_of({}, absent), sources_of({"/argv"}, absent),
                                    sources_of({"/argv"}, "", {}, absent), sources_of({}, "", {"/kernel"}, absent)}) {
            const auto got = load_configuration(sources, role, conf::Platform::linux_os);
            CHECK(got.unreadable);
            CHECK(got.file == absent);
            REQUIRE(got.diagnostics.size() == 1);
            CHECK(conf::has_errors(got.diagnostics));
            CHECK(got.diagnostics[0].file == absent);
            CHECK(got.diagnostics[0].line == 0);
            CHECK(contains(messages(got), "No such file or directory: is it in the image?"));
        }
    }
}

TEST_CASE("errors of a file that is read stay with the command that came from elsewhere") {
    const ScratchDirectory scratch;
    const std::string file = scratch / "file.toml";
    write_text(file, "[system]\nhostnaem = \"x\"\n");
    const auto got = load_configuration(sources_of({"/argv"}, file), Role::container, conf::Platform::linux_os);
    CHECK(conf::has_errors(got.diagnostics));
    CHECK_FALSE(got.unreadable);
    CHECK(got.diagnostics.at(0).line == 2);
    CHECK(contains(messages(got), "did you mean 'hostname'?"));
    CHECK(got.config.app.command == Argv{"/argv"});
}

TEST_CASE("the file is read for the platform that it is to be used on") {
    const ScratchDirectory scratch;
    const std::string file = scratch / "file.toml";
    write_text(file, "[app]\ncommand = [\"/any\"]\n[platform.illumos.app]\ncommand = [\"/opt/own\"]\n");
    const Sources sources = sources_of({}, file);
    CHECK(load_configuration(sources, Role::machine, conf::Platform::linux_os).config.app.command == Argv{"/any"});
    CHECK(load_configuration(sources, Role::machine, conf::Platform::illumos).config.app.command == Argv{"/opt/own"});
    CHECK(read_configuration_file(file, conf::Platform::illumos, true).config.app.command == Argv{"/opt/own"});
}

TEST_CASE("read_configuration_file: what cannot be read says why") {
    const ScratchDirectory scratch;
    const auto error_of = [](const std::string& file) {
        const auto got = read_configuration_file(file, conf::Platform::linux_os, true);
        CHECK(got.unreadable);
        CHECK(conf::has_errors(got.diagnostics));
        CHECK(got.config == conf::Config{});
        return messages(got);
    };
    CHECK(contains(error_of(scratch / "absent"), "open: No such file or directory"));
    const std::string directory = error_of(scratch.path());
    CHECK(contains(directory, "Is a directory"));
    CHECK_FALSE(contains(directory, "name the application"));
    const std::string large = scratch / "large.toml";
    write_text(large, std::string(largest_file + 1, '\n'));
    CHECK(contains(error_of(large), "at most 1048576 bytes"));
    write_text(large, std::string(largest_file, '\n'));
    const auto just_fits = read_configuration_file(large, conf::Platform::linux_os, false);
    CHECK_FALSE(just_fits.unreadable);
    CHECK(messages(just_fits) == "");
}

TEST_CASE("read_configuration_file asks for a command where it is required") {
    const ScratchDirectory scratch;
    const std::string file = scratch / "file.toml";
    write_text(file, without_command);
    const auto required = read_configuration_file(file, conf::Platform::linux_os, true);
    CHECK(contains(messages(required), "app.command is missing"));
    CHECK_FALSE(required.unreadable);
    CHECK(required.file == file);
    CHECK(messages(read_configuration_file(file, conf::Platform::linux_os, false)) == "");
}

// /etc is an empty file system in the child.
TEST_CASE("the default file") {
    if (!can_unshare(CLONE_NEWNS)) return;
    const std::string failures = in_namespaces(CLONE_NEWNS, [](Report& report) {
        report.check(::mount("tmpfs", "/etc", "tmpfs", 0, nullptr) == 0, "an /etc of its own");
        for (const Role role : {Role::machine, Role::container}) {
            const auto got = load_configuration({}, role, conf::Platform::linux_os);
            report.check(got.unreadable && got.file == default_file, "without a command it must be there");
            report.check(contains(messages(got), "write it, or name the application after --"), "how to do without");
            report.contains(messages(got), "name the application after --", "what to do");
        }
        const auto bare = load_configuration(sources_of({"/argv"}, ""), Role::machine, conf::Platform::linux_os);
        conf::Config expected;
        expected.app.command = {"/argv"};
        report.check(bare.config == expected && bare.diagnostics.empty(), "a machine's command does without the file");
        report.check(!bare.unreadable && !bare.forward_only && bare.file.empty(), "and is a machine all the same");

        write_text(default_file, with_command);
        for (const Role role : {Role::machine, Role::container}) {
            const auto got = load_configuration({}, role, conf::Platform::linux_os);
            report.equal(messages(got), "", "diagnostics");
            report.check(got.config.app.command == Argv{"/from/file"} && got.file == default_file,
                         "the file's command");
        }
        for (const auto& sources : {sources_of({"/argv"}, ""), sources_of({}, "", {"/argv"})}) {
            const auto machine = load_configuration(sources, Role::machine, conf::Platform::linux_os);
            report.check(machine.config.app.command == Argv{"/argv"}, "the command takes the place of the file's");
            report.check(machine.config.app.restart == conf::Restart::on_failure, "the rest is the file's");
            const auto container = load_configuration(sources, Role::container, conf::Platform::linux_os);
            report.check(container.forward_only && container.file.empty(), "a container does not look at it");
            report.check(container.config.app.restart == conf::Restart::never, "nor take anything from it");
        }
    });
    CHECK(failures == "");
}

TEST_CASE("how an end is called") {
    using conf::EndAction;
    CHECK(end_name(EndAction::poweroff) == "power off");
    CHECK(end_name(EndAction::reboot) == "reboot");
    CHECK(end_name(EndAction::halt) == "halt");
    CHECK(end_name(EndAction::exit) == "exit");
    CHECK(end_name(EndAction::rescue) == "rescue shell");
    CHECK(end_name(EndAction::automatic) == "chosen by role");
}
