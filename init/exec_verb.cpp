// mvinit exec: what PID 1 would execute the application with is asked for, applied to this very process, and the
// command executed in its place: it keeps the terminal, and its exit status is that of mvinit exec.
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include "conf/writer.hpp"
#include "init/answers.hpp"
#include "init/configuration.hpp"
#include "init/console.hpp"
#include "init/program_lines.hpp"
#include "init/spawn.hpp"
#include "init/verbs.hpp"

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

// As a shell on the machine's console, in the words of PID 1: nothing of the caller's environment but its terminal.
std::string rescue_lines() {
    conf::Writer lines;
    lines << "cwd /\nenv HOME=/\nenv PATH=" << default_path << "\n";
    const char* const terminal = getenv("TERM");
    if (terminal != nullptr) lines << "env TERM=" << terminal << "\n";
    return std::move(lines.text);
}

[[noreturn]] void execute_with(const conf::Argv& argv, std::string_view lines, const conf::Arguments& arguments) {
    Program program;
    if (!read_program(lines, program))
        _exit(refuse(arguments, exit_own,
                     "the mvinit that runs says something that this one does not know: is it of another version?"));
    program.argv = argv;
    std::string_view path = default_path;
    for (const std::string& each : program.env)
        if (each.starts_with("PATH=")) path = std::string_view(each).substr(5);
    program.candidates = search_path(program.argv.front(), path);
    become_and_execute(program, arguments);
}

}  // namespace

int exec_verb(const conf::Arguments& arguments) {
    // A program without one of these would have a file of its own land there.
    fill_standard_descriptors();
    if (arguments.rescue && arguments.command.empty())
        execute_with(read_configuration_file(default_file, arguments.platform, false).config.rescue.command,
                     rescue_lines(), arguments);
    if (arguments.rescue) execute_with(arguments.command, rescue_lines(), arguments);
    const Outcome outcome = put_request(arguments, "program", usual_timeout_ms);
    if (outcome.code != exit_ok) return refuse(arguments, exit_own, outcome.text);
    std::string lines;
    if (const int error = read_all(outcome.descriptor, lines); error != 0)
        return refuse(arguments, exit_own,
                      plumb::to_text({"read", "what the application is executed with", error, "", ""}));
    close(outcome.descriptor);
    execute_with(arguments.command, lines, arguments);
}

}  // namespace init
