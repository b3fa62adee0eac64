// NOTIFY_SOCKET of the application: who may speak there, how much and how often.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "init/notify_message.hpp"
#include "plumb/notify_socket.hpp"

namespace init {

// How many messages are taken: 64 at once, 32 more each second. Pure.
class Allowance {
public:
    bool take(std::uint64_t now_ms);
    std::uint64_t more_at() const { return refilled_ms_ + 1000; }  // CLOCK_MONOTONIC in ms

private:
    std::uint32_t left_ = 64;
    std::uint64_t refilled_ms_ = 0;
};

// The process whose word counts as the application's: the application itself, its main process by MAINPID, and who is
// in the session or the process group that it began. One that has ended meanwhile is known by its user alone, which
// must be the application's or root's.
struct Speakers {
    std::int32_t first = 0;  // the application as it was started, whose session and group are named after it
    std::int32_t main = 0;
    std::uint32_t user = 0;
};
bool may_speak(const Speakers& speakers, const plumb::Sender& sender);

class Notify {
public:
    // user: the application's, none: ours. The socket stays for the next start of the application.
    bool open(std::optional<std::uint32_t> user);
    void close();  // and removes its file

    // On record, and taken up again by another image of us.
    void keep(struct Caring& record) const;
    void go_on(const struct Caring& record);

    int descriptor() const { return socket_.descriptor; }
    const std::string& address() const { return socket_.address; }

    // The next message, empty where it is not one of who may speak or does not fit into buffer, where its text stays.
    // False: there is none now.
    bool receive(const Speakers& speakers, std::span<char> buffer, Notification& message) const;

private:
    plumb::NotifySocket socket_;
};

}  // namespace init
