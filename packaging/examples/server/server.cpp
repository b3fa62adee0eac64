// An HTTP server in one static program: answers every request with a line, one after the other, until SIGTERM.
// LISTEN in its environment is the address and port that it listens at, "0.0.0.0:8080".
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

sockaddr_in address_of(const std::string& text) {
    sockaddr_in address{};
    const std::size_t colon = text.rfind(':');
    address.sin_family = AF_INET;
    const int port = colon == std::string::npos ? 0 : std::atoi(text.c_str() + colon + 1);
    if (port < 1 || port > 65535 || ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        std::fprintf(stderr, "LISTEN=%s is no address with a port, such as 0.0.0.0:8080\n", text.c_str());
        std::exit(2);
    }
    address.sin_port = htons(static_cast<in_port_t>(port));
    return address;
}

int listen_at(const std::string& text) {
    const sockaddr_in address = address_of(text);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    if (listener < 0) fail("socket");
    // Started again, it is not to wait for connections of its predecessor to time out.
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener, SOMAXCONN) != 0) fail("listen");
    return listener;
}

// Blocked, and read from a descriptor: a request under way is finished.
int termination() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC);
    if (descriptor < 0) fail("signalfd");
    return descriptor;
}

void answer(int connection) {
    const timeval patience{2, 0};  // for one that connects and says nothing
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char request[2048];
    if (::recv(connection, request, sizeof request, 0) <= 0) return;
    static unsigned long answered = 0;
    const std::string body = "request " + std::to_string(++answered) + " of a static server\n";
    const std::string text =
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
        body;
    if (::send(connection, text.data(), text.size(), MSG_NOSIGNAL) < 0) std::perror("send");
}

}  // namespace

int main() {
    const char* where = std::getenv("LISTEN");
    const int listener = listen_at(where == nullptr ? "0.0.0.0:8080" : where);
    pollfd watched[] = {{listener, POLLIN, 0}, {termination(), POLLIN, 0}};
    while (::poll(watched, 2, -1) >= 0 && watched[1].revents == 0) {
        const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) continue;
        answer(connection);
        ::close(connection);
    }
    std::puts("server ends");
    return 0;
}
