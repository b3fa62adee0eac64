#include "init/hooks.hpp"

#include <signal.h>
#include <utility>

#include "conf/text.hpp"
#include "init/boot.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/spawn.hpp"
#include "init/state_file.hpp"
#include "plumb/concat.hpp"
#include "plumb/live.hpp"

namespace init {
namespace {

constexpr const char* names[] = {"before_start", "before_stop", "after_stop"};

std::string title(const conf::Hook& hook) {
    return plumb::concat({"hook ", names[static_cast<std::size_t>(hook.when)], " ", hook.command.front()});
}

// The environment of a helper, and what a hook is told of the application.
Program make_program(const conf::Hook& hook, conf::Role role, const State& state) {
    ProgramInputs inputs;
    inputs.role = role;
    inputs.inherited = own_environment();
    Program program = prepare_helper(hook.command, hook.env, inputs, false);
    const auto add = [&program](const char* name, const std::string& value) {
        program.env.push_back(plumb::concat({name, value}));
    };
    const bool after = hook.when == conf::When::after_stop;
    const std::int32_t pid = after ? state.last.pid : state.app_pid;
    add("MVINIT_RESTARTS=", std::to_string(state.restarts));
    if (pid != 0) add("MVINIT_APP_PID=", std::to_string(pid));
    if (after && state.last_signal != 0) add("MVINIT_EXIT_SIGNAL=", conf::signal_name(state.last_signal));
    if (after && state.last_code >= 0) add("MVINIT_EXIT_CODE=", std::to_string(state.last_code));
    return program;
}

// SIGKILL for it and for what it has started.
void kill_group(std::int32_t pid) {
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
}

std::string verdict(const Ended& ended) {
    return plumb::concat({ended.signal != 0 ? "was " : "", end_text(ended)});
}

std::string not_run(const Child& child) {
    return plumb::to_text({child.stage, "", child.error, "", "is it in the image, and executable?"});
}

}  // namespace

void Hooks::begin(const HookList& list, conf::When when, const State& state) {
    stop();
    when_ = when;
    active_ = true;
    done_ = failed_ = false;
    at_ = 0;
    start(list, state);
}

// From at_ on: the first that is for when_ and can be started. A required one that fails is the last.
void Hooks::start(const HookList& list, const State& state) {
    for (; at_ < list.size() && !failed_; ++at_) {
        const conf::Hook& hook = list[at_];
        if (hook.when != when_) continue;
        save_state();
        plumb::live->spawned = 0;
        plumb::live->purpose = plumb::Purpose::hook;
        const Child child = spawn(make_program(hook, role_, state));
        if (child.stage != nullptr) {
            failed(hook, not_run(child));
            cut_off_ = child.pid > 0 ? child.pid : cut_off_;
            continue;
        }
        pid_ = child.pid;
        pending_ = child.pending;
        return begun(hook);
    }
    active_ = false;
    done_ = true;
}

void Hooks::begun(const conf::Hook& hook) {
    killed_ = false;
    const auto timeout_ms = static_cast<std::uint64_t>(hook.timeout.count());
    deadline_ = timeout_ms == 0 ? 0 : now_ms() + timeout_ms;
    save_state();
    plumb::live->purpose = plumb::Purpose::other;
}

void Hooks::keep(Hooking& record) const {
    record = {static_cast<std::uint8_t>(when_),
              active_,
              done_,
              failed_,
              killed_,
              static_cast<std::uint32_t>(at_),
              pid_,
              cut_off_,
              pending_ == pending_in_memory ? -1 : pending_,
              deadline_};
}

// A predecessor may have begun the next one without coming to note it; one that it was about to begin is begun now.
void Hooks::go_on(const Hooking& record, const HookList& list, const State& state) {
    when_ = static_cast<conf::When>(record.when);
    active_ = record.active;
    done_ = record.done;
    failed_ = record.failed;
    killed_ = record.killed;
    at_ = record.at;
    pid_ = record.pid;
    cut_off_ = record.cut_off;
    pending_ = record.pending;
    deadline_ = record.deadline_ms;
    if (!active_) return;
    // A reload has exchanged them since: the one that runs is the last.
    if (pid_ != 0 && (at_ >= list.size() || list[at_].when != when_)) {
        cut_off_ = std::exchange(pid_, 0);
        active_ = false;
        done_ = true;
    }
    // As it is not known how it ended, it is run again.
    if (pid_ != 0 && was_reaped(pid_)) pid_ = 0;
    if (!active_ || pid_ != 0) return;
    const bool begun_already = plumb::live->purpose == plumb::Purpose::hook && plumb::live->spawned > 0;
    if (!begun_already || at_ >= list.size()) return start(list, state);
    pid_ = plumb::live->spawned;
    begun(list[at_]);
}

void Hooks::failed(const conf::Hook& hook, const std::string& why) {
    const bool matters = when_ == conf::When::before_start && !hook.optional;
    const std::string text = plumb::concat({title(hook), ": ", why});
    if (!matters) return log::warning(text);
    failed_ = true;
    log::error(
        plumb::concat({text, ": the application is not started; mend it, or write optional = true in its [[hook]]"}));
}

void Hooks::next(const HookList& list, const State& state) {
    pid_ = 0;
    deadline_ = 0;
    ++at_;
    start(list, state);
}

bool Hooks::child_ended(const HookList& list, const Ended& ended, const State& state) {
    if (ended.pid == cut_off_) {
        cut_off_ = 0;
        return true;
    }
    if (pid_ == 0 || ended.pid != pid_) return false;
    kill(-pid_, SIGKILL);  // what it has left behind
    const Child late = pending_ >= 0 ? late_failure(std::exchange(pending_, -1)) : Child{};
    const conf::Hook& hook = list[at_];
    if (late.stage != nullptr)
        failed(hook, not_run(late));
    else if (!killed_ && ended.code != 0)
        failed(hook, verdict(ended));
    next(list, state);
    return true;
}

void Hooks::stop() {
    active_ = done_ = false;
    deadline_ = 0;
    if (pending_ >= 0) late_failure(std::exchange(pending_, -1));
    if (pid_ == 0) return;
    kill_group(pid_);
    cut_off_ = std::exchange(pid_, 0);
}

std::optional<std::uint64_t> Hooks::deadline() const {
    return deadline_ == 0 ? std::nullopt : std::optional(deadline_);
}

// SIGKILL, and a little time for it: one in uninterruptible sleep must not keep everything waiting.
void Hooks::look(const HookList& list, const State& state) {
    if (deadline_ == 0 || now_ms() < deadline_) return;
    if (killed_) {
        cut_off_ = pid_;
        return next(list, state);
    }
    killed_ = true;
    kill_group(pid_);
    deadline_ = now_ms() + kill_grace_ms;
    const conf::Hook& hook = list[at_];
    failed(hook, plumb::concat({"did not end within ", conf::duration_text(hook.timeout),
                                ": SIGKILL (timeout in its [[hook]])"}));
}

std::optional<HooksDone> Hooks::take_done() {
    if (!std::exchange(done_, false)) return {};
    return HooksDone{when_, failed_};
}

}  // namespace init
