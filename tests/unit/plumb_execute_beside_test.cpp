// Steps that go on at the same time: who is begun when, who waits for whom, and what a failure or a stop leaves.
#include <deque>
#include <doctest/doctest.h>

#include "fake_system.hpp"
#include "plumb/execute.hpp"

using namespace plumb;
using tests::FakeSystem;

namespace {

using Events = std::vector<std::string>;

// Workers whose steps end in the order of a script: "step" well, "-step" failed, "!" a request to stop.
class FakeWorkers final : public Workers {
public:
    explicit FakeWorkers(Events& events) : events_(events) {}

    bool begin(const Step& step, System& /*system*/) override {
        if (none) return false;
        const std::string object = object_text(step.action);
        events_.push_back("begin " + object);
        running.emplace_back(object, &step);
        return true;
    }

    const Step* wait(Error& error) override {
        REQUIRE_FALSE(running.empty());
        const std::string wanted = script.empty() ? running.front().first : script.front();
        if (!script.empty()) script.pop_front();
        if (wanted == "!") return nullptr;
        const bool failed = wanted.starts_with('-');
        if (failed) error = {"load", wanted.substr(1), ENODEV, "", ""};
        for (auto at = running.begin(); at != running.end(); ++at) {
            if (at->first != wanted.substr(failed ? 1 : 0)) continue;
            const Step* const step = at->second;
            running.erase(at);
            return step;
        }
        FAIL("not running: " << wanted);
        return nullptr;
    }

    void end_all() override {
        for (const auto& each : running) events_.push_back("end " + each.first);
        running.clear();
    }

    std::deque<std::string> script;
    std::vector<std::pair<std::string, const Step*>> running;
    bool none = false;

private:
    Events& events_;
};

class Watch final : public Observer {
public:
    explicit Watch(Events& events) : events_(events) {}
    void started(const Step& step) override { events_.push_back("started " + object_text(step.action)); }
    void finished(const Step& step, const Error* error) override {
        events_.push_back((error == nullptr ? "done " : "failed ") + object_text(step.action));
        if (error != nullptr) errors.push_back(to_text(*error));
        if (steps_left > 0) --steps_left;
    }
    bool stop_wanted() override { return steps_left == 0; }

    int steps_left = -1;
    std::vector<std::string> errors;

private:
    Events& events_;
};

const NicMatch card{"", "e1000", ""};

// The card's driver and interface beside two disks.
Plan usual() {
    Plan plan;
    for (Action action : std::vector<Action>{LoadModule{"e1000", ""}, LoadModule{"virtio_blk", ""}, LinkUp{card, 0, {}},
                                             Mount{"/dev/vda", "/a", "ext4", "", true},
                                             Mount{"/dev/vdb", "/b", "ext4", "", true}, Hostname{"web"}})
        plan.steps.push_back({std::move(action), "why", true, {}, Phase::boot});
    return plan;
}

struct Ran {
    Outcome outcome;
    Events events;
    std::vector<std::string> errors, calls;
};

Ran run(const Plan& plan, std::deque<std::string> script, bool none = false, int steps = -1) {
    Events events;
    FakeWorkers workers(events);
    workers.script = std::move(script);
    workers.none = none;
    Watch watch(events);
    watch.steps_left = steps;
    FakeSystem system;
    Outcome outcome = execute(plan, Phase::boot, system, watch, &workers);
    CHECK(workers.running.empty());
    return {std::move(outcome), events, watch.errors, system.calls};
}

}  // namespace

TEST_CASE("beside: what need not wait goes on, in the order of the plan") {
    const Ran ran = run(usual(), {"virtio_blk", "/b", "e1000", "/a"});
    CHECK(ran.events == Events{"started e1000", "begin e1000", "started virtio_blk", "begin virtio_blk", "started web",
                               "done web", "done virtio_blk", "started /a", "begin /a", "started /b", "begin /b",
                               "done /b", "done e1000", "started driver=e1000", "done driver=e1000", "done /a"});
    CHECK(ran.outcome.done == 6);
    CHECK_FALSE(ran.outcome.failed.has_value());
    CHECK(ran.calls == Events{"set_hostname web", "find_nic driver=e1000 1ms", "link_up nic0"});
}

TEST_CASE("beside: nothing goes into a process of its own where no other such step could go on meanwhile") {
    Plan plan = usual();
    plan.steps.erase(plan.steps.begin() + 3, plan.steps.begin() + 5);  // the disks
    plan.steps.erase(plan.steps.begin() + 1);                          // virtio_blk
    plan.steps[1].deadline = std::chrono::seconds{5};
    const Ran ran = run(plan, {});
    CHECK(std::none_of(ran.events.begin(), ran.events.end(),
                       [](const std::string& e) { return e.starts_with("begin"); }));
    CHECK(ran.calls ==
          Events{"load_module e1000 -", "find_nic driver=e1000 5000ms", "link_up nic0", "set_hostname web"});
    Plan in_order = usual();
    in_order.in_order = true;
    CHECK(run(in_order, {}).calls.size() == 7);
}

