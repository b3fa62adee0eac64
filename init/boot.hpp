// From the first instruction to the application: everything that is done once, in order. What it needs of memory goes
// with it; only what supervising and ending need is handed on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "init/configuration.hpp"
#include "init/control.hpp"
#include "init/ending.hpp"
#include "init/program.hpp"
#include "init/runner.hpp"
#include "init/started.hpp"
#include "init/state_file.hpp"
#include "init/supervision.hpp"
#include "init/timeline.hpp"
#include "plumb/execute.hpp"
#include "plumb/facts.hpp"

namespace init {

class Boot {
public:
    // sources: the command line's are there, the kernel's are read. file: whose inherit() found what is in left. Both
    // outlive this. began_us: CLOCK_MONOTONIC of our first instruction.
    Boot(Sources& sources, StateFile& file, const Found& left, std::uint64_t began_us);

    // Another image of us in this process, or a predecessor on illumos, has come as far as the application: nothing of
    // booting is done again.
    bool goes_on() const { return goes_on_; }

    // The phases, in the order they are called in. Each returns an End when booting is over before the application.
    void prepare();                       // role, early mounts, console, kernel command line
    std::optional<End> configure();       // the configuration, the plan
    void recall();                        // what an earlier image of mvinit left
    std::optional<End> carry_out_plan();  // the plan's steps
    // The application and its policy, and the pipes for its output.
    std::optional<End> make_supervised(Supervised& supervised, Capture& capture);
    // Where what a predecessor left cannot be used: its application, found among our children, or nobody is left.
    void look_for_application();

    const Recovery& recovery() const { return recovery_; }
    int contract_events() const { return contract_events_; }  // -1: there are no contracts
    std::optional<End> honour_inittab();                      // its entries, those that are waited for to their end

    ServicesRunner take_services() { return std::move(services_); }
    const plumb::Facts& facts() const { return facts_; }
    const Configuration& configuration() const { return configuration_; }
    ControlSettings control_settings() const {
        return init::control_settings(configuration_.config.control, sources_.arguments, configuration_.forward_only);
    }
    Policy policy() const { return make_policy(configuration_.config, facts_, configuration_.forward_only); }
    EndPlan end_plan() const { return make_end_plan(configuration_.config, facts_); }

    // After the application was spawned: what is known of booting goes to started, and the late steps into a child, so
    // that nothing waits for them.
    void finish(Started& started, const Supervision& supervision, const Attendance& attendance);
    bool wants_power_button() const;

private:
    void gather_rest();
    void open_console(const std::string& device);
    void open_log(const std::string& device) const;
    void open_contract_events();
    void open_configured_console();
    void decide_role();
    void show_plan();
    std::optional<End> check_configuration();
    void run_late_steps();
    void begin_capture(Supervised& supervised, Capture& capture);
    void leave_out_marked();
    plumb::Outcome execute_marking();
    End failed() const;
    std::optional<End> stopped() const;

    Sources& sources_;
    StateFile& file_;
    Found left_;
    bool goes_on_ = false;
    std::vector<std::uint32_t> marks_;  // of the plan's steps
    plumb::Facts facts_;
    bool gathered_ = false;  // all of them
    ProgramInputs inputs_;
    Configuration configuration_;
    plumb::Plan early_;
    plumb::Plan plan_;
    Recovery recovery_;
    int contract_events_ = -1;
    Timeline timeline_;
    std::unique_ptr<Runner> runner_;
    std::unique_ptr<plumb::System> system_;
    ServicesRunner services_;
};

// [app] of config on this machine, with the files it names read, into inputs. supervised is as it was made. Used by
// boot and by reload. Without its hooks, which are only to be moved there.
plumb::Result<void> make_supervised(const Configuration& configuration, const plumb::Facts& facts,
                                    const Sources& sources, ProgramInputs& inputs, Supervised& supervised);

// Logs what is wrong with the configuration.
void tell(const conf::Diagnostic& found);

// mvinit's own environment, not copied.
std::vector<std::string_view> own_environment();

// Whether they give a command and no file, which in a container means: to do as tini does.
bool forwards_only(const conf::Arguments& arguments);

// The environment, terminal and pid that mvinit has; no file is read, and the rest of inputs stays.
void gather_inputs(const plumb::Facts& facts, ProgramInputs& inputs);

}  // namespace init
