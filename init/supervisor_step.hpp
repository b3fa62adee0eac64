// Between the files of the supervisor: one call of step(), and the handlers that stand in its table.
#pragma once

#include "init/supervisor.hpp"

namespace init {

// What the handlers of one call read and write.
struct Step {
    State& state;
    const Policy& policy;
    const Event& event;
    std::uint64_t now_ms;
    Actions out{};
};

// For a handler that stands in E's column of the table, so that the event is an E.
template <class E>
const E& event_of(const Step& s) {
    return *std::get_if<E>(&s.event);
}

// Nobody is there: no process of the application that is our child, and no contract with members.
inline bool is_gone(const State& state) {
    return state.app_pid == 0 && state.contract == 0;
}
inline bool is_ending(const State& state) {
    return state.pending_end != conf::EndAction::automatic;
}

inline bool has_hooks(const Step& s, conf::When when) {
    return s.policy.hooks[static_cast<std::size_t>(when)];
}

// ---- supervisor_end.cpp: ending ----

void tell_application(Step& s);  // to stop
void kill_application(Step& s);
void kill_all(Step& s);

// The one path of an application that ended for good and of a request: everybody is asked to go, action follows.
// gone: the application itself has ended, or never was.
void begin_end(Step& s, conf::EndAction action, bool gone);
// The same for one that has just ended, whose hooks come first.
void end_after_hooks(Step& s, conf::EndAction action);
void tell_rest(Step& s);
bool rest_is_timed(const Step& s);  // by rest_grace_ms from now on, as it was told to go
void arm_rest(Step& s);
void all_gone(Step& s);
void end_now(Step& s);
void stop_timed_out(Step& s);
void give_up(Step& s);

// ---- supervisor_app.cpp: what the loop tells of the application ----

struct Ending {
    bool success;
    bool started;            // it was executed, and has its hooks
    std::int32_t leftovers;  // process group that may have members yet, 0: none
    std::uint64_t ran_ms;
    Note note;
};

void prepare(Step& s);  // its hooks, then the application
void spawned(Step& s);
void spawn_failed(Step& s);
void exited_running(Step& s);
void gone_ending(Step& s);  // by Exited or SpawnFailed
void contract_empty(Step& s);
void prepared(Step& s);
void not_started(Step& s, const Note& note);
void restart_now(Step& s);  // after the pause, or without one

// Keeps what the application ended with; returns what to say of it.
Note record_gone(Step& s);
std::uint64_t ran_ms(const Step& s);

// The application is not there (any more), and nobody asked for that: what now?
void application_is_gone(Step& s, Ending ending);

// ---- supervisor_steer.cpp: the application alone is stopped, started, restarted ----

void start_wanted(Step& s);
void stop_wanted(Step& s);
void restart_wanted(Step& s);
void begin_stop(Step& s, Next next, Why why);
std::uint32_t limit_of(const Policy& policy, Why why);  // see LastEnd
// Stops it for the end, its hooks before that first.
void stop_for_end(Step& s, conf::EndAction action);
void exited_quitting(Step& s);  // by Exited or SpawnFailed
void quit_timed_out(Step& s);
void hooks_done(Step& s);  // in quitting and cleaning
void gone_quitting(Step& s, Note note, std::int32_t leftovers);
void quit_done(Step& s);
void go_down(Step& s);
// Runs the hooks, or does at once what follows them where there are none.
void clean(Step& s, Next next);
void begin_hooks(Step& s, conf::When when);
void stop_hooks(Step& s);

}  // namespace init
