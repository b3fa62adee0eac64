#include "init/client.hpp"

#include <cerrno>
#include <charconv>
#include <climits>
#include <poll.h>

#include "conf/text.hpp"
#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "plumb/local_socket.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

constexpr std::size_t longest_answer = 65536;

// One question: everything on the way to its answer has the same end.
class Question {
public:
    Question(const std::string& path, std::uint32_t timeout_ms)
        : path_(path.empty() ? plumb::usual_control_socket : path.c_str()),
          end_(timeout_ms == 0 ? 0 : now_ms() + timeout_ms) {}

    plumb::Result<Answer> put(std::string_view request) {
        const plumb::Descriptor socket(connect());
        if (!socket.valid()) return failed("connect to", errno);
        // Whoever is turned away is told before a word was read: then the answer is there, and sending fails.
        const bool sent = plumb::send_local(socket.get(), request);
        const int error = errno;
        std::string text;
        plumb::Descriptor came;
        const int problem = receive(socket.get(), text, came);
        if (problem != 0 && problem != ECONNRESET) return failed("ask", problem);
        if (text.empty()) return failed("ask", sent ? ECONNRESET : error);
        auto understood = answer(text, came);
        if (understood) understood->listener = plumb::listener_of(socket.get());
        return understood;
    }

private:
    // A backlog that is full lets nobody in for a moment.
    int connect() const {
        for (;;) {
            const int socket = plumb::connect_local(path_);
            if (socket >= 0 || errno != EAGAIN) return socket;
            if (end_ != 0 && now_ms() >= end_) errno = ETIMEDOUT;
            if (errno == ETIMEDOUT) return -1;
            ::poll(nullptr, 0, 10);
        }
    }

    bool wait_for(int socket) const {
        const std::uint64_t now = now_ms();
        int left = -1;
        if (end_ != 0) left = end_ <= now ? 0 : static_cast<int>(std::min<std::uint64_t>(end_ - now, INT_MAX));
        pollfd ready{socket, POLLIN, 0};
        return ::poll(&ready, 1, left) != 0;
    }

    // 0 or errno. That it is reset after some words is a request which the other end did not read to its end.
    int receive(int socket, std::string& text, plumb::Descriptor& came) const {
        char piece[4096];
        for (;;) {
            if (!wait_for(socket)) return text.clear(), ETIMEDOUT;
            int descriptor = -1;
            const ssize_t got = plumb::receive_local(socket, piece, sizeof piece, &descriptor);
            if (descriptor >= 0) came = plumb::Descriptor(descriptor);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
            if (got < 0) return errno;
            if (got == 0) return 0;
            text.append(piece, static_cast<std::size_t>(got));
            if (text.size() > longest_answer) return EMSGSIZE;
        }
    }

    plumb::Result<Answer> answer(std::string& text, plumb::Descriptor& came) const {
        Answer answer;
        constexpr std::string_view ok = "ok\n";
        constexpr std::string_view error = "error ";
        const char* const end = text.data() + text.size();
        if (text.starts_with(ok)) {
            answer.text = text.substr(ok.size());
            answer.descriptor = came.release();
            return answer;
        }
        if (!text.starts_with(error) || text.back() != '\n') return failed("understand", 0);
        const auto [rest, problem] = std::from_chars(text.data() + error.size(), end, answer.refusal);
        if (problem != std::errc{} || answer.refusal <= 0 || *rest != ' ') return failed("understand", 0);
        answer.text.assign(rest + 1, end - 1);
        return answer;
    }

    plumb::Error failed(const char* what, int error) const {
        return {what, std::string("mvinit at ") + path_, error, error == 0 ? "its answer is none" : "", remedy(error)};
    }

    static const char* remedy(int error) {
        switch (error) {
            case ENOENT:
            case ENOTDIR:
                return "no mvinit runs here, or it has no control socket: look at its messages, and at [control] and "
                       "--control; a container's is asked from within it";
            case EACCES:
            case EPERM:
                return "needs root, or to be of the group in [control] group";
            case ECONNREFUSED:
            case EPROTOTYPE:
                return "the mvinit that made it is gone";
            case ETIMEDOUT:
                return "it did not answer in time";
            case ENAMETOOLONG:
                return "a socket's path has at most 107 bytes";
            case 0:
                return "is it another program's socket?";
            default:
                return "it closed the connection: try again";
        }
    }

    const char* path_;
    std::uint64_t end_;
};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const int letter = (c | 0x20) - 'a';
    return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

}  // namespace

plumb::Result<Answer> ask(const std::string& path, std::string_view words, std::uint32_t timeout_ms) {
    conf::Writer request;
    request << "1 " << words << "\n";
    return Question(path, timeout_ms).put(request.text);
}

std::string_view next_value_of(std::string_view lines, std::string_view name, std::size_t& from) {
    while (from < lines.size()) {
        const std::size_t end = std::min(lines.find('\n', from), lines.size());
        const std::string_view line = lines.substr(from, end - from);
        from = end + 1;
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ')
            return line.substr(name.size() + 1);
    }
    from = std::string_view::npos;
    return {};
}

std::string_view value_of(std::string_view lines, std::string_view name) {
    std::size_t from = 0;
    return next_value_of(lines, name, from);
}

std::string decode_value(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool room = i + 2 < value.size() && value[i] == '%';
        const int high = room ? hex_digit(value[i + 1]) : -1;
        const int low = room ? hex_digit(value[i + 2]) : -1;
        const bool code = high >= 0 && low >= 0;
        text += code ? static_cast<char>(high * 16 + low) : value[i];
        if (code) i += 2;
    }
    return text;
}

}  // namespace init
