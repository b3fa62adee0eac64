// Runs the [[hook]] programs, one after the other, from the event loop and without ever keeping it waiting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conf/config.hpp"
#include "init/reap.hpp"
#include "init/record.hpp"
#include "init/supervisor.hpp"

namespace init {

using HookList = std::vector<conf::Hook>;

// list is the same one from begin() until take_done(); state is what the hooks are told in their environment:
// MVINIT_RESTARTS, MVINIT_APP_PID while there is an application, and after its end that of the last one with
// MVINIT_EXIT_CODE or MVINIT_EXIT_SIGNAL.
class Hooks {
public:
    // Whose environment they get: a machine's, or what a container's mvinit has itself.
    void serve(conf::Role role) { role_ = role; }

    // Starts the first of list that is for when.
    void begin(const HookList& list, conf::When when, const State& state);

    // True: it was one of ours. The next is started then.
    bool child_ended(const HookList& list, const Ended& ended, const State& state);

    // Kills the one that runs; the others are left out, and their end is not told.
    void stop();

    // When look() is to be called, CLOCK_MONOTONIC in ms; nothing comes of calling it sooner.
    std::optional<std::uint64_t> deadline() const;
    void look(const HookList& list, const State& state);

    // On record, and taken up again by another image of us.
    void keep(Hooking& record) const;
    void go_on(const Hooking& record, const HookList& list, const State& state);

    // Given once, when all of them have ended.
    std::optional<HooksDone> take_done();

private:
    void start(const HookList& list, const State& state);
    void begun(const conf::Hook& hook);
    void failed(const conf::Hook& hook, const std::string& why);
    void next(const HookList& list, const State& state);

    conf::Role role_ = conf::Role::machine;
    conf::When when_ = conf::When::before_start;
    bool active_ = false;  // between begin() and the end of the last
    bool done_ = false;
    bool failed_ = false;         // one that is not optional
    bool killed_ = false;         // the one that runs has taken too long
    std::size_t at_ = 0;          // of list: the one that runs
    std::int32_t pid_ = 0;        // of it, 0: none runs
    std::int32_t cut_off_ = 0;    // of one that was killed, and is to be reaped yet
    std::uint64_t deadline_ = 0;  // 0: none
    int pending_ = -1;            // see Child
};

}  // namespace init
