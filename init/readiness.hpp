// Whether the application is ready and well, as a pure state machine: no clock, no descriptor, no process. Every event
// carries the monotonic time; what is to be done comes back for Attendance to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "conf/config.hpp"
#include "init/notify_message.hpp"
#include "init/supervisor.hpp"

namespace init {

// How the application shows that it is ready.
enum class Way : std::uint8_t { executed, notify, line, probe, after };

// [ready], [health] and [watchdog] app, flattened. Durations in ms.
struct CarePolicy {
    Way way = Way::executed;
    bool asks_health = false;
    std::uint32_t after_ms = 0;
    std::uint32_t ready_timeout_ms = 0;  // 0: none
    std::uint32_t ready_interval_ms = 100;
    std::uint32_t health_interval_ms = 10'000;
    std::uint32_t health_timeout_ms = 5'000;  // of one question, also of those before it is ready
    std::uint32_t failures = 3;
    std::uint32_t watchdog_ms = 0;      // 0: none
    std::uint32_t stop_timeout_ms = 0;  // from STOPPING=1 on; 0: none
};

// What a probe asks. words: of tcp the address with its port, of http the URL, of a command its argv.
struct Question {
    enum Kind : std::uint8_t { none, tcp, http, command };
    Kind kind = none;
    conf::Argv words;
};

// All that the application is given of care; exchanged by a reload.
struct Care {
    CarePolicy policy;
    int ready_fd = -1;
    Question ready;
    Question health;
    std::string device;  // of the hardware watchdog
    std::uint32_t device_timeout_s = 30;
};

// stop_timeout_ms: [app] stop_timeout.
void make_care(const conf::Config& config, Care& care);

enum class CarePhase : std::uint8_t {
    gone,      // there is no application
    starting,  // it runs and is not ready
    ready,
    leaving,  // ready or not: it said STOPPING=1
    ending,   // it is being stopped, by us: nothing is asked of it any more
};

// What is known. Trivially copyable, so that another image of this program can go on with it.
struct CareState {
    CarePhase phase = CarePhase::gone;
    bool asking = false;     // a question is under way
    bool reloading = false;  // it said RELOADING=1, and READY=1 has not come yet
    std::uint32_t failed_in_row = 0;
    std::uint32_t asked = 0;  // questions of health that were answered or failed, since it was ready
    std::uint32_t failed = 0;
    std::uint32_t watchdog_ms = 0;  // the policy's or its own choice; 0: none
    std::uint64_t started_ms = 0;   // times are of CLOCK_MONOTONIC, 0: none
    std::uint64_t ready_ms = 0;
    std::uint64_t limit_ms = 0;  // by when it is to be ready, or gone once it said STOPPING=1
    std::uint64_t ask_ms = 0;    // when to ask next; Way::after: when it is ready
    std::uint64_t alive_ms = 0;  // by when WATCHDOG=1 is to come
};
static_assert(std::is_trivially_copyable_v<CareState>);

struct CareEvent {
    enum Kind : std::uint8_t {
        started,
        adopted,   // it runs since before we do, and was ready
        gone,      // it has ended
        ending,    // it is being stopped
        notified,  // see notification
        newline,   // on the descriptor of [ready] fd
        answered,  // the question that was asked; see good
        timer,     // when care_deadline() said, or at any other time
    };
    Kind kind;
    bool good = false;
    const Notification* notification = nullptr;
};

struct CareActions {
    bool ask_ready = false;       // the probe of [ready]; answered is to follow
    bool ask_health = false;      // the probe of [health]; answered is to follow
    bool cancel = false;          // the question that is under way; no answer is to follow
    bool ready = false;           // it is ready now, said once
    bool reloading = false;       // it began to reload
    bool reloaded = false;        // and is ready again
    std::uint32_t extend_ms = 0;  // it wants so long from now on to stop
    std::optional<Why> restart;   // said once; nothing follows until it is gone
};

// Any event in any phase is safe; what does not fit is left out.
CareActions step(CareState& state, const CarePolicy& policy, const CareEvent& event, std::uint64_t now_ms);

// When a timer event is due, CLOCK_MONOTONIC in ms.
std::optional<std::uint64_t> care_deadline(const CareState& state);

// Ready, and the last question was answered well.
bool is_well(const CareState& state);

}  // namespace init
