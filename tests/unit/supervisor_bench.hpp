// A supervisor with a clock that is a number, to be told events in turn; what it answers, as words.
#pragma once

#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "init/supervisor.hpp"

namespace bench {

using namespace init;

inline std::string target_name(Target target) {
    return target == Target::process ? "process" : target == Target::group ? "group" : "everyone";
}

// "spawn", "kill group 15 42", "arm 100", "disarm", "reload", "end exit 3": notes have their own test.
inline std::string words(const Action& action) {
    if (std::holds_alternative<Spawn>(action)) return "spawn";
    if (std::holds_alternative<Disarm>(action)) return "disarm";
    if (std::holds_alternative<Reload>(action)) return "reload";
    if (std::holds_alternative<StopHooks>(action)) return "stop hooks";
    if (auto* hooks = std::get_if<RunHooks>(&action)) {
        const char* const whens[] = {"before_start", "before_stop", "after_stop"};
        return std::string("hooks ") + whens[static_cast<std::size_t>(hooks->when)];
    }
    if (auto* arm = std::get_if<Arm>(&action)) return "arm " + std::to_string(arm->ms);
    if (auto* kill = std::get_if<Kill>(&action)) {
        const std::string pid = kill->target == Target::everyone ? "" : " " + std::to_string(kill->pid);
        const std::string contract = kill->contract == 0 ? "" : " in " + std::to_string(kill->contract);
        return "kill " + target_name(kill->target) + " " + std::to_string(kill->signal) + pid + contract;
    }
    if (auto* end = std::get_if<End>(&action)) {
        return std::string("end ") + end_words(end->action) + " " + std::to_string(end->exit_code);
    }
    return "";
}

// A supervisor with a clock, to be told events in turn.
struct Bench {
    Policy policy;
    State state{};
    std::uint64_t now = 1'000'000;
    std::vector<Note> notes{};

    std::string tell(const Event& event) {
        std::string out;
        notes.clear();
        for (const Action& action : step(state, policy, event, now)) {
            if (auto* note = std::get_if<Note>(&action)) notes.push_back(*note);
            const std::string text = words(action);
            if (!text.empty()) out += (out.empty() ? "" : ", ") + text;
        }
        return out;
    }
    std::string after(std::uint64_t ms, const Event& event) {
        now += ms;
        return tell(event);
    }
    void run(std::int32_t pid = 42) {
        REQUIRE(tell(Start{}) == "spawn");
        REQUIRE(tell(Spawned{pid}) == "");
    }
    // With all three kinds of hooks.
    Bench with_hooks() const {
        Bench with = *this;
        with.policy.hooks = {true, true, true};
        return with;
    }
    void run_with_hooks() {
        REQUIRE(tell(Start{}) == "hooks before_start");
        REQUIRE(tell(HooksDone{conf::When::before_start, false}) == "spawn");
        REQUIRE(tell(Spawned{42}) == "");
    }
    bool said(Say say) const {
        for (const Note& note : notes) {
            if (note.say == say) return true;
        }
        return false;
    }
};

// What is known of a Linux in this role.
inline plumb::Facts linux_as(conf::Role role) {
    plumb::Facts facts;
    facts.role = role;
    return facts;
}
inline plumb::Facts illumos_by(plumb::Start start) {
    plumb::Facts facts;
    facts.platform = conf::Platform::illumos;
    facts.start = start;
    facts.pid1 = start == plumb::Start::kernel || start == plumb::Start::zone_init;
    facts.owns_kernel = start == plumb::Start::kernel;
    if (!facts.owns_kernel) facts.zone = "web";
    return facts;
}

inline Bench machine() {
    return {make_policy({}, linux_as(conf::Role::machine), false)};
}
inline Bench container() {
    return {make_policy({}, linux_as(conf::Role::container), false)};
}
inline Bench like_tini() {
    return {make_policy({}, linux_as(conf::Role::container), true)};
}
inline Bench shim() {
    return {make_policy({}, illumos_by(plumb::Start::shim), false)};
}
inline Bench zone_init() {
    return {make_policy({}, illumos_by(plumb::Start::zone_init), false)};
}

// What everybody but the application is told.
inline const std::string rest = "kill everyone 15, kill everyone 18";

}  // namespace bench
