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

// ---- supervisor.cpp: ending ----

// The one path of an application that ended for good and of a request: everybody is asked to go, action follows.
// gone: the application itself has ended, or never was.
void begin_end(Step& s, conf::EndAction action, bool gone);
void tell_rest(Step& s);
bool rest_is_timed(const Step& s);  // by rest_grace_ms from now on, as it was told to go
void arm_rest(Step& s);
void all_gone(Step& s);
void end_now(Step& s);

// ---- supervisor_app.cpp: what the loop tells of the application ----

void spawn(Step& s);
void spawned(Step& s);
void spawn_failed(Step& s);
void exited_running(Step& s);
void gone_ending(Step& s);  // by Exited or SpawnFailed
void contract_empty(Step& s);

}  // namespace init
