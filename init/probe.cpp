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
#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "init/probe_worker.hpp"
#include "init/spawn.hpp"

namespace init {
namespace {

constexpr std::uint32_t worker_grace_ms = 1000;

std::string_view path_of(const Program& program) {
    for (const std::string& variable : program.env)
        if (variable.starts_with("PATH=")) return std::string_view(variable).substr(5);
    return default_path;
}

// The application as a probe's command, in every way but for what it reads and writes, as long as this lives: a copy
// of all that it is would be as good, and larger.
class AsCommand {
public:
    AsCommand(Program& application, const conf::Argv& command) : program_(application) {
        argv_ = command;
        candidates_ = search_path(command.front(), path_of(application));
        stdio_[0] = stdio_[1] = "/dev/null";
        stdio_[2] = application.stdio[2];
        given_[2] = application.given[2];
        exchange();
    }
    AsCommand(const AsCommand&) = delete;
    AsCommand& operator=(const AsCommand&) = delete;
    ~AsCommand() { exchange(); }

private:
    [[gnu::noinline]] void exchange() {
        program_.argv.swap(argv_);
        program_.candidates.swap(candidates_);
        for (std::size_t i = 0; i < stdio_.size(); ++i) program_.stdio[i].swap(stdio_[i]);
        std::swap(program_.given, given_);
        std::swap(program_.ready_pipe, ready_pipe_);
        std::swap(program_.terminal, terminal_);
    }

    Program& program_;
    conf::Argv argv_;
    std::vector<std::string> candidates_;
    std::array<std::string, 3> stdio_;
    std::array<int, 3> given_{-1, -1, -1};
    int ready_pipe_ = -1;
    Terminal terminal_ = Terminal::none;
};

void put_end(conf::Writer& out, const Ended& ended) {
    out << "the command " << (ended.signal != 0 ? "was " : "") << end_text(ended);
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
    conf::Writer out;
    out << "GET " << target->path << " HTTP/1.1\r\nHost: " << target->host
        << "\r\nUser-Agent: mvinit\r\nConnection: close\r\n\r\n";
    return std::move(out.text);
}

void keep(Reason& reason, std::string_view text) {
    reason = {};
    text = text.substr(0, reason.size() - 1);
    std::memcpy(reason.data(), text.data(), text.size());
}

void Prober::ask(const Question& question, Program& application, std::uint32_t timeout_ms, std::uint32_t retry_ms) {
    cancel();
    is_command_ = question.kind == Question::command;
    told_ = false;
    timeout_ms_ = timeout_ms;
    // A worker keeps the time itself, and says more of what did not come. Its own is only for one that hangs.
    if (is_command_ || retry_ms == 0) deadline_ms_ = now_ms() + timeout_ms + (is_command_ ? 0 : worker_grace_ms);
    if (is_command_)
        run_command(question.words, application);
    else
        run_worker(question, retry_ms);
}

void Prober::run_command(const conf::Argv& command, Program& application) {
    const AsCommand changed(application, command);
    const Child child = spawn(application);
    if (child.pending >= 0) close(child.pending);
    pid_ = child.pid > 0 ? child.pid : 0;
    if (child.stage != nullptr) fail(child.stage, command.front(), child.error);
}

void Prober::run_worker(const Question& question, std::uint32_t retry_ms) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail("make", "a pipe", errno);
    reasons_ = ends[0];
    ProbeWork work{question, timeout_ms_, retry_ms, ends[1], getpid()};
    const pid_t pid = fork_worker([](void* data) { ask_as_worker(*static_cast<ProbeWork*>(data)); }, &work);
    const int error = errno;
    close(ends[1]);
    pid_ = pid > 0 ? pid : 0;
    if (pid < 0) fail("fork", "a child that asks", error);
}

void Prober::fail(const char* what, std::string_view whom, int error) {
    conf::Writer why;
    why << what << " " << whom << ": " << std::strerror(error);
    fail(why.text);
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

// One that runs a command leads a group of its own, a worker none.
void Prober::take_over(std::int32_t child) {
    if (child <= 0 || was_reaped(child)) return;
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    dropped_[0] = child;
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
    if (*answer_ || told_) return true;
    conf::Writer why;
    put_end(why, ended);
    keep(reason_, why.text);
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
    conf::Writer why;
    why << "no answer within " << conf::duration_text(conf::Milliseconds(timeout_ms_));
    fail(why.text);
}

const Reason& Prober::reason() {
    read_reason();
    return reason_;
}

}  // namespace init