TEST_CASE("beside: the last of them that is left is run in place") {
    Plan plan = usual();
    plan.steps.erase(plan.steps.begin() + 4);
    const Ran ran = run(plan, {"virtio_blk", "e1000"});
    CHECK(std::find(ran.events.begin(), ran.events.end(), "begin /a") != ran.events.end());
    // e1000 had ended when the disk was due: nothing else takes time.
    const Ran other = run(plan, {"e1000", "virtio_blk"});
    CHECK(std::find(other.events.begin(), other.events.end(), "begin /a") == other.events.end());
    CHECK(other.events.back() == "done /a");
    CHECK(other.calls.back() == "mount /dev/vda /a ext4 - mkdir");
}

TEST_CASE("beside: an interface whose device is there is brought up in place, one that is waited for is not") {
    Plan plan;
    plan.steps.push_back({LinkUp{card, 0, {}}, "", true, std::chrono::seconds{5}, Phase::boot});
    plan.steps.push_back({LinkUp{{"eth7", "", ""}, 0, std::chrono::seconds{1}}, "", true, {}, Phase::boot});
    plan.steps.push_back({Mount{"/dev/vda", "/a", "ext4", "", false}, "", true, {}, Phase::boot});
    const Ran ran = run(plan, {});
    CHECK(ran.calls == Events{"find_nic driver=e1000 1ms", "find_nic driver=e1000 5000ms", "link_up nic0"});
    CHECK(ran.events[2] == "started eth7");
    CHECK(ran.events[3] == "begin eth7");
}

TEST_CASE("beside: a required step's failure ends those that run, and is the last word") {
    const Ran ran = run(usual(), {"-e1000"});
    CHECK(ran.events == Events{"started e1000", "begin e1000", "started virtio_blk", "begin virtio_blk", "started web",
                               "done web", "end virtio_blk", "failed e1000"});
    CHECK(ran.outcome.failed == 0u);
    CHECK(ran.outcome.error == Error{"load", "e1000", ENODEV, "", ""});
    CHECK(ran.errors == Events{"load e1000: No such device"});
}

TEST_CASE("beside: one that is run in place and fails ends them, too") {
    Plan plan = usual();
    Events events;
    FakeWorkers workers(events);
    Watch watch(events);
    FakeSystem system;
    system.fail_at = 1;  // the host name
    const Outcome outcome = execute(plan, Phase::boot, system, watch, &workers);
    CHECK(outcome.failed == 5u);
    CHECK(events.back() == "failed web");
    CHECK(workers.running.empty());
}

TEST_CASE("beside: an optional step's failure is told, and who waited for it goes on") {
    Plan plan = usual();
    plan.steps[1].required = false;
    const Ran ran = run(plan, {"-virtio_blk", "e1000", "/a", "/b"});
    CHECK(ran.outcome.skipped == 1);
    CHECK(ran.outcome.done == 5);
    CHECK(std::find(ran.events.begin(), ran.events.end(), "begin /a") != ran.events.end());
}

TEST_CASE("beside: a request to stop ends those that run, without a word") {
    const Ran ran = run(usual(), {"virtio_blk", "!"});
    CHECK(ran.events.back() == "end /b");
    CHECK(ran.errors.empty());
    CHECK_FALSE(ran.outcome.failed.has_value());
    // The same where it comes while none is waited for.
    const Ran other = run(usual(), {}, false, 1);
    CHECK(other.events == Events{"started e1000", "begin e1000", "started virtio_blk", "begin virtio_blk",
                                 "started web", "done web", "end e1000", "end virtio_blk"});
}

TEST_CASE("beside: without a process to be had all is done in place, in order") {
    const Ran ran = run(usual(), {}, true);
    CHECK(ran.outcome.done == 6);
    CHECK(ran.calls.size() == 7);
    CHECK(ran.calls.front() == "load_module e1000 -");
    CHECK(ran.calls.back() == "set_hostname web");
}

TEST_CASE("beside: whatever order they end in, no step begins before those it waits for have ended") {
    const Plan plan = usual();
    // Each number is one way to choose, at every wait, which of those that run is next.
    for (std::uint32_t ways = 0; ways < 256; ++ways) {
        struct Choosing final : Workers {
            std::vector<const Step*> running;
            std::uint32_t rest = 0;
            bool begin(const Step& step, System&) override { return running.push_back(&step), true; }
            const Step* wait(Error&) override {
                const std::size_t at = rest % running.size();
                rest /= 4;
                const Step* const step = running[at];
                running.erase(running.begin() + static_cast<long>(at));
                return step;
            }
            void end_all() override {}
        } workers;
        workers.rest = ways;
        Events events;
        Watch watch(events);
        FakeSystem system;
        CHECK(execute(plan, Phase::boot, system, watch, &workers).done == 6);
        const auto at = [&](const char* event) { return std::find(events.begin(), events.end(), event); };
        CHECK(at("done virtio_blk") < at("started /a"));
        CHECK(at("done virtio_blk") < at("started /b"));
        CHECK(at("done e1000") < at("started driver=e1000"));
    }
}
