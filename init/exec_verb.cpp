// mvinit exec: what PID 1 would execute the application with is asked for, applied to this very process, and the
// command executed in its place: it keeps the terminal, and its exit status is that of mvinit exec.
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include "init/answers.hpp"
#include "init/configuration.hpp"
#include "init/console.hpp"
#include "init/program_lines.hpp"
#include "init/spawn.hpp"
#include "init/verbs.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

constexpr std::size_t largest_program = std::size_t{4} << 20;  // what exec(2) takes is less

// 0 or errno. The descriptor may be another's as well, and so is where that one stands in it.
int read_all(int descriptor, std::string& text) {
    char piece[4096];
    for (;;) {
        const ssize_t got = pread(descriptor, piece, sizeof piece, static_cast<off_t>(text.size()));
        if (got == 0) return 0;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (text.size() > largest_program) return EFBIG;
        text.append(piece, static_cast<std::size_t>(got));
    }
}

// As a shell on the machine's console: nothing of the caller's environment but its terminal.
Program rescue_program(const conf::Arguments& arguments) {
    Program program;
    program.argv = arguments.command;
    if (program.argv.empty())
        program.argv = read_configuration_file(default_file, arguments.platform, false).config.rescue.command;
    program.cwd = "/";
    program.env = {std::string("PATH=") + std::string(default_path), "HOME=/"};
    if (const char* terminal = getenv("TERM")) program.env.push_back(std::string("TERM=") + terminal);
    program.candidates = search_path(program.argv.front(), default_path);
    return program;
}

}  // namespace

int exec_verb(const conf::Arguments& arguments) {
    // A program without one of these would have a file of its own land there.
    fill_standard_descriptors();
    if (arguments.rescue) become_and_execute(rescue_program(arguments));
    auto asked = ask(arguments.control, {"program"}, usual_timeout_ms);
    if (!asked) return refuse(arguments, exit_own, plumb::to_text(asked.error()));
    if (asked->refusal != 0) return refuse(arguments, exit_own, decode_value(asked->text));
    const plumb::Descriptor passed(asked->descriptor);
    std::string text;
    if (const int error = read_all(passed.get(), text); error != 0)
        return refuse(arguments, exit_own,
                      plumb::to_text({"read", "what the application is executed with", error, "", ""}));
    Program program;
    if (!read_program(text, program))
        return refuse(arguments, exit_own,
                      "the mvinit that runs says something that this one does not know: is it of another version?");
    program.argv = arguments.command;
    std::string_view path = default_path;
    for (const std::string& each : program.env)
        if (each.starts_with("PATH=")) path = std::string_view(each).substr(5);
    program.candidates = search_path(program.argv.front(), path);
    become_and_execute(program);
}

}  // namespace init
