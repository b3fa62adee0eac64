// mvinit start, stop, restart, kill, reload, poweroff, reboot, halt and wait: asked for over the control socket.
#include <algorithm>
#include <cerrno>
#include <unistd.h>

#include "init/answers.hpp"
#include "init/clock.hpp"
#include "init/verbs.hpp"
#include "plumb/files.hpp"

namespace init {
namespace {

bool is_end(conf::Verb verb) {
    return verb == conf::Verb::poweroff || verb == conf::Verb::reboot || verb == conf::Verb::halt;
}

// Of a reload: what counts from when.
std::string notes_of(const Answer& answer) {
    std::string lines;
    std::size_t from = 0;
    for (;;) {
        const std::string_view note = next_value_of(answer.text, "note", from);
        if (from == std::string_view::npos) return lines;
        lines += decode_value(note);
        lines += '\n';
    }
}

std::vector<std::string> words_of(const conf::Arguments& arguments) {
    std::vector<std::string> words{std::string(conf::verb_name(arguments.verb))};
    if (arguments.verb == conf::Verb::kill) words.push_back(std::to_string(arguments.signal));
    return words;
}

int wait_until(const conf::Arguments& arguments, const char* what, std::uint32_t timeout_ms) {
    Answer answer;
    if (const int code = ask_or_refuse(arguments, {"wait", what}, timeout_ms, answer); code != exit_ok) return code;
    return succeed(arguments);
}

// start, stop and restart are done when the application is ready or down.
int wait_for_done(const conf::Arguments& arguments, std::uint64_t began_ms) {
    std::uint32_t left = 0;
    if (arguments.timeout_ms != 0) {
        const std::uint64_t spent = now_ms() - began_ms;
        left = spent < arguments.timeout_ms ? arguments.timeout_ms - static_cast<std::uint32_t>(spent) : 1;
    }
    return wait_until(arguments, arguments.verb == conf::Verb::stop ? "down" : "ready", left);
}

}  // namespace

int steer(const conf::Arguments& arguments) {
    if (!arguments.nothing.empty()) {
        plumb::write_all(STDOUT_FILENO, arguments.nothing);
        return exit_ok;
    }
    const bool end = is_end(arguments.verb);
    const bool paced = !end && arguments.verb != conf::Verb::kill && arguments.verb != conf::Verb::reload;
    const std::uint64_t began_ms = now_ms();
    const std::uint32_t timeout_ms =
        paced && arguments.timeout_ms != 0 ? std::min(arguments.timeout_ms, usual_timeout_ms) : usual_timeout_ms;
    const std::vector<std::string> words = words_of(arguments);
    auto asked = ask(arguments.control, words, timeout_ms);
    // Also a mvinit without a socket can be told these.
    if (!asked && is_nobody(asked.error()) && arguments.control.empty() &&
        (end || arguments.verb == conf::Verb::reload))
        return tell_by_signal(arguments);
    if (!asked) return refuse(arguments, asked.error());
    if (asked->refusal != 0) return refuse(arguments, code_of_refusal(asked->refusal), decode_value(asked->text));
    // Asked a second time it kills what is left. That it is gone by then is no failure.
    if (end && arguments.force) (void)ask(arguments.control, words, timeout_ms);
    if (paced && !arguments.no_wait) return wait_for_done(arguments, began_ms);
    return succeed(arguments, notes_of(*asked));
}

int wait_verb(const conf::Arguments& arguments) {
    return wait_until(arguments, arguments.wait_for == conf::WaitFor::down ? "down" : "ready", arguments.timeout_ms);
}

}  // namespace init
