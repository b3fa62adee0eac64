// The probe as an application that says that it is ready and well, or is asked: by NOTIFY_SOCKET, by a descriptor, by
// TCP and HTTP.
#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.hpp"

namespace probe {
namespace {

// "\n" of two characters is a line's end, %d our pid.
std::string expanded(std::string text) {
    for (std::size_t at; (at = text.find("\\n")) != std::string::npos;) text.replace(at, 2, "\n");
    for (std::size_t at; (at = text.find("%d")) != std::string::npos;) text.replace(at, 2, std::to_string(getpid()));
    return text;
}

void send_notification(const std::string& text) {
    const char* where = getenv("NOTIFY_SOCKET");
    if (where == nullptr) return say("no NOTIFY_SOCKET");
    const std::string path = where;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (path[0] == '@') address.sun_path[0] = '\0';
    const std::size_t size = offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1);
    const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    if (sendto(sender, text.data(), text.size(), 0, to, static_cast<socklen_t>(size)) < 0)
        say("notify: " + std::string(std::strerror(errno)));
    close(sender);
}

void wait_for(const std::string& file) {
    while (access(file.c_str(), F_OK) != 0) usleep(2000);
}

// A line that answers every connection: what FILE has, "" where it is not there.
std::string contents(const std::string& file) {
    char text[256] = {};
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return "";
    const ssize_t got = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "";
}

}  // namespace

// notify WORD...: sends each word as a message; "wait:FILE" waits for the file, "say:TEXT" says that, "fork:WORD" has a
// child in the same session send it, "stranger:WORD" one in a session of its own, "child:WORD" sends it from a child
// that lives on; then sleeps.
int notify(const Words& words) {
    for (const std::string& word : words) {
        const std::size_t colon = word.find(':');
        const std::string how = colon == std::string::npos ? "" : word.substr(0, colon);
        const std::string rest = colon == std::string::npos ? "" : word.substr(colon + 1);
        if (how == "wait") {
            wait_for(rest);
        } else if (how == "say") {
            say(rest);
        } else if (how == "exit") {
            return std::atoi(rest.c_str());
        } else if (how == "fork" || how == "stranger" || how == "child") {
            if (fork() != 0) continue;
            if (how == "stranger") setsid();
            send_notification(expanded(rest));
            say("child " + std::to_string(getpid()) + " told");
            for (;;) pause();
        } else {
            send_notification(expanded(word));
        }
    }
    sleep_for_ever();
}

// line NUMBER TEXT...: writes each TEXT to the descriptor; "wait:FILE" waits; "close" closes it; then sleeps.
int line(const Words& words) {
    const int descriptor = number(words, 0, "3");
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i].starts_with("wait:"))
            wait_for(words[i].substr(5));
        else if (words[i] == "close")
            close(descriptor);
        else
            put(descriptor, expanded(words[i]));
    }
    sleep_for_ever();
}

// serve PORT FILE [wait:FILE]: answers each connection with what FILE has by then; one that it has not is left open.
int serve(const Words& words) {
    if (words.size() > 2 && words[2].starts_with("wait:")) wait_for(words[2].substr(5));
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(number(words, 0, "80")));
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 16) != 0) {
        say("serve: " + std::string(std::strerror(errno)));
        return 1;
    }
    say("serving");
    for (;;) {
        const int connection = accept(listener, nullptr, nullptr);
        char request[512];
        if (connection < 0 || argument(words, 1, "-") == "-") continue;
        if (read(connection, request, sizeof request) < 0) continue;
        const std::string answer = contents(words[1]);
        if (answer.empty()) continue;
        put(connection, expanded(answer));
        close(connection);
    }
}

// hang-init: stops PID 1 for good, as a hang would.
int hang_init() {
    if (ptrace(PTRACE_SEIZE, 1, nullptr, nullptr) != 0 || ptrace(PTRACE_INTERRUPT, 1, nullptr, nullptr) != 0) {
        say("ptrace: " + std::string(std::strerror(errno)));
        return 1;
    }
    say("init hangs");
    for (;;) pause();
}

// vsock PORT: says every message that comes by a stream of vsock, until killed.
int vsock(const Words& words) {
    const int listener = socket(AF_VSOCK, SOCK_STREAM, 0);
    sockaddr_vm address{};
    address.svm_family = AF_VSOCK;
    address.svm_cid = VMADDR_CID_ANY;
    address.svm_port = static_cast<unsigned>(number(words, 0, "1"));
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 16) != 0) {
        say("vsock: " + std::string(std::strerror(errno)));
        return 1;
    }
    say("listening");
    for (;;) {
        const int connection = accept(listener, nullptr, nullptr);
        char text[512];
        const ssize_t got = read(connection, text, sizeof text);
        if (got > 0) say("vsock " + std::string(text, static_cast<std::size_t>(got)));
        close(connection);
    }
}

}  // namespace probe
