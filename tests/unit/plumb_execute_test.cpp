#include <doctest/doctest.h>

#include "fake_system.hpp"
#include "plumb/execute.hpp"

using namespace plumb;
using tests::FakeSystem;

namespace {

class Watch final : public Observer {
public:
    std::vector<std::string> events;
    std::vector<std::size_t> step_of_call;  // the index of the step in which each call was made
    FakeSystem* system = nullptr;
    const Plan* plan = nullptr;

    void started(const Step& step) override {
        current_ = static_cast<std::size_t>(&step - plan->steps.data());
        events.push_back("started " + std::to_string(current_));
    }
    void finished(const Step& step, const Error* error) override {
        CHECK(&step == &plan->steps[current_]);
        events.push_back((error == nullptr ? "done " : "failed ") + std::to_string(current_));
        step_of_call.resize(system->calls.size(), current_);
    }

private:
    std::size_t current_ = 0;
};

// One step of every kind, with all that a link step can ask for.
Plan every_kind(bool required) {
    const NicMatch nic{"", "e1000", ""};
    Plan plan;
    for (Action action : std::vector<Action>{CtrlAltDel{}, MakeDir{"/data", 0755}, Symlink{"/proc/self/fd", "/dev/fd"},
                                             Mount{"proc", "/proc", "proc", "nosuid", true}, Hostname{"web"},
                                             LoadModule{"e1000", "debug=1"}, WriteFile{"/proc/sys/a", "1\n"},
                                             LinkUp{nic, 1400, std::chrono::seconds{2}}, LinkUp{{"lo", "", ""}, 0, {}},
                                             Address{nic, "10.0.2.15/24"}, Route{nic, "default", "10.0.2.2"},
                                             Command{{"/bin/true", "x"}, {{"A", "b"}}}})
        plan.steps.push_back({action, "reason", required, std::chrono::seconds{5}, Phase::boot});
    return plan;
}

struct Ran {
    Outcome outcome;
    std::vector<std::string> calls;
    std::vector<std::string> events;
    std::vector<std::size_t> step_of_call;
};

Ran run(const Plan& plan, Phase phase, std::size_t fail_at = 0, Error failure = {"what", "object", ENODEV, "", ""}) {
    FakeSystem system;
    system.fail_at = fail_at;
    system.failure = std::move(failure);
    Watch watch;
    watch.system = &system;
    watch.plan = &plan;
    auto outcome = execute(plan, phase, system, watch);
    return {std::move(outcome), system.calls, watch.events, watch.step_of_call};
}

}  // namespace

TEST_CASE("execute makes the calls of the plan, in order") {
    const auto ran = run(every_kind(true), Phase::boot);
    const std::vector<std::string> expected{"ctrl_alt_del_signals",
                                            "make_dir /data",
                                            "make_symlink /dev/fd -> /proc/self/fd",
                                            "mount proc /proc proc nosuid mkdir",
                                            "set_hostname web",
                                            "load_module e1000 debug=1",
                                            "write_file /proc/sys/a 1\\n",
                                            "find_nic driver=e1000 5000ms",
                                            "set_mtu nic0 1400",
                                            "link_up nic0",
                                            "wait_carrier nic0 2000ms",
                                            "find_nic lo 5000ms",
                                            "link_up lo",
                                            "find_nic driver=e1000 1ms",
                                            "add_address nic0 10.0.2.15/24",
                                            "find_nic driver=e1000 1ms",
                                            "add_route nic0 default 10.0.2.2",
                                            "run 5000ms A=b /bin/true x"};
    CHECK(ran.calls == expected);
    CHECK(ran.outcome.done == 12);
    CHECK(ran.outcome.skipped == 0);
    CHECK_FALSE(ran.outcome.failed.has_value());
}

TEST_CASE("a link step without a deadline looks for its device once") {
    Plan plan;
    plan.steps.push_back({LinkUp{{"lo", "", ""}, 0, {}}, "", true, {}, Phase::boot});
    CHECK(run(plan, Phase::boot).calls == std::vector<std::string>{"find_nic lo 1ms", "link_up lo"});
}

