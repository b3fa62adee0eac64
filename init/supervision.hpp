// Holds the state machine, its policy and the application's program, and performs what the machine asks for. Knows no
// event loop: the application can be spawned before there is one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "init/attendance.hpp"
#include "init/capture.hpp"
#include "init/hooks.hpp"
#include "init/program.hpp"
#include "init/services_runner.hpp"
#include "init/state_file.hpp"
#include "init/supervisor.hpp"
#include "plumb/oom.hpp"

namespace init {

// What can be exchanged by a reload.
struct Supervised {
    Policy policy;
    Program program;
    HookList hooks;
    Care care;
};

class Control;

// What came of reading the configuration again.
struct Reloaded {
    bool taken = false;
    std::string text;  // taken: a line each of what counts from when; else why it was refused
};

// Reads the configuration again into supervised, which is as it was made. Says all on the console.
using ReloadFunction = Reloaded (*)(void* context, Supervised& supervised);

class Supervision final : public AttendanceOwner {
public:
    // supervised() is to be filled before the first event.
    Supervision(ReloadFunction reload_by, void* context, bool tell_reaped);
    Supervised& supervised() { return *supervised_; }

    // The entries of inittab, run beside the application from now on.
    void keep(ServicesRunner services) { services_ = std::move(services); }

    // Told of the application's comings and goings; they outlive this.
    void accompany(Attendance& attendance, Capture& capture) {
        attendance_ = &attendance;
        capture_ = &capture;
    }

    // Told when its socket is to be made anew; outlives this.
    void steer_by(Control& control) { control_ = &control; }

    // Whose kernel it is, and with it what it counts and logs of the whole machine; whose environment hooks get.
    void know(const plumb::Facts& facts) {
        owns_kernel_ = facts.owns_kernel;
        hooks_.serve(facts.role);
    }

    // Where State is kept for the next image, and the descriptor of contract events (-1: none). The file outlives this.
    void keep_state(StateFile& file) { file_ = &file; }
    void watch_contracts(int events) { contract_events_ = events; }

    // Goes on where a predecessor was (see recover()): with the application that runs, or by starting it.
    void resume(const State& state);

    // The same, in all detail, with what another image of us in this process has left. keep: puts it into record.
    void keep(Record& record) const;
    void go_on(const Record& record);

    // Writes all that has changed since it was last written.
    void save_changes();
    void changed() { changed_ = true; }

    void handle(const Event& event);

    // What handle() would do of a signal that only goes on to the application, with nothing said and nothing looked at:
    // the application sees it that much sooner. False: it is for handle().
    bool pass_on(std::int32_t number) const;

    // What the control socket asks for, beside StartWanted, StopWanted and RestartWanted, which handle() takes.
    // reload: the configuration is read again; text is what is to be told of it. Not while the machine is being ended.
    Reloaded reload();
    // signal: Linux's number, to the application's first process, or where that is gone and its contract is not, to
    // that. False: there is none.
    bool kill_application(std::int32_t number) const;

    // Takes every child that has ended; the application's end becomes an event. Call on every SIGCHLD.
    void reap_children();

    // Takes what contracts have to say; the application's being empty becomes an event.
    void read_contracts();

    // When TimerFired is due, CLOCK_MONOTONIC in ms.
    std::optional<std::uint64_t> timer() const;

    // Set once: what is to happen now that everything is down.
    const std::optional<End>& end() const { return end_; }
    const State& state() const { return state_; }
    std::uint32_t oom_kills() const { return oom_kills_; }  // of the application, since this image of us began

    // For attendance.
    Program& program() override { return supervised_->program; }
    const Care& care() const override { return supervised_->care; }
    Phase phase() const override { return state_.phase; }
    conf::EndAction end_action() const override { return end_ ? end_->action : conf::EndAction::exit; }
    std::int32_t end_code() const override { return end_ ? end_->exit_code : 0; }
    void restart(Why why) override { handle(RestartWanted{why}); }
    void extend_stop(std::uint32_t ms) override;
    void main_pid_changed(std::int32_t pid) override;

private:
    void take(const Event& event);
    bool is_for_services(const Event& event);
    bool is_for_hooks(const Event& event);
    bool is_for_control(const Event& event);
    const HookList& hook_list() const;
    void tell_hooks();
    plumb::Oom oom_of(const struct Ended& ended) const;
    void perform(const Action& action);
    void perform_all(const Actions& actions);
    void keep_actions(const Actions& actions, const Event& event);
    void begin_timer(const Action& action);
    void perform_left(const Record& record);
    bool is_there() const;
    bool is_lost() const;
    void look_around();
    void write_state();
    void application_begun(std::int32_t pid, std::int32_t contract);
    void spawn_application();
    void take_ended(const struct Ended& ended);
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

    std::unique_ptr<Supervised> supervised_ = std::make_unique<Supervised>();
    State state_;
    std::optional<std::uint64_t> timer_;
    std::optional<End> end_;
    Hooks hooks_;
    HookList old_hooks_;  // those that ran when a reload replaced them, until they have ended
    plumb::OomCount oom_count_;
    ServicesRunner services_;
    ReloadFunction reload_;
    void* context_;
    StateFile* file_ = nullptr;
    Attendance* attendance_ = nullptr;
    Capture* capture_ = nullptr;
    std::uint32_t oom_kills_ = 0;
    Control* control_ = nullptr;
    int contract_events_ = -1;
    int pending_exec_ = -1;
    bool owns_kernel_ = false;
    std::int32_t former_pid_ = 0;  // the application, before MAINPID named another process
    std::int32_t named_pid_ = 0;   // by MAINPID, and the process group that it was in then
    std::int32_t named_group_ = 0;
    std::uint64_t named_start_ = 0;
    bool tell_reaped_;
    bool changed_ = false;
    bool regains_ = false;  // privileges, for what a reload has changed
};

}  // namespace init
