// Whether the application is ready, and whether it is well: readiness by notification, probe or time, health probes,
// its watchdog and the hardware's. Tells the supervision when it is to be restarted, and whoever asked when it is
// ready.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "conf/writer.hpp"
#include "init/companion.hpp"
#include "init/hardware_watchdog.hpp"
#include "init/notify.hpp"
#include "init/probe.hpp"
#include "init/program.hpp"
#include "init/readiness.hpp"
#include "init/reap.hpp"
#include "init/record.hpp"
#include "init/supervisor.hpp"
#include "init/upward.hpp"

namespace init {

// Who supervises the application that is attended. restart() is called from settled() alone, so never while the owner
// is in the midst of something.
class AttendanceOwner {
public:
    virtual Program& program() = 0;
    virtual const Care& care() const = 0;
    virtual Phase phase() const = 0;
    virtual conf::EndAction end_action() const = 0;  // once the loop is over
    virtual std::int32_t end_code() const = 0;

    // It is to be stopped and started again, which counts as a failure.
    virtual void restart(Why why) = 0;
    // It is being stopped and wants so long from now on: SIGKILL waits at least until then.
    virtual void extend_stop(std::uint32_t ms) = 0;
    // Another process is the application from now on, one that is a descendant of PID 1 and is alive.
    virtual void main_pid_changed(std::int32_t pid) = 0;

protected:
    ~AttendanceOwner() = default;
};

class Attendance final : public Companion {
public:
    // Before each start of the application: what program is to be given for it to tell that it is ready.
    void prepare(Program& program, const Care& care);
    void started(std::int32_t pid, const Care& care);
    void adopted(std::int32_t pid, Program& program, const Care& care);  // it runs since before we do
    void gone();

    // What the application has said is taken now: its last word may be that another process is it from now on.
    void hear();

    // True: it was a probe of ours.
    bool child_ended(const Ended& ended);

    // Whom to tell; outlives this. Called once booting is over: opens the hardware watchdog, and looks for who is to be
    // told of readiness. upward: somebody may be; machine: a machine monitor, too. left: what another image of us has
    // left; null: nothing.
    void attend(AttendanceOwner& owner, bool upward, bool machine, const Caring* left = nullptr);

    // Since when the application that runs now is ready, CLOCK_MONOTONIC in ms; 0: it is not (yet).
    std::uint64_t ready_ms() const { return state_.ready_ms; }

    // Lines of "name value" for status, each where there is such a thing: status_text, reloading yes, health good|bad,
    // health_asked, health_failed, health_reason (why the last question failed), watchdog fed|starving.
    void describe(std::string& lines);

    // Puts it on record, see attend().
    void keep(Caring& record) const;

    void join(Reactor& reactor) override;
    void readable(int descriptor) override;
    std::optional<std::uint64_t> deadline() const override;
    void due() override;
    void settled() override;
    void leave() override;

private:
    void go_on(const Caring& record);
    void take(const CareEvent& event, const CarePolicy& policy);
    void take(const CareEvent& event);
    void perform(const CareActions& actions);
    void ask(bool health);
    void tell_ready();
    void tell_restart(Why why);
    void put_status(conf::Writer& out, const char* before) const;
    void read_line();
    void read_messages();
    void take_message(const Notification& message);
    void take_main_pid(std::int32_t pid);
    void open_line(Program& program, const Care& care);
    void close_line();
    void watch();
    void pass_on_end();
    bool is_well() const;

    AttendanceOwner* owner_ = nullptr;
    Reactor* reactor_ = nullptr;
    CareState state_;
    Notify notify_;
    Allowance allowance_;
    Speakers speakers_;
    Prober prober_;
    HardwareWatchdog hardware_;
    Upward upward_;
    std::array<char, longest_status + 1> status_{};
    int line_ = -1;              // reading end of the pipe of [ready] fd
    int line_end_ = -1;          // its other end, until the application has it
    bool heard_ = true;          // notify_ is being waited for; false while it said too much
    bool wants_answer_ = false;  // a question is to be asked as soon as there is an owner
    bool passed_ready_ = false;  // told upward
    bool passed_stopping_ = false;
    std::uint64_t reloading_us_ = 0;
    std::optional<Why> restart_;
};

}  // namespace init
