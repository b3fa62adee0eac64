#include "init/notify.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <utility>

#include "conf/writer.hpp"
#include "init/log.hpp"
#include "init/record.hpp"

namespace init {
namespace {

// Beside PID 1 there may be others, each with a socket of its own.
std::string socket_path() {
    conf::Writer path;
    path << plumb::notify_directory() << "/notify.";
    if (getpid() != 1) path << std::int64_t{getpid()} << ".";
    path << "sock";
    return std::move(path.text);
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
    const std::string path = socket_path();
    const int error = plumb::open_notify_socket(path, user, socket_);
    if (error == 0) return true;
    conf::Writer line;
    line << "make " << path << ": " << std::strerror(error)
         << ": no NOTIFY_SOCKET is given: is its directory writable?";
    log::error(line.text);
    return false;
}

// An address that does not fit is that of none: a next image of us makes another socket for the next start then.
void Notify::keep(Caring& record) const {
    record.notify_address = {};
    const bool fits = socket_.address.size() < record.notify_address.size();
    record.notify = fits ? socket_.descriptor : -1;
    if (fits) socket_.address.copy(record.notify_address.data(), socket_.address.size());
}

void Notify::go_on(const Caring& record) {
    socket_.descriptor = record.notify;
    socket_.address = record.notify_address.data();
}

void Notify::close() {
    if (socket_.descriptor < 0) return;
    ::close(socket_.descriptor);
    if (socket_.address[0] == '/') unlink(socket_.address.c_str());
    socket_ = {};
}

bool Notify::receive(const Speakers& speakers, std::span<char> buffer, Notification& message) const {
    plumb::Sender sender;
    const std::int64_t size = plumb::receive_notification(socket_.descriptor, buffer, sender);
    if (size < 0) return false;
    message = {};
    const char* fault = nullptr;
    if (size > static_cast<std::int64_t>(buffer.size())) fault = "longer than 4096 bytes";
    if (!may_speak(speakers, sender)) fault = "not the application's";
    if (fault == nullptr) {
        message = parse_notification({buffer.data(), static_cast<std::size_t>(size)});
        return true;
    }
    conf::Writer line;
    line << "notification from pid " << sender.pid << " left out: " << fault;
    log::debug(line.text);
    return true;
}

}  // namespace init
