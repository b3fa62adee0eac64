// An application that notices whatever its init does to it: it writes numbered lines without end and looks at the
// result of each write, holds connections, leaves orphans, and writes down each start and each end of itself.
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.hpp"
#include "survivor.hpp"

namespace probe {
namespace {

long milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

struct Survivor {
    std::string directory;
    std::string run;
    int code = 0;
    long out = 0, err = 0, signals = 0;
    std::vector<pollfd> watched;  // the listener, then the connections
};

void wrong(const Survivor& self, const std::string& what) {
    append(self.directory + errors_file, self.run + " " + what + ": " + std::strerror(errno));
}

// What it has written is told exactly: the tally wants each line of it once.
void tell_end(const Survivor& self) {
    append(self.directory + ends_file, self.run + " " + std::to_string(self.out) + " " + std::to_string(self.err) +
                                           " " + std::to_string(self.signals) + " " + std::to_string(milliseconds()));
}

[[noreturn]] void end(const Survivor& self, int code) {
    tell_end(self);
    _exit(code);
}

// Somebody who has SIGPIPE ignored is told like this where mvinit has lost the other end. That is said by its name: to
// the tally it would be one more application that was started again.
[[noreturn]] void end_unheard(const Survivor& self, const char* name, long line) {
    const char* const what = errno == EPIPE ? pipe_lost : "write";
    wrong(self, std::string(what) + " at " + name + self.run + " " + std::to_string(line));
    end(self, 99);
}

void write_line(Survivor& self, int descriptor, const char* name, long& count) {
    const std::string line = line_of(name + self.run, count, survivor_line);
    std::size_t done = 0;
    while (done < line.size()) {
        const ssize_t wrote = write(descriptor, line.data() + done, line.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) end_unheard(self, name, count);
        done += static_cast<std::size_t>(wrote);
    }
    ++count;
}

void listen_somewhere(Survivor& self, long port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(port == 0 ? INADDR_LOOPBACK : INADDR_ANY);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 16) != 0)
        return wrong(self, "listen");
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    self.watched.push_back({listener, POLLIN, 0});
    append(self.directory + port_file, std::to_string(ntohs(address.sin_port)));
}

// Waits as long for the network, and answers what comes.
void serve_connections(Survivor& self, long microseconds) {
    const timespec pace{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
    if (ppoll(self.watched.data(), self.watched.size(), &pace, nullptr) <= 0) return;
    char bytes[512];
    for (std::size_t i = self.watched.size(); i-- > 1;) {
        if (self.watched[i].revents == 0) continue;
        const ssize_t got = read(self.watched[i].fd, bytes, sizeof bytes);
        if (got > 0 && write(self.watched[i].fd, bytes, static_cast<std::size_t>(got)) == got) continue;
        close(self.watched[i].fd);
        self.watched.erase(self.watched.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (self.watched[0].revents == 0) return;
    const int connection = accept4(self.watched[0].fd, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) self.watched.push_back({connection, POLLIN, 0});
}

// SIGTERM ends it, SIGUSR2 is its crash.
void take_signals(Survivor& self) {
    const std::uint64_t all = ~std::uint64_t{0};
    const timespec none{};
    siginfo_t info;
    for (long got; (got = syscall(SYS_rt_sigtimedwait, &all, &info, &none, kernel_set_size)) > 0;) {
        if (got == counted_signal) ++self.signals;
        if (got == SIGTERM) end(self, self.code);
        if (got != SIGUSR2) continue;
        tell_end(self);
        block(SIG_UNBLOCK, all);
        raise(SIGSEGV);
    }
}

// A process that becomes its init's when it ends.
void leave_orphan(Survivor& self) {
    const pid_t middle = fork();
    if (middle < 0) wrong(self, "fork");
    if (middle == 0) {
        fork();
        _exit(0);
    }
    waitpid(middle, nullptr, 0);
}

// As long as we live, and no child of ours, nobody else has this lock: two survivors at a time are told.
void be_alone(const Survivor& self) {
    const int file = open((self.directory + "/alone").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    flock lock{};
    lock.l_type = F_WRLCK;
    if (fcntl(file, F_SETLK, &lock) != 0) wrong(self, "another one runs");
}

// The number of the run that begins.
std::string begun(const Survivor& self, const Words& words) {
    const std::string path = self.directory + starts_file;
    mkdir(self.directory.c_str(), 0777);
    const std::string number = std::to_string(file_lines(path).size() + 1);
    append(path, number + " " + std::to_string(getpid()) + " " + std::to_string(milliseconds()) + " " +
                     setting(words, "generation", "0"));
    return number;
}

}  // namespace

// survivor DIR CODE [burst=LINES] [pace=MICROSECONDS] [orphans=MS] [port=N] [generation=WORD]: LINES lines to standard
// output and one to standard error, pauses, and so on; every MS milliseconds it leaves an orphan. CODE is for SIGTERM.
int survivor(const Words& words) {
    block(SIG_SETMASK, ~std::uint64_t{0});
    Survivor self;
    self.directory = argument(words, 0, ".");
    self.code = number(words, 1, "0");
    self.run = begun(self, words);
    be_alone(self);
    listen_somewhere(self, number_setting(words, "port", 0));
    if (self.watched.empty()) return 97;
    const long burst = number_setting(words, "burst", 4);
    const long pace = number_setting(words, "pace", 2000);
    const long orphans = number_setting(words, "orphans", 0);
    for (long next_orphan = milliseconds();;) {
        for (long n = 0; n < burst; ++n) write_line(self, 1, out_run, self.out);
        write_line(self, 2, err_run, self.err);
        take_signals(self);
        serve_connections(self, pace);
        if (orphans == 0 || milliseconds() < next_orphan) continue;
        leave_orphan(self);
        next_orphan = milliseconds() + orphans;
    }
}

}  // namespace probe
