// mvinit log: what is in the ring, and with -f what comes.
#include <cerrno>
#include <signal.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/writer.hpp"
#include "init/answers.hpp"
#include "init/ring.hpp"
#include "init/status.hpp"
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

// One object a line: {"line": "..."}.
std::string as_json(std::string_view text) {
    conf::Writer out;
    while (!text.empty()) (out << "{\"line\": \"").escape(take_until(text, '\n')) << "\"}\n";
    return std::move(out.text);
}

class Reader {
public:
    Reader(std::string_view file, bool json) : file_(file), json_(json) {}

    // What there is, the last count lines of it. A line that has not ended yet is shown only where nothing will follow.
    bool show_last(std::uint32_t count, bool whole) { return show(last_lines(read(whole), count)); }

    // What has come since; false: nobody takes it.
    bool show_new() {
        const std::uint64_t missing_from = position_;
        const std::uint64_t before = lines_;
        const std::string_view text = read(false);
        const std::uint64_t shown = before + count_lines(text);
        const bool missing = piece_.from != missing_from && lines_ > shown;
        return (!missing || note(lines_ - shown)) && show(text);
    }

    const std::uint32_t* changes() const { return &reinterpret_cast<const RingHeader*>(file_.data())->changes; }
    std::uint32_t seen() const { return seen_; }
    bool ended() const { return ended_; }
    std::int32_t owner() const { return reinterpret_cast<const RingHeader*>(file_.data())->owner; }

private:
    // What stands behind position_, which moves on behind it; whole lines unless all is wanted.
    std::string_view read(bool all) {
        const RingState state = ring_state(file_);
        seen_ = state.changes;
        ended_ = state.ended;
        piece_ = copy_ring(file_, state, position_);
        trim_ring(piece_, ring_state(file_), position_);
        const std::string_view bytes = piece_.bytes;
        const std::string_view text = all ? bytes : bytes.substr(0, bytes.rfind('\n') + 1);
        position_ = piece_.from + text.size();
        lines_ = state.lines - count_lines(bytes.substr(text.size()));
        return text;
    }

    bool show(std::string_view text) const {
        if (json_) return plumb::write_all(STDOUT_FILENO, as_json(text)) == 0;
        const char* const end = text.empty() || text.back() == '\n' ? "" : "\n";
        return plumb::write_all(STDOUT_FILENO, text) == 0 && plumb::write_all(STDOUT_FILENO, end) == 0;
    }

    bool note(std::uint64_t lines) const {
        const std::string told = plumb::fill(
            json_ ? "{\"overwritten\": %}\n" : "mvinit: % lines were overwritten before they could be shown\n",
            {std::to_string(lines)});
        return plumb::write_all(json_ ? STDOUT_FILENO : STDERR_FILENO, told) == 0;
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
