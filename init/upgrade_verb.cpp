// mvinit upgrade: has the mvinit that runs executed by another program, or by the same one mended on disk. The other
// one is tried first, as a child of this verb: it is to be a mvinit that understands what the running one has kept.
#include <cerrno>
#include <poll.h>
#include <signal.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

#include "init/answers.hpp"
#include "init/clock.hpp"
#include "init/console.hpp"
#include "init/control_answer.hpp"
#include "init/reap.hpp"
#include "init/spawn.hpp"
#include "init/state_file.hpp"
#include "init/verbs.hpp"
#include "plumb/concat.hpp"
#include "plumb/files.hpp"
#include "plumb/posix.hpp"
#include "version.hpp"

namespace init {
namespace {

constexpr std::string_view can_take_over = "mvinit upgrade: can take over, as version ";
constexpr std::uint64_t try_ms = 10'000;

// What the running one has kept is written to while it is read: of its two copies one is whole most of the time.
Found read_now(int descriptor, Record& record) {
    constexpr int attempts = 20;
    Found found;
    std::string bytes(most_state_bytes, '\0');  // a later version may keep more than we do
    for (int attempt = 0; attempt < attempts && !found.good; ++attempt) {
        if (attempt != 0) ::poll(nullptr, 0, 1);
        const ssize_t got = pread(descriptor, bytes.data(), bytes.size(), 0);
        record = Record{};
        found = read_state(std::as_bytes(std::span(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0)), record);
    }
    return found;
}

// What the program that is tried does: the state is its standard input.
int try_out(const conf::Arguments& arguments) {
    struct stat input {};
    Record record;
    if (fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode)) {
        const Found found = read_now(STDIN_FILENO, record);
        if (!found.good)
            return refuse(arguments, exit_bad,
                          plumb::fill("this mvinit, %, cannot take over: what the running one has kept is not "
                                      "understood: %: take one of its version or a later one",
                                      {MVINIT_VERSION, found.problem != nullptr ? found.problem : "it is empty"}));
    }
    plumb::write_all(STDOUT_FILENO, plumb::concat({can_take_over, MVINIT_VERSION, "\n"}));
    return exit_ok;
}

// All that the child says until it has ended or takes too long.
std::string hear(int pipe, std::int32_t child) {
    std::string said;
    const std::uint64_t end = now_ms() + try_ms;
    for (;;) {
        const std::uint64_t now = now_ms();
        pollfd ready{pipe, POLLIN, 0};
        if (now >= end || said.size() > 4096 || ::poll(&ready, 1, static_cast<int>(end - now)) == 0) break;
        char piece[512];
        const ssize_t got = read(pipe, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return said;
        said.append(piece, static_cast<std::size_t>(got));
    }
    kill(child, SIGKILL);
    return said;
}

// Empty: it can take over; else why not.
// shown: what the program is called in what is said of it.
std::string try_program(const std::string& path, const std::string& shown, int state) {
    int ends[2];
    if (pipe(ends) != 0) return plumb::to_text({"make", "a pipe", errno});
    Program program;
    program.argv = {path, "upgrade", "--check"};
    program.candidates = {path};
    program.stdio[0] = state < 0 ? "/dev/null" : "";
    program.given = {state, ends[1], ends[1]};
    const Child child = spawn(program);
    close(ends[1]);
    const std::string said = child.pid < 0 ? std::string() : hear(ends[0], child.pid);
    close(ends[0]);
    Ended ended;
    while (child.pid > 0 && reap(ended) == Reaped::none) ::poll(nullptr, 0, 1);
    if (child.stage != nullptr)
        return plumb::to_text({"execute", shown, child.error, "", "is it there, executable, and for this machine?"});
    if (ended.code == 0 && said.starts_with(can_take_over)) return {};
    const std::string_view words = std::string_view(said).substr(0, said.find('\n'));
    return plumb::concat({shown, ": ",
                          said.empty() ? "it is no mvinit that could take over: it was asked, and " : words,
                          said.empty() ? end_text(ended) : ""});
}

// The path as we see it: a container's mvinit may be asked from outside of it.
std::string as_seen_here(const std::string& path, std::int32_t listener) {
    if (listener <= 0) return path;
    const std::string within = plumb::fill("/proc/%/root", {std::to_string(listener)});
    return access(within.c_str(), X_OK) == 0 ? within + path : path;
}

}  // namespace

int upgrade(const conf::Arguments& arguments) {
    fill_standard_descriptors();
    if (arguments.check && arguments.file.empty()) return try_out(arguments);
    if (!arguments.file.empty() && arguments.file.front() != '/')
        return refuse(arguments, exit_unusable,
                      "upgrade needs a path from / on, as the mvinit that runs has a directory of its own");
    const Outcome kept = put_request(arguments, "state", usual_timeout_ms);
    // One that has faulted too often keeps nothing that could be read: then it is enough that it is a mvinit.
    if (kept.code != exit_ok && kept.code != exit_bad && kept.code != exit_absent)
        return refuse(arguments, kept.code, kept.text);
    const std::string path = arguments.file.empty() ? decode_value(value_of(kept.text, "path")) : arguments.file;
    if (!path.empty()) {
        const std::string why = try_program(as_seen_here(path, kept.listener), path, kept.descriptor);
        if (!why.empty()) return refuse(arguments, exit_bad, why + ": the mvinit that runs stays");
    }
    if (arguments.check) return succeed(arguments, plumb::concat({path, " can take over\n"}));
    std::string request = "upgrade";
    if (!path.empty()) put_value(request, "", path);
    if (!path.empty()) request.pop_back();
    const Outcome outcome = put_request(arguments, request, usual_timeout_ms);
    if (outcome.code != exit_ok && !answers_again(arguments, outcome, path))
        return refuse(arguments, outcome.code, outcome.text);
    return succeed(arguments);
}

}  // namespace init
