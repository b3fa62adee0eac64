// mvinit log: what is in the ring, and with -f what comes.
#include <cerrno>
#include <signal.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/diagnostic.hpp"
#include "conf/writer.hpp"
#include "init/answers.hpp"
#include "init/ring.hpp"
#include "init/verbs.hpp"
#include "plumb/concat.hpp"
#include "plumb/files.hpp"
#include "plumb/log_io.hpp"

namespace init {
namespace {

constexpr std::uint32_t look_every_ms = 1000;

// The whole file, for reading; empty where it is no ring. Never unmapped: the process is about to end anyway.
std::string_view map_ring(int descriptor) {
    struct stat status {};
    if (fstat(descriptor, &status) != 0 || status.st_size <= 0) return {};
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const start = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (start == MAP_FAILED) return {};
    const std::string_view file(static_cast<const char*>(start), size);
    return is_ring(file) ? file : std::string_view{};
}

bool is_utf8(std::string_view text) {
    int following = 0;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if ((byte & 0xc0) == 0x80) {
            if (following-- == 0) return false;
        } else {
            if (following != 0 || byte >= 0xf8 || byte == 0xc0 || byte == 0xc1) return false;
            following = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
        }
    }
    return following == 0;
}

// One object a line: {"line": "..."}. What is no UTF-8 is taken for the characters of these numbers.
std::string as_json(std::string_view text) {
    conf::Writer out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out << "{\"line\": \"";
        const std::string_view line = text.substr(0, end);
        if (is_utf8(line))
            out << conf::json_escape(line);
        else
            out.escape(line);
        out << "\"}\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(out.text);
}

class Reader {
public:
    Reader(std::string_view file, bool json) : file_(file), json_(json) {}

    // What there is, the last count lines of it. A line that has not ended yet is shown only where nothing will follow.
    bool show_last(std::uint32_t count, bool whole) {
        const RingState state = read();
        std::string_view text = piece_.bytes;
        if (!whole) text = text.substr(0, text.rfind('\n') + 1);
        advance(state, text.size());
        return show(last_lines(text, count));
    }

    // What has come since; false: nobody takes it.
    bool show_new() {
        const std::uint64_t missing_from = position_;
        const RingState state = read();
        const std::string_view text = std::string_view(piece_.bytes).substr(0, piece_.bytes.rfind('\n') + 1);
        const std::uint64_t before = lines_;
        const bool missing = piece_.from > missing_from;
        advance(state, text.size());
        const std::uint64_t shown = count_lines(text);
        if (missing && lines_ > before + shown && !note(lines_ - before - shown)) return false;
        return show(text);
    }

    const std::uint32_t* changes() const { return &reinterpret_cast<const RingHeader*>(file_.data())->changes; }
    std::uint32_t seen() const { return seen_; }
    bool ended() const { return ended_; }
    std::int32_t owner() const { return reinterpret_cast<const RingHeader*>(file_.data())->owner; }

private:
    RingState read() {
        const RingState state = ring_state(file_);
        seen_ = state.changes;
        ended_ = state.ended;
        piece_ = copy_ring(file_, state, position_);
        trim_ring(piece_, ring_state(file_), position_);
        return state;
    }

    // size bytes of piece_ are taken; what follows these has to come again.
    void advance(const RingState& state, std::size_t size) {
        position_ = piece_.from + size;
        lines_ = state.lines - count_lines(std::string_view(piece_.bytes).substr(size));
    }

    bool show(std::string_view text) const {
        if (text.empty()) return true;
        if (json_) return plumb::write_all(STDOUT_FILENO, as_json(text)) == 0;
        return plumb::write_all(STDOUT_FILENO, text) == 0 &&
               (text.back() == '\n' || plumb::write_all(STDOUT_FILENO, "\n") == 0);
    }

    bool note(std::uint64_t lines) const {
        const std::string number = std::to_string(lines);
        if (json_) return plumb::write_all(STDOUT_FILENO, plumb::concat({"{\"overwritten\": ", number, "}\n"})) == 0;
        return plumb::write_all(
                   STDERR_FILENO,
                   plumb::concat({"mvinit: ", number, " lines were overwritten before they could be shown\n"})) == 0;
    }

    std::string_view file_;
    bool json_;
    RingPiece piece_;
    std::uint64_t position_ = 0;  // behind what was shown; a line begins there
    std::uint64_t lines_ = 0;     // that ended before it
    std::uint32_t seen_ = 0;
    bool ended_ = false;
};

// A process of another user is there as well.
bool is_there(std::int32_t pid) {
    return kill(pid, 0) == 0 || errno == EPERM;
}

void follow(Reader& reader) {
    while (true) {
        if (!reader.show_new() || reader.ended()) return;
        plumb::wait_for_change(reader.changes(), reader.seen(), look_every_ms);
        if (!is_there(reader.owner())) {
            reader.show_new();
            return;
        }
    }
}

}  // namespace

int log_verb(const conf::Arguments& arguments) {
    const Outcome outcome = put_request(arguments, "log", usual_timeout_ms);
    if (outcome.code != exit_ok) return refuse(arguments, outcome.code, outcome.text);
    const std::string_view file = map_ring(outcome.descriptor);
    if (file.empty())
        return refuse(arguments, exit_bad, "log: what came is no ring of this mvinit: does another version run here?");
    Reader reader(file, arguments.json);
    if (!reader.show_last(arguments.lines, !arguments.follow)) return exit_ok;
    if (arguments.follow) follow(reader);
    return exit_ok;
}

}  // namespace init
