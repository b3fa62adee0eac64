#include "init/probe.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "conf/endpoint.hpp"
#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/probe_worker.hpp"
#include "init/spawn.hpp"
#include "plumb/concat.hpp"

namespace init {
namespace {

constexpr std::uint32_t worker_grace_ms = 1000;

std::string_view path_of(const Program& program) {
    for (const std::string& variable : program.env)
        if (variable.starts_with("PATH=")) return std::string_view(variable).substr(5);
    return default_path;
}

// The command of a probe: in every way as the application, but for what it reads and writes.
Program as_application(const conf::Argv& command, const Program& application) {
    Program program = application;
    program.argv = command;
    program.candidates = search_path(command.front(), path_of(application));
    program.stdio[0] = program.stdio[1] = "/dev/null";
    program.given[0] = program.given[1] = -1;
    program.ready_pipe = program.ready_number = -1;
    program.terminal = Terminal::none;
    return program;
}

std::string how_it_ended(const Ended& ended) {
    if (ended.signal != 0) return "the command was killed by " + conf::signal_name(ended.signal);
    return "the command exited with code " + std::to_string(ended.code);
}

}  // namespace

int http_status(std::string_view text) {
    constexpr std::string_view version = "HTTP/1.";
    if (!text.starts_with(version.substr(0, text.size()))) return -1;
    constexpr std::size_t at = version.size() + 2;  // "1 "
    if (text.size() < at + 3) return 0;
    int status = 0;
    const char* end = text.data() + at + 3;
    const auto [rest, error] = std::from_chars(text.data() + at, end, status);
    return text[at - 1] == ' ' && error == std::errc{} && rest == end && status >= 100 ? status : -1;
}

std::string http_request(std::string_view url) {
    const auto target = conf::parse_http(url);
    if (!target) return {};
    return plumb::fill("GET % HTTP/1.1\r\nHost: %\r\nUser-Agent: mvinit\r\nConnection: close\r\n\r\n",
                       {target->path, target->host});
}

void keep(Reason& reason, std::string_view text) {
    reason = {};
    text = text.substr(0, reason.size() - 1);
    std::memcpy(reason.data(), text.data(), text.size());
}

void Prober::ask(const conf::Probe& probe, const Program& application, std::uint32_t timeout_ms,
                 std::uint32_t retry_ms) {
    cancel();
    is_command_ = !probe.command.empty();
    told_ = false;
    timeout_ms_ = timeout_ms;
    // A worker keeps the time itself, and says more of what did not come. Its own is only for one that hangs.
    deadline_ms_ = is_command_ ? now_ms() + timeout_ms : retry_ms == 0 ? now_ms() + timeout_ms + worker_grace_ms : 0;
    if (is_command_)
        run_command(probe.command, application);
    else
        run_worker(probe, retry_ms);
}

void Prober::run_command(const conf::Argv& command, const Program& application) {
    const Child child = spawn(as_application(command, application));
    if (child.pending >= 0) close(child.pending);
    pid_ = child.pid > 0 ? child.pid : 0;
    if (child.stage != nullptr) fail(plumb::to_text({child.stage, command.front(), child.error, "", ""}));
}

void Prober::run_worker(const conf::Probe& probe, std::uint32_t retry_ms) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail(plumb::to_text({"make a pipe", "", errno, "", ""}));
    reasons_ = ends[0];
    ProbeWork work{probe, timeout_ms_, retry_ms, ends[1], getpid()};
    const pid_t pid = fork_worker([](void* data) { ask_as_worker(*static_cast<ProbeWork*>(data)); }, &work);
    const int error = errno;
    close(ends[1]);
    pid_ = pid > 0 ? pid : 0;
    if (pid < 0) fail(plumb::to_text({"fork", "", error, "", ""}));
}

// The answer is no, whatever becomes of the child.
void Prober::fail(std::string_view why) {
    keep(reason_, why);
    told_ = true;
    drop();
    answer_ = false;
}

// The child is no longer asked.
void Prober::drop() {
    read_reason();
    if (reasons_ >= 0) close(std::exchange(reasons_, -1));
    deadline_ms_ = 0;
    if (pid_ == 0) return;
    kill(is_command_ ? -pid_ : pid_, SIGKILL);
    // With no place free the oldest will look like an orphan, which it is no more than that.
    for (std::size_t at = dropped_.size() - 1; at > 0; --at) dropped_[at] = dropped_[at - 1];
    dropped_[0] = std::exchange(pid_, 0);
}

void Prober::cancel() {
    drop();
    answer_.reset();
}

void Prober::read_reason() {
    Reason reason;
    while (reasons_ >= 0 && read(reasons_, reason.data(), reason.size()) == static_cast<ssize_t>(reason.size())) {
        reason.back() = '\0';
        if (!told_ || !is_command_) reason_ = reason;
        told_ = true;
    }
}

bool Prober::child_ended(const Ended& ended) {
    for (std::int32_t& pid : dropped_) {
        if (pid != ended.pid) continue;
        pid = 0;
        return true;
    }
    if (pid_ == 0 || ended.pid != pid_) return false;
    pid_ = 0;
    answer_ = ended.code == 0;
    drop();
    if (!*answer_ && !told_) keep(reason_, how_it_ended(ended));
    return true;
}

std::optional<bool> Prober::answer() {
    return std::exchange(answer_, std::nullopt);
}

std::optional<std::uint64_t> Prober::deadline() const {
    return deadline_ms_ == 0 ? std::nullopt : std::optional(deadline_ms_);
}

void Prober::due() {
    if (deadline_ms_ == 0 || now_ms() < deadline_ms_) return;
    fail("no answer within " + conf::duration_text(conf::Milliseconds(timeout_ms_)));
}

const Reason& Prober::reason() {
    read_reason();
    return reason_;
}

}  // namespace init