TEST_CASE("a required step's failure ends the plan, whichever call fails") {
    const Plan plan = every_kind(true);
    const auto whole = run(plan, Phase::boot);
    for (std::size_t n = 1; n <= whole.calls.size(); ++n) {
        CAPTURE(n);
        const auto ran = run(plan, Phase::boot, n);
        CHECK(ran.calls == std::vector<std::string>(whole.calls.begin(), whole.calls.begin() + static_cast<long>(n)));
        const std::size_t step = whole.step_of_call[n - 1];
        REQUIRE(ran.outcome.failed.has_value());
        CHECK(*ran.outcome.failed == step);
        CHECK(ran.outcome.done == step);
        CHECK(ran.outcome.skipped == 0);
        CHECK(ran.outcome.error == Error{"what", "object", ENODEV, "", ""});
        CHECK(ran.events.back() == "failed " + std::to_string(step));
    }
}

TEST_CASE("an optional step's failure is told and passed over, whichever call fails") {
    const Plan plan = every_kind(false);
    const auto whole = run(plan, Phase::boot);
    for (std::size_t n = 1; n <= whole.calls.size(); ++n) {
        CAPTURE(n);
        const auto ran = run(plan, Phase::boot, n);
        const std::size_t step = whole.step_of_call[n - 1];
        std::vector<std::string> expected;  // all but what the failed step would still have asked
        for (std::size_t call = 0; call < whole.calls.size(); ++call)
            if (call < n || whole.step_of_call[call] != step) expected.push_back(whole.calls[call]);
        CHECK(ran.calls == expected);
        CHECK_FALSE(ran.outcome.failed.has_value());
        CHECK(ran.outcome.done == plan.steps.size() - 1);
        CHECK(ran.outcome.skipped == 1);
        CHECK(ran.events[2 * step + 1] == "failed " + std::to_string(step));
        CHECK(ran.events.back() == (step + 1 == plan.steps.size() ? "failed 11" : "done 11"));
    }
}

TEST_CASE("an error without operation and object gets those of its step") {
    const auto ran = run(every_kind(true), Phase::boot, 4, {"", "", EPERM, "", "try"});
    CHECK(ran.outcome.error == Error{"mount", "/proc", EPERM, "", "try"});
}

TEST_CASE("only the steps of the phase are run; indexes are those of the plan") {
    Plan plan;
    plan.steps.push_back({MakeDir{"/early", 0755}, "", true, {}, Phase::early});
    plan.steps.push_back({MakeDir{"/boot", 0755}, "", true, {}, Phase::boot});
    plan.steps.push_back({MakeDir{"/late", 0755}, "", true, {}, Phase::late});
    CHECK(run(plan, Phase::early).calls == std::vector<std::string>{"make_dir /early"});
    CHECK(run(plan, Phase::boot).calls == std::vector<std::string>{"make_dir /boot"});
    const auto late = run(plan, Phase::late, 1);
    CHECK(late.calls == std::vector<std::string>{"make_dir /late"});
    CHECK(late.outcome.failed == 2u);
}

TEST_CASE("an empty plan succeeds") {
    const auto ran = run({}, Phase::boot);
    CHECK(ran.outcome.done == 0);
    CHECK(ran.calls.empty());
    CHECK_FALSE(ran.outcome.failed.has_value());
}

TEST_CASE("an observer that wants to stop is asked before every step, and none runs after") {
    for (std::size_t steps = 0; steps <= 3; ++steps) {
        CAPTURE(steps);
        struct Stopper final : Observer {
            std::size_t left = 0;
            void started(const Step& /*step*/) override {}
            void finished(const Step& /*step*/, const Error* /*error*/) override { --left; }
            bool stop_wanted() override { return left == 0; }
        } stopper;
        stopper.left = steps;
        Plan plan;
        for (const char* path : {"/a", "/b", "/c"})
            plan.steps.push_back({MakeDir{path, 0755}, "", true, {}, Phase::boot});
        FakeSystem system;
        const Outcome outcome = execute(plan, Phase::boot, system, stopper);
        CHECK(outcome.done == steps);
        CHECK(system.calls.size() == steps);
        CHECK_FALSE(outcome.failed.has_value());
    }
}
