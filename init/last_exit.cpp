// How the application ended last, in words; and the words that it shares with what is said of it on the console.
#include <string_view>
#include <utility>

#include "conf/text.hpp"
#include "init/sentence.hpp"
#include "plumb/error.hpp"

namespace init {

void put_time(conf::Writer& out, std::int64_t ms) {
    const std::int64_t tenths = ms / 100;
    if (ms >= 60'000) {
        out << conf::duration_text(conf::Milliseconds(ms / 1000 * 1000));
    } else if (ms < 1000) {
        out << ms << " ms";
    } else {
        out << tenths / 10;
        if (tenths % 10 != 0) out << "." << tenths % 10;
        out << "s";
    }
}

void put_reason(conf::Writer& out, Why why, std::uint32_t limit) {
    switch (why) {
        case Why::asked:
            out << "asked to restart";
            break;
        case Why::not_ready:
            out << "not ready within ";
            put_time(out, limit);
            break;
        case Why::unhealthy:
            out << "not healthy, by " << std::int64_t{limit} << (limit == 1 ? " probe" : " probes in a row");
            break;
        case Why::watchdog:
            out << "no WATCHDOG=1 within ";
            put_time(out, limit);
            break;
    }
}

namespace {

// Whose wish it was; nothing where it was nobody's.
void put_wish(conf::Writer& out, const LastEnd& last) {
    if (last.for_end || last.wish == Next::down)
        out << "stopped on request: ";
    else if (last.wish == Next::again)
        out << "restarted on request: ";
    if (last.wish != Next::failed) return;
    out << "restarted: ";
    put_reason(out, last.why, last.limit);
    out << ": ";
}

void put_how(conf::Writer& out, const State& state) {
    const LastEnd& last = state.last;
    switch (last.kind) {
        case EndKind::none:
            break;
        case EndKind::exited:
            out << "exited with code " << state.last_code;
            break;
        case EndKind::killed:
            out << "killed by " << conf::signal_name(state.last_signal);
            if (last.core) out << " (core dumped)";
            if (last.oom != plumb::Oom::none) out << ": out of memory (" << plumb::oom_words(last.oom) << ")";
            break;
        case EndKind::vanished:
            out << "ended with a status that is not known";
            break;
        case EndKind::not_started:
            out << plumb::to_text({"not started:", std::string(last.stage.data()), last.error, "", ""});
            break;
        case EndKind::unprepared:
            out << "not started: a hook before its start failed";
            break;
    }
}

}  // namespace

std::string last_exit_text(const State& state) {
    conf::Writer out;
    if (state.last.kind != EndKind::none) put_wish(out, state.last);
    put_how(out, state);
    return std::move(out.text);
}

}  // namespace init
