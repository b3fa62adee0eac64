// What the supervisor goes by: the configuration flattened, and what each signal means.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conf/config.hpp"
#include "plumb/facts.hpp"

namespace init {

inline constexpr int signal_count = 66;  // Linux's 1 to 64 and illumos' SIGEMT; index 0 unused

// What a signal that PID 1 receives means.
// run_level: asks illumos init for a run level that means nothing here; ignored, and said to be.
// control: the control socket is made anew where it was deleted, else halt.
enum class Meaning : std::uint8_t { ignore, forward, stop, poweroff, reboot, halt, reload, run_level, control };

// Everything that the machine needs to decide, flattened from the configuration; does not change while it runs,
// except by reload.
struct Policy {
    conf::Restart restart = conf::Restart::always;
    std::uint32_t backoff_ms = 100;
    std::uint32_t max_backoff_ms = 30'000;
    std::uint32_t reset_after_ms = 10'000;
    std::uint32_t max_restarts = 0;
    std::uint32_t restart_window_ms = 60'000;
    std::uint32_t stop_timeout_ms = 10'000;  // 0: wait for ever
    // What runs beside the application (inittab's entries) has this long from its SIGTERM, which comes once the
    // application is gone, to SIGKILL; 0: nothing does, and stop_timeout_ms is for all.
    std::uint32_t rest_grace_ms = 0;
    std::int32_t stop_signal = 15;
    std::array<bool, 3> hooks{};    // by conf::When: there are some
    std::uint32_t ready_ms = 0;     // [ready] timeout, [watchdog] app and [health] failures: for what is said
    std::uint32_t watchdog_ms = 0;  // when RestartWanted names them as its reason
    std::uint32_t health_failures = 0;
    std::bitset<256> success_codes{1};
    std::bitset<256> remap_to_zero;                    // container -e
    std::array<Meaning, signal_count> meaning{};       // see meanings()
    std::array<std::uint8_t, signal_count> rewrite{};  // container -r: what is forwarded instead; 0: dropped
    bool forward_only = false;  // container mode of tini: no stop sequence, end as soon as the application has
    bool to_group = false;      // forwarded signals go to the application's process group
    bool stays = false;         // illumos shim: to exit is to stop the application alone and wait
    conf::EndAction on_success = conf::EndAction::poweroff;  // never automatic
    conf::EndAction on_failure = conf::EndAction::poweroff;
};

// The signal table. Linux machine: INT TERM RTMIN+5 reboot; PWR USR2 RTMIN+3 RTMIN+4 power off; RTMIN+13 halt; HUP
// reload; USR1 the control socket, or halt; the rest ignored. container with a configuration: TERM INT PWR RTMIN+3..5
// stop; CHLD TTIN TTOU ignored; the rest forwarded. forward_only: CHLD TTIN TTOU ignored, all else forwarded. RTMIN is
// 34, as glibc counts it, in every build. illumos machine: what init(8) takes its run levels from
// (usr/src/cmd/init/init.c of illumos-gate): INT halt, EMT and PWR power off, FPE reboot, HUP reload, eight others run
// levels; for the shim also TERM stop.
std::array<Meaning, signal_count> meanings(const plumb::Facts& facts, bool forward_only);

// facts.role and how mvinit was started decide. Exit codes are those of the list alone: one that leaves out 0 makes 0 a
// failure. end.failure left open is the rescue shell where rescue.on_app_failure asks for it. remap_to_zero, rewrite
// (filled with "as it is") and to_group come of the command line: the caller sets them. The end that a signal of this
// meaning asks for: stop is exit; none for what asks for no end.
std::optional<conf::EndAction> end_asked(Meaning meaning);

Policy make_policy(const conf::Config& config, const plumb::Facts& facts, bool forward_only);

// "power off", "reboot", "halt", "exit", "start the rescue shell"; for the shim "stay", which is never an exit.
const char* end_words(conf::EndAction action, bool stays = false);

// The table in words, for the plan: {"SIGTERM", "stop the application, then reboot"}; signals that share a meaning
// are grouped ("SIGINT SIGTERM SIGRTMIN+5"), a group of more than a dozen is "all others", ignored ones are last.
std::vector<std::pair<std::string, std::string>> signal_table(const Policy& policy);

}  // namespace init
