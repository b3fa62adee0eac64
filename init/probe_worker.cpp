#include "init/probe_worker.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <unistd.h>

#include "conf/endpoint.hpp"
#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/probe.hpp"
#include "plumb/concat.hpp"
#include "plumb/error.hpp"
#include "plumb/notify_socket.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

// What is left of the time for one question; never negative.
int left(std::uint64_t end_ms) {
    const std::uint64_t now = now_ms();
    return now < end_ms ? static_cast<int>(end_ms - now) : 0;
}

std::string failed(const char* what, std::string_view whom) {
    return plumb::to_text({what, std::string(whom), errno, "", ""});
}

// "" once the answer is 200 to 399.
std::string read_answer(int connection, const std::string& url, std::uint64_t end_ms) {
    char text[64];
    std::size_t have = 0;
    for (;;) {
        const int status = http_status({text, have});
        if (status >= 200 && status <= 399) return {};
        if (status != 0)
            return plumb::fill("%: %", {url, status < 0 ? "no answer in HTTP" : "answered " + std::to_string(status)});
        pollfd readable{connection, POLLIN, 0};
        if (poll(&readable, 1, left(end_ms)) == 0) return plumb::fill("%: no answer in time", {url});
        const ssize_t got = read(connection, text + have, sizeof text - have);
        if (got < 0) return failed("read the answer of", url);
        if (got == 0) return plumb::fill("%: closed without an answer", {url});
        have += static_cast<std::size_t>(got);
    }
}

// Why the answer is no, "" where it is yes.
std::string ask_once(const ProbeWork& work) {
    const std::uint64_t end_ms = now_ms() + work.timeout_ms;
    const conf::Probe& probe = work.probe;
    const auto target = conf::parse_http(probe.http);
    const auto endpoint = target ? std::optional(target->endpoint) : conf::parse_endpoint(probe.tcp);
    if (!endpoint) return "nobody to ask";
    const std::string whom(target ? target->host : std::string_view(probe.tcp));
    const plumb::Descriptor connection(plumb::connect_tcp(*endpoint, static_cast<int>(work.timeout_ms)));
    if (!connection.valid()) return failed("connect", whom);
    if (!target) return {};
    const std::string request = http_request(probe.http);
    if (write(connection.get(), request.data(), request.size()) != static_cast<ssize_t>(request.size()))
        return failed("ask", probe.http);
    return read_answer(connection.get(), probe.http, end_ms);
}

}  // namespace

void ask_as_worker(const ProbeWork& work) {
    signal(SIGPIPE, SIG_IGN);
    Reason told{};
    for (;;) {
        const std::string why = ask_once(work);
        if (why.empty()) return;
        Reason reason{};
        keep(reason, why);
        // A pipe that is full is no reason to stop: what is asked for is in it, if not the last of it.
        if (reason != told && write(work.reasons, reason.data(), reason.size()) > 0) told = reason;
        if (work.retry_ms == 0 || getppid() != work.parent) _exit(1);
        poll(nullptr, 0, static_cast<int>(work.retry_ms));
    }
}

}  // namespace init
