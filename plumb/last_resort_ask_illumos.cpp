// Clients of the control socket in the minimal loop, which can do one thing for them: execute another mvinit.
#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "plumb/bare_illumos.hpp"
#include "plumb/local_socket.hpp"
#include "plumb/percent.hpp"
#include "plumb/posix.hpp"
#include "plumb/survival.hpp"

namespace plumb::bare {
namespace {

constexpr std::int64_t patience_ms = 1000;
constexpr int most_at_once = 4;
constexpr std::string_view upgrade_words = "1 upgrade";

struct Request {
    std::size_t size = 0;
    std::array<char, 256> text{};
};
Request request;  // the path stays for execute_in_place()

// A line, its newline replaced by the end; false: there was none in time.
bool read_line(int client) {
    request.size = 0;
    const std::int64_t until = monotonic_milliseconds() + patience_ms;
    while (request.size < request.text.size()) {
        const std::int64_t left = until - monotonic_milliseconds();
        pollfd waiting{client, POLLIN, 0};
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
        const ssize_t got =
            receive_local(client, request.text.data() + request.size, request.text.size() - request.size);
        if (got <= 0) return false;
        request.size += static_cast<std::size_t>(got);
        char& last = request.text[request.size - 1];
        if (last != '\n') continue;
        last = 0;
        return true;
    }
    return false;
}

// What follows the words; null: it is another request.
char* path_of(char* line) {
    if (!std::string_view(line).starts_with(upgrade_words)) return nullptr;
    char* const rest = line + upgrade_words.size();
    if (*rest == 0) return rest;
    return *rest == ' ' ? rest + 1 : nullptr;
}

bool is_program(int descriptor) {
    char magic[4] = {};
    return ::pread(descriptor, magic, sizeof magic, 0) == 4 && std::memcmp(magic,
                                                                           "\x7f"
                                                                           "ELF",
                                                                           4) == 0;
}

// All descriptors end with this program: the next one, which makes the socket anew, is asked whether it is there.
void upgrade(int client, const char* path) {
    const int program = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const bool good = program >= 0 && is_program(program);
    if (program >= 0) ::close(program);
    if (!good) {
        Line line;
        line.put("error 4 upgrade: ").put(path).put(": cannot be read, or is no program: name the file of an mvinit\n");
        send_local(client, line.text());
        return;
    }
    const char* const before = last_resort.path;
    last_resort.path = path;
    forget_faults();
    const int error = execute_in_place(-1);
    last_resort.path = before;
    Line line;
    line.put("error 4 upgrade: execute ").put(path).put(": ").put_error(error);
    line.put(": is it a mvinit for this machine?\n");
    send_local(client, line.text());
}

void serve(int client) {
    if (!read_line(client)) return;
    char* const path = path_of(request.text.data());
    if (path == nullptr) {
        send_local(client,
                   "error 3 mvinit faulted three times within 10 s and only reaps and passes on stop signals: mvinit "
                   "upgrade takes a mended one\n");
        return;
    }
    const std::int64_t user = peer_of(client, -1).user;
    if (user != 0 && user != static_cast<std::int64_t>(::geteuid())) {
        send_local(client, "error 2 upgrade: only root and mvinit's own user may do this\n");
        return;
    }
    if (last_resort.stopping) {
        send_local(client, "error 3 upgrade: the application is being stopped: there is nothing left to take over\n");
        return;
    }
    decode_percent(path);
    upgrade(client, *path != 0 || last_resort.path == nullptr ? path : last_resort.path);
}

}  // namespace

void answer_clients() {
    for (int served = 0; last_resort.listener >= 0 && served < most_at_once; ++served) {
        const int client = accept_local(last_resort.listener);
        if (client < 0) return;
        serve(client);
        close_local(client);
    }
}

}  // namespace plumb::bare
