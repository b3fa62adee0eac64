// Holds the state machine, its policy and the application's program, and performs what the machine asks for. Knows no
// event loop: the application can be spawned before there is one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "init/program.hpp"
#include "init/services_runner.hpp"
#include "init/supervisor.hpp"

namespace init {

// What can be exchanged by a reload.
struct Supervised {
    Policy policy;
    Program program;
};

// Reads the configuration again; true when *supervised was replaced. Says itself what is wrong.
using ReloadFunction = bool (*)(void* context, Supervised& supervised);

class Supervision {
public:
    Supervision(Supervised supervised, ReloadFunction reload, void* context, bool tell_reaped);

    // The entries of inittab, run beside the application from now on; null: none.
    void keep(std::unique_ptr<ServicesRunner> services) { services_ = std::move(services); }

    void handle(const Event& event);

    // Takes every child that has ended; the application's end becomes an event. Call on every SIGCHLD.
    void reap_children();

    // When TimerFired is due, CLOCK_MONOTONIC in ms.
    std::optional<std::uint64_t> timer() const;

    // Set once: what is to happen now that everything is down.
    const std::optional<End>& end() const { return end_; }
    const State& state() const { return state_; }

private:
    bool is_for_services(const Event& event);
    void perform(const Action& action);
    void read_again();
    void spawn_application();
    void application_ended(const struct Ended& ended);
    void signal(const Kill& wanted) const;
    void say(const Note& note) const;
    // In stopping and killing: no child left means no descendant left, orphans would be ours.
    void look_for_children();

    Supervised supervised_;
    State state_;
    std::optional<std::uint64_t> timer_;
    std::optional<End> end_;
    std::unique_ptr<ServicesRunner> services_;
    ReloadFunction reload_;
    void* context_;
    int pending_exec_ = -1;
    bool tell_reaped_;
};

}  // namespace init
