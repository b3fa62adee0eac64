#include "init/probe_worker.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <poll.h>
#include <unistd.h>

#include "conf/endpoint.hpp"
#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "init/probe.hpp"
#include "plumb/notify_socket.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

// What is left of the time for one question; never negative.
int left(std::uint64_t end_ms) {
    const std::uint64_t now = now_ms();
    return now < end_ms ? static_cast<int>(end_ms - now) : 0;
}

bool failed(conf::Writer& why, const char* what) {
    why << what << std::strerror(errno);
    return false;
}

// True once the answer is 200 to 399.
bool read_answer(int connection, std::uint64_t end_ms, conf::Writer& why) {
    char text[64];
    std::size_t have = 0;
    for (;;) {
        const int status = http_status({text, have});
        if (status >= 200 && status <= 399) return true;
        if (status > 0) why << "answered " << status;
        if (status < 0) why << "the answer is not HTTP";
        if (status != 0) return false;
        pollfd readable{connection, POLLIN, 0};
        if (poll(&readable, 1, left(end_ms)) == 0) errno = ETIMEDOUT;
        const ssize_t got = readable.revents == 0 ? -1 : read(connection, text + have, sizeof text - have);
        if (got < 0) return failed(why, "no answer: ");
        if (got == 0) why << "closed without an answer";
        if (got == 0) return false;
        have += static_cast<std::size_t>(got);
    }
}

// True: yes. why: whom it was about, and why not.
bool ask_once(const ProbeWork& work, conf::Writer& why) {
    const std::uint64_t end_ms = now_ms() + work.timeout_ms;
    const std::string& whom = work.question.words.front();
    const bool http = work.question.kind == Question::http;
    const auto target = http ? conf::parse_http(whom) : std::nullopt;
    const auto endpoint = target ? std::optional(target->endpoint) : conf::parse_endpoint(whom);
    why << (http ? "" : "connect ") << whom << ": ";
    if (!endpoint) return false;
    const plumb::Descriptor connection(plumb::connect_tcp(*endpoint, static_cast<int>(work.timeout_ms)));
    if (!connection.valid()) return failed(why, http ? "connect: " : "");
    if (!http) return true;
    const std::string request = http_request(whom);
    if (write(connection.get(), request.data(), request.size()) < 0) return failed(why, "ask: ");
    return read_answer(connection.get(), end_ms, why);
}

}  // namespace

void ask_as_worker(const ProbeWork& work) {
    signal(SIGPIPE, SIG_IGN);
    Reason told{};
    for (;;) {
        conf::Writer why;
        if (ask_once(work, why)) return;
        Reason reason{};
        keep(reason, why.text);
        // A pipe that is full is no reason to stop: what is asked for is in it, if not the last of it.
        if (reason != told && write(work.reasons, reason.data(), reason.size()) > 0) told = reason;
        if (work.retry_ms == 0 || getppid() != work.parent) _exit(1);
        poll(nullptr, 0, static_cast<int>(work.retry_ms));
    }
}

}  // namespace init
