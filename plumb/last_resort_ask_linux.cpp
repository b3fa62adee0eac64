// Clients of the control socket in the minimal loop, which can do one thing for them: execute another mvinit. Locked in
// memory, see bare_linux.hpp.
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "plumb/bare_linux.hpp"
#include "plumb/percent.hpp"

namespace plumb::bare {
namespace {

constexpr std::uint64_t patience_ms = 1000;
constexpr int most_at_once = 4;

MVINIT_LOCKED_DATA char upgrade_words[] = "1 upgrade";
MVINIT_LOCKED_DATA char ok_text[] = "ok\n";
MVINIT_LOCKED_DATA char busy_text[] =
    "error 3 mvinit faulted three times within 10 s and only reaps and passes on stop signals: mvinit upgrade takes a "
    "mended one\n";
// What has been told to go, and how long ago, the minimal loop alone knows: another image would not go on with it.
MVINIT_LOCKED_DATA char stopping_text[] =
    "error 3 upgrade: the application is being stopped, and mvinit ends with it: there is nothing left to take over\n";
MVINIT_LOCKED_DATA char denied_text[] = "error 2 upgrade: only root and mvinit's own user may do this\n";
MVINIT_LOCKED_DATA char open_text[] = "error 4 open ";
MVINIT_LOCKED_DATA char no_program_text[] = "error 4 upgrade: this is no program: name the file of an mvinit\n";
MVINIT_LOCKED_DATA char failed_text[] = "mvinit: fatal: upgrade: execute: ";
MVINIT_LOCKED_DATA char stays_text[] = ": this one goes on reaping";
MVINIT_LOCKED_DATA char between[] = ": ";
MVINIT_LOCKED_DATA char check_text[] = ": is the path right?\n";

struct Request {
    unsigned size = 0;
    char text[256];
};
Request request;  // not on the stack, see Line

MVINIT_LOCKED void answer(int client, const char* text) {
    unsigned size = 0;
    while (text[size] != 0) ++size;
    call(SYS_sendto, client, text, size, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
}

MVINIT_LOCKED bool wait_readable(int client, std::uint64_t until) {
    const std::uint64_t now = now_ms();
    if (now >= until) return false;
    pollfd waiting{client, POLLIN, 0};
    timespec timeout;
    timeout.tv_sec = 0;
    timeout.tv_nsec = static_cast<long>(until - now) * 1'000'000 - 1;
    return call(SYS_ppoll, &waiting, 1, &timeout, nullptr, 0) > 0;
}

// A line, its newline replaced by the end; false: there was none in time.
MVINIT_LOCKED bool read_line(int client) {
    request.size = 0;
    const std::uint64_t until = now_ms() + patience_ms;
    while (request.size < sizeof request.text && wait_readable(client, until)) {
        const long got = call(SYS_read, client, request.text + request.size, sizeof request.text - request.size);
        if (got <= 0) return false;
        request.size += static_cast<unsigned>(got);
        char& last = request.text[request.size - 1];
        if (last != '\n') continue;
        last = 0;
        return true;
    }
    return false;
}

MVINIT_LOCKED bool is_allowed(int client) {
    ucred peer;
    peer.uid = ~0U;
    socklen_t size = sizeof peer;
    call(SYS_getsockopt, client, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    return peer.uid == 0 || peer.uid == static_cast<uid_t>(call(SYS_geteuid));
}

// What follows the words; null: it is another request.
MVINIT_LOCKED char* path_of(char* line) {
    unsigned at = 0;
    for (; upgrade_words[at] != 0; ++at)
        if (line[at] != upgrade_words[at]) return nullptr;
    if (line[at] == ' ')
        ++at;
    else if (line[at] != 0)
        return nullptr;
    return line + at;
}

MVINIT_LOCKED bool is_program(int descriptor) {
    char magic[4] = {};
    const long got = call(SYS_pread64, descriptor, magic, sizeof magic, 0);
    return got == 4 && magic[0] == 0x7f && magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F';
}

MVINIT_LOCKED void tell_failed(int client, const char* path, long error) {
    Line line;
    line.put(open_text);
    line.put(path);
    line.put(between);
    line.put_error(static_cast<int>(error));
    line.put(check_text);
    Line::text[line.size] = 0;
    answer(client, Line::text);
}

MVINIT_LOCKED void upgrade(int client, const char* path) {
    const long program = call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (program < 0) return tell_failed(client, path, -program);
    if (is_program(static_cast<int>(program))) {
        // Nobody is left to answer once it has worked.
        answer(client, ok_text);
        forget_faults();
        const int error = execute_in_place(static_cast<int>(program));
        Line line;
        line.put(failed_text);
        line.put_error(error);
        line.put(stays_text);
        line.say();
    } else {
        answer(client, no_program_text);
    }
    call(SYS_close, program);
}

MVINIT_LOCKED void serve(int client) {
    if (!read_line(client)) return;
    char* const path = path_of(request.text);
    if (path == nullptr) return answer(client, busy_text);
    if (!is_allowed(client)) return answer(client, denied_text);
    if (last_resort.stopping) return answer(client, stopping_text);
    decode_percent(path);
    upgrade(client, *path != 0 || last_resort.path == nullptr ? path : last_resort.path);
}

}  // namespace

MVINIT_LOCKED void answer_clients() {
    if (last_resort.listener < 0) return;
    for (int served = 0; served < most_at_once; ++served) {
        const long client = call(SYS_accept4, last_resort.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) return;
        serve(static_cast<int>(client));
        call(SYS_close, client);
    }
}

}  // namespace plumb::bare
