#include "init/control_answer.hpp"

#include <string>
#include <unistd.h>

#include "init/supervision.hpp"
#include "init/survival.hpp"
#include "plumb/concat.hpp"
#include "plumb/files.hpp"
#include "plumb/memory_file.hpp"
#include "plumb/survival.hpp"

namespace init {
namespace {

constexpr std::size_t most_of_a_line = 600;  // three times as much where all of it is %XX
constexpr const char* ending = "the machine is being ended";
constexpr const char* nothing_kept = "nothing is kept for a next image of mvinit here";

[[gnu::noinline]] void refuse(Reply& reply, Refusal refusal, const char* why) {
    reply.text = refusal_text(refusal, why);
}

void pass(Reply& reply, int descriptor, bool is_ours, const char* nothing) {
    reply.descriptor = descriptor;
    reply.is_ours = is_ours && descriptor >= 0;
    if (descriptor < 0) refuse(reply, Refusal::absent, nothing);
}

// All that came of it is told on the console as well.
[[gnu::noinline]] void reload(Reply& reply, const Steered& steered) {
    const Reloaded reloaded = steered.supervision.reload();
    if (!reloaded.taken) return refuse(reply, Refusal::failed, reloaded.text.c_str());
    constexpr std::size_t most = 2000;  // one more line that is all %XX has room then
    std::string_view lines = reloaded.text;
    while (!lines.empty() && reply.text.size() < most) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        put_value(reply.text, "note", lines.substr(0, std::min(end, most_of_a_line)));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

[[gnu::noinline]] void program(Reply& reply, const Steered& steered, bool trusted) {
    if (!trusted) return refuse(reply, Refusal::denied, "the environment is for root and mvinit's own user");
    const auto file = plumb::make_memory_file("program");
    const bool written = file && plumb::write_all(*file, program_lines(steered.supervision.supervised().program)) == 0;
    pass(reply, file ? *file : -1, true, "a file in memory cannot be made");
    if (!written) refuse(reply, Refusal::failed, "a file in memory cannot be written");
}

[[gnu::noinline]] void state(Reply& reply, bool trusted) {
    if (!trusted) return refuse(reply, Refusal::denied, "what is kept is for root and mvinit's own user");
    pass(reply, open_state(), true, nothing_kept);
    if (reply.descriptor >= 0) put_value(reply.text, "path", own_path());
}

// That it is done is told by whoever takes over.
[[gnu::noinline]] void upgrade(Reply& reply, const Steered& steered, bool trusted) {
    if (!trusted) return refuse(reply, Refusal::denied, "for root and mvinit's own user");
    if (!keeps_state()) return refuse(reply, Refusal::absent, nothing_kept);
    if (steered.supervision.end()) return refuse(reply, Refusal::state, ending);
    reply.text.clear();
}

// The first three steer the application, the others end the machine.
[[gnu::noinline]] void tell(Reply& reply, Asked asked, Supervision& supervision) {
    if (asked <= Asked::restart && supervision.state().phase >= Phase::stopping)
        return refuse(reply, Refusal::state, ending);
    Event event = StartWanted{};
    if (asked == Asked::stop) event = StopWanted{};
    if (asked == Asked::restart) event = RestartWanted{Why::asked};
    if (asked == Asked::poweroff) event = EndWanted{conf::EndAction::poweroff};
    if (asked == Asked::reboot) event = EndWanted{conf::EndAction::reboot};
    if (asked == Asked::halt) event = EndWanted{conf::EndAction::halt};
    supervision.handle(event);
}

}  // namespace

std::string refusal_text(Refusal refusal, const char* why) {
    std::string text = "error ";
    text += static_cast<char>('0' + static_cast<int>(refusal));
    put_value(text, "", std::string_view(why).substr(0, most_of_a_line));
    return text;
}

std::string waited_for(Asked asked, const Steered& steered, bool leaving) {
    const Phase phase = steered.supervision.state().phase;
    const bool ends = phase >= Phase::stopping || leaving;
    const bool down = phase == Phase::down || phase == Phase::ended || leaving;
    const bool ready = phase == Phase::running && steered.attendance.ready_ms() != 0;
    if (asked == Asked::wait_down ? down : ready) return "ok\n";
    return asked == Asked::wait_ready && ends ? refusal_text(Refusal::state, ending) : std::string();
}

void answer_to(const Request& request, const Steered& steered, bool trusted, Reply& reply) {
    switch (request.asked) {
        case Asked::status:
            return put_status(reply.text, steered);
        case Asked::kill:
            if (steered.supervision.kill_application(request.signal)) return;
            return refuse(reply, Refusal::state, "the application does not run");
        case Asked::reload:
            return reload(reply, steered);
        case Asked::wait_ready:
        case Asked::wait_down:
            reply.text = waited_for(request.asked, steered, false);
            return;
        case Asked::log:
            return pass(reply, steered.capture.ring(), true,
                        "the output is not kept: [[sink]] to = \"ring\" does that");
        case Asked::program:
            return program(reply, steered, trusted);
        case Asked::analyze:
            return pass(reply, steered.boot_stamps, false, "booting was not measured");
        case Asked::state:
            return state(reply, trusted);
        case Asked::upgrade:
            return upgrade(reply, steered, trusted);
        default:
            return tell(reply, request.asked, steered.supervision);
    }
}

}  // namespace init
