#include "init/notify.hpp"

#include <cerrno>
#include <unistd.h>

#include "init/log.hpp"
#include "plumb/concat.hpp"

namespace init {
namespace {

// Beside PID 1 there may be others, each with a socket of its own.
std::string socket_path() {
    const std::string directory = plumb::notify_directory();
    if (getpid() == 1) return directory + "/notify.sock";
    return plumb::fill("%/notify.%.sock", {directory, std::to_string(getpid())});
}

}  // namespace

bool Allowance::take(std::uint64_t now_ms) {
    constexpr std::uint32_t most = 64;
    constexpr std::uint32_t each_second = 32;
    if (now_ms - refilled_ms_ >= 1000) {
        const std::uint64_t more = (now_ms - refilled_ms_) / 1000 * each_second + left_;
        left_ = more < most ? static_cast<std::uint32_t>(more) : most;
        refilled_ms_ = now_ms;
    }
    if (left_ == 0) return false;
    --left_;
    return true;
}

bool may_speak(const Speakers& speakers, const plumb::Sender& sender) {
    // Not known: whoever can write to the socket.
    if (sender.pid == 0) return true;
    if (sender.pid == speakers.first || sender.pid == speakers.main) return true;
    const pid_t session = getsid(sender.pid);
    if (session < 0 && errno == ESRCH) return sender.user == speakers.user || sender.user == 0;
    if (session == speakers.first || session == speakers.main) return true;
    return getpgid(sender.pid) == speakers.first;
}

bool Notify::open(std::optional<std::uint32_t> user) {
    if (socket_.descriptor >= 0) return true;
    auto made = plumb::open_notify_socket(socket_path(), user);
    if (made) {
        socket_ = std::move(*made);
        if (!socket_.made_file) log::debug("NOTIFY_SOCKET is " + socket_.address + ", as no file could be made");
        return true;
    }
    log::error(plumb::to_text(made.error()));
    return false;
}

void Notify::close() {
    if (socket_.descriptor < 0) return;
    ::close(socket_.descriptor);
    if (socket_.made_file) unlink(socket_.address.c_str());
    socket_ = {};
}

bool Notify::receive(const Speakers& speakers, std::span<char> buffer, Notification& message) {
    plumb::Sender sender;
    const std::int64_t size = plumb::receive_notification(socket_.descriptor, buffer, sender);
    if (size < 0) return false;
    message = {};
    const std::string who = "notification from pid " + std::to_string(sender.pid);
    if (size > static_cast<std::int64_t>(buffer.size())) {
        log::debug(who + ": longer than 4096 bytes: left out");
    } else if (!may_speak(speakers, sender)) {
        log::debug(who + ": not the application's: left out");
    } else {
        message = parse_notification({buffer.data(), static_cast<std::size_t>(size)});
    }
    return true;
}

}  // namespace init
