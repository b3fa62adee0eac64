// What was done to the machine, addresses, and daemons.
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

#include "commands.hpp"

namespace standin {

Answer refuse(const std::string& reason, int status) {
    return {status, reason};
}

bool is_done(const std::string& what) {
    return exists("/standin/net/" + what);
}

void note_done(const std::string& what, const std::string& line) {
    std::ofstream file("/standin/net/" + what, std::ios::app);
    if (!line.empty()) file << line << '\n';
}

namespace {

struct Address {
    std::array<unsigned char, 16> bytes{};
    unsigned bits = 0;  // 32, 128; 0: none
};

Address parse(const std::string& text) {
    Address address;
    if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1)
        address.bits = 32;
    else if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1)
        address.bits = 128;
    return address;
}

// -1: none, or not a number that fits
int prefix_of(const std::string& text, unsigned bits) {
    const auto slash = text.find('/');
    if (slash == std::string::npos || slash + 1 == text.size()) return -1;
    const std::string digits = text.substr(slash + 1);
    if (digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 3) return -1;
    const int prefix = std::atoi(digits.c_str());
    return prefix <= static_cast<int>(bits) ? prefix : -1;
}

}  // namespace

bool is_address(const std::string& text) {
    return parse(text).bits != 0;
}

bool is_prefixed(const std::string& text) {
    const Address address = parse(text.substr(0, text.find('/')));
    return address.bits != 0 && prefix_of(text, address.bits) >= 0;
}

bool covers(const std::string& prefixed, const std::string& address) {
    const Address net = parse(prefixed.substr(0, prefixed.find('/')));
    const Address host = parse(address);
    const int prefix = prefix_of(prefixed, net.bits);
    if (net.bits == 0 || net.bits != host.bits || prefix < 0) return false;
    for (unsigned bit = 0; bit < static_cast<unsigned>(prefix); ++bit) {
        const unsigned mask = 0x80U >> bit % 8;
        if ((net.bytes[bit / 8] & mask) != (host.bytes[bit / 8] & mask)) return false;
    }
    return true;
}

int become_daemon(Answer (*ready)()) {
    int ends[2];
    if (pipe(ends) != 0) return 1;
    const pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid > 0) {
        close(ends[1]);
        int status = 1;
        if (read(ends[0], &status, sizeof status) != static_cast<ssize_t>(sizeof status)) return 1;
        return status;
    }
    setsid();
    usleep(20'000);  // so that who does not wait for the readiness comes too early
    const Answer answer = ready();
    if (write(ends[1], &answer.status, sizeof answer.status) < 0) _exit(1);
    close(ends[0]);
    close(ends[1]);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int standard = 0; standard <= 2; ++standard) dup2(null, standard);
    while (answer.status == 0) pause();
    _exit(answer.status);
}

}  // namespace standin
