// A control socket in a directory of its own, with a loop that is turned by hand: for the unit tests and the fuzzer.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <dirent.h>
#include <map>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "init/clock.hpp"
#include "init/control.hpp"
#include "init/supervision.hpp"

namespace control_world {

// 0: nothing is there.
inline mode_t mode_of(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 ? status.st_mode : 0;
}

class Reactor final : public init::Reactor {
public:
    bool watch(int descriptor, init::Companion& companion) override {
        if (watched.size() >= room) return false;
        watched[descriptor] = &companion;
        most = std::max(most, watched.size());
        return true;
    }
    void forget(int descriptor) override { watched.erase(descriptor); }

    // Tells everybody who has something to read, until nobody has; false: that took too many rounds.
    bool turn() {
        for (int round = 0; round < 10'000; ++round) {
            std::vector<pollfd> polled;
            for (const auto& [descriptor, companion] : watched) polled.push_back({descriptor, POLLIN, 0});
            if (poll(polled.data(), polled.size(), 0) <= 0) return true;
            for (const pollfd& each : polled) {
                const auto found = watched.find(each.fd);
                if (each.revents == 0 || found == watched.end()) continue;
                init::Companion& companion = *found->second;
                companion.readable(each.fd);
                companion.settled();
                break;
            }
        }
        return false;
    }

    std::map<int, init::Companion*> watched;
    std::size_t room = 24;
    std::size_t most = 0;
};

inline init::Reloaded refuse_reload(void* /*context*/, init::Supervised& /*supervised*/) {
    return {false, "the configuration has errors"};
}

inline std::size_t open_descriptors() {
    DIR* const directory = opendir("/proc/self/fd");
    std::size_t count = 0;
    while (directory != nullptr && readdir(directory) != nullptr) ++count;
    if (directory != nullptr) closedir(directory);
    return count;
}

struct World {
    explicit World(const std::string& group = "") {
        directory = "/tmp/mvinit-control-XXXXXX";
        if (mkdtemp(directory.data()) == nullptr) std::abort();
        path = directory + "/in/control.sock";
        supervision.supervised().program.argv = {"/bin/app", "a b"};
        supervision.accompany(attendance, capture);
        attendance.attend(supervision, false, false);
        control.join(reactor);
        control.open({true, true, path, group}, steered());
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World() {
        control.leave();
        rmdir((directory + "/in").c_str());
        rmdir(directory.c_str());
    }

    init::Steered steered() { return {supervision, attendance, capture, sources, conf::Role::container, boot_stamps}; }

    // A blocking socket that is connected; -1 and errno where that is not to be had at once.
    int connect() const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
        const int error = errno;
        close(made);
        errno = error;
        return -1;
    }

    // What has been answered until now; ended: the server has closed it.
    static std::string read(int descriptor, bool& ended) {
        std::string text;
        char piece[5000];
        for (;;) {
            const ssize_t got = recv(descriptor, piece, sizeof piece, MSG_DONTWAIT);
            ended = got == 0 || (got < 0 && errno == ECONNRESET);
            if (got <= 0) return text;
            text.append(piece, static_cast<std::size_t>(got));
        }
    }

    // Asks as a client would, and gives all of the answer.
    std::string ask(std::string_view request) {
        const int client = connect();
        if (client < 0) return "not connected";
        send(client, request.data(), request.size(), MSG_NOSIGNAL);
        reactor.turn();
        bool ended = false;
        std::string answer = read(client, ended);
        close(client);
        return ended ? answer : answer + "(not closed)";
    }

    std::string directory;
    std::string path;
    init::Sources sources;
    init::Supervision supervision{refuse_reload, nullptr, false};
    init::Attendance attendance;
    init::Capture capture;
    Reactor reactor;
    int boot_stamps = -1;
    init::Control control;
};

}  // namespace control_world
