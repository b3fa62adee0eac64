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
std::string notes_of(std::string_view answer) {
    std::string lines;
    std::size_t from = 0;
    for (;;) {
        const std::string_view note = next_value_of(answer, "note", from);
        if (from == std::string_view::npos) return lines;
        lines += decode_value(note);
        lines += '\n';
    }
}

std::string request_of(const conf::Arguments& arguments) {
    std::string request(conf::verb_name(arguments.verb));
    if (arguments.verb != conf::Verb::kill) return request;
    request += ' ';
    request += std::to_string(arguments.signal);
    return request;
}

int wait_until(const conf::Arguments& arguments, bool down, std::uint32_t timeout_ms) {
    const Outcome outcome = put_request(arguments, down ? "wait down" : "wait ready", timeout_ms);
    if (outcome.code == exit_ok) return succeed(arguments);
    std::string_view why = outcome.text;
    if (outcome.code == exit_late)
        why = down ? "the application is not down in time" : "the application is not ready in time";
    return refuse(arguments, outcome.code, why);
}

// start, stop and restart are done when the application is ready or down.
int wait_for_done(const conf::Arguments& arguments, std::uint64_t began_ms) {
    std::uint32_t left = 0;
    if (arguments.timeout_ms != 0) {
        const std::uint64_t spent = now_ms() - began_ms;
        left = spent < arguments.timeout_ms ? arguments.timeout_ms - static_cast<std::uint32_t>(spent) : 1;
    }
    return wait_until(arguments, arguments.verb == conf::Verb::stop, left);
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
    const std::string request = request_of(arguments);
    const Outcome outcome = put_request(arguments, request, timeout_ms);
    // Also a mvinit without a socket can be told these.
    if (outcome.code == exit_nobody && arguments.control.empty() && (end || arguments.verb == conf::Verb::reload))
        return tell_by_signal(arguments);
    if (outcome.code != exit_ok) return refuse(arguments, outcome.code, outcome.text);
    // Asked a second time it kills what is left. That it is gone by then is no failure.
    if (end && arguments.force) put_request(arguments, request, timeout_ms);
    if (paced && !arguments.no_wait) return wait_for_done(arguments, began_ms);
    return succeed(arguments, notes_of(outcome.text));
}

int wait_verb(const conf::Arguments& arguments) {
    return wait_until(arguments, arguments.wait_for == conf::WaitFor::down, arguments.timeout_ms);
}

}  // namespace init
