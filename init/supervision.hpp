// Holds the state machine, its policy and the application's program, and performs what the machine asks for. Knows no
// event loop: the application can be spawned before there is one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "init/attendance.hpp"
#include "init/capture.hpp"
#include "init/program.hpp"
#include "init/services_runner.hpp"
#include "init/state_file.hpp"
#include "init/supervisor.hpp"

namespace init {

// What can be exchanged by a reload.
struct Supervised {
    Policy policy;
    Program program;
    Care care;
};

// Reads the configuration again; true when *supervised was replaced. Says itself what is wrong.
using ReloadFunction = bool (*)(void* context, Supervised& supervised);

class Supervision final : public AttendanceOwner {
public:
    // supervised() is to be filled before the first event.
    Supervision(ReloadFunction reload, void* context, bool tell_reaped);
    Supervised& supervised() { return supervised_; }

    // The entries of inittab, run beside the application from now on.
    void keep(ServicesRunner services) { services_ = std::move(services); }

    // Told of the application's comings and goings; they outlive this.
    void accompany(Attendance& attendance, Capture& capture) {
        attendance_ = &attendance;
        capture_ = &capture;
    }

    // Where State is kept for the next image, and the descriptor of contract events (-1: none). The file outlives this.
    void keep_state(StateFile& file) { file_ = &file; }
    void watch_contracts(int events) { contract_events_ = events; }

    // Goes on where a predecessor was (see recover()): with the application that runs, or by starting it.
    void resume(const State& state);

    void handle(const Event& event);

    // Takes every child that has ended; the application's end becomes an event. Call on every SIGCHLD.
    void reap_children();

    // Takes what contracts have to say; the application's being empty becomes an event.
    void read_contracts();

    // When TimerFired is due, CLOCK_MONOTONIC in ms.
    std::optional<std::uint64_t> timer() const;

    // Set once: what is to happen now that everything is down.
    const std::optional<End>& end() const { return end_; }
    const State& state() const { return state_; }

    // For attendance.
    Program& program() override { return supervised_.program; }
    const Care& care() const override { return supervised_.care; }
    Phase phase() const override { return state_.phase; }
    conf::EndAction end_action() const override { return end_ ? end_->action : conf::EndAction::exit; }
    std::int32_t end_code() const override { return end_ ? end_->exit_code : 0; }
    void restart(Why why) override { handle(RestartWanted{why}); }
    void extend_stop(std::uint32_t ms) override;
    void main_pid_changed(std::int32_t pid) override;

private:
    void take(const Event& event);
    bool is_for_services(const Event& event);
    void perform(const Action& action);
    void write_state() const;
    void read_again();
    void spawn_application();
    void application_ended(const struct Ended& ended);
    void other_ended(const struct Ended& ended);
    void former_ended(const struct Ended& ended);
    void other_contract_empty(plumb::ContractId contract);
    void look_for_halting_zone();
    void signal(const Kill& wanted) const;
    void say(const Note& note) const;
    // In stopping and killing: no child left means no descendant left, orphans would be ours. With contracts it is the
    // application's that must be empty: in a zone orphans may be the global zone's. Entries of inittab are our
    // children.
    void look_for_children();

    Supervised supervised_;
    State state_;
    std::optional<std::uint64_t> timer_;
    std::optional<End> end_;
    ServicesRunner services_;
    ReloadFunction reload_;
    void* context_;
    StateFile* file_ = nullptr;
    Attendance* attendance_ = nullptr;
    Capture* capture_ = nullptr;
    int contract_events_ = -1;
    int pending_exec_ = -1;
    std::int32_t former_pid_ = 0;  // the application, before MAINPID named another process
    bool tell_reaped_;
};

}  // namespace init
