// Readiness and health: events in, actions out, as tables.
#include "init/readiness.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace init;

namespace {

// One event at a time, and what it led to: "ask", "ask health", "cancel", "ready", "reloading", "reloaded",
// "extend 5", "restart not_ready".
std::string text_of(const CareActions& actions) {
    static const char* const whys[] = {"asked", "not_ready", "unhealthy", "watchdog"};
    std::string all;
    const auto add = [&all](const std::string& word) { all += (all.empty() ? "" : ", ") + word; };
    if (actions.cancel) add("cancel");
    if (actions.ask_ready) add("ask");
    if (actions.ask_health) add("ask health");
    if (actions.ready) add("ready");
    if (actions.reloading) add("reloading");
    if (actions.reloaded) add("reloaded");
    if (actions.extend_ms != 0) add("extend " + std::to_string(actions.extend_ms));
    if (actions.restart) add(std::string("restart ") + whys[static_cast<int>(*actions.restart)]);
    return all;
}

struct Row {
    std::uint64_t at;   // ms
    const char* event;  // a kind, or a message
    const char* actions;
    std::int64_t deadline;  // -1: none
};

CareEvent event_of(const std::string& word, Notification& message) {
    if (word == "started") return {CareEvent::started};
    if (word == "adopted") return {CareEvent::adopted};
    if (word == "gone") return {CareEvent::gone};
    if (word == "ending") return {CareEvent::ending};
    if (word == "newline") return {CareEvent::newline};
    if (word == "yes") return {CareEvent::answered, true};
    if (word == "no") return {CareEvent::answered, false};
    if (word == "timer") return {CareEvent::timer};
    message = parse_notification(word);
    return {CareEvent::notified, false, &message};
}

void check(const CarePolicy& policy, const std::vector<Row>& rows) {
    CareState state;
    for (const Row& row : rows) {
        CAPTURE(row.at);
        CAPTURE(row.event);
        Notification message;
        CHECK(text_of(step(state, policy, event_of(row.event, message), row.at)) == row.actions);
        const auto deadline = care_deadline(state);
        CHECK((deadline ? static_cast<std::int64_t>(*deadline) : -1) == row.deadline);
    }
}

}  // namespace

TEST_CASE("ready once executed, where nothing is asked for") {
    check({},
          {{10, "started", "ready", -1}, {20, "READY=1", "", -1}, {30, "gone", "", -1}, {40, "started", "ready", -1}});
}

TEST_CASE("ready by READY=1, once") {
    check({.way = Way::notify}, {{10, "READY=1", "", -1},
                                 {10, "started", "", -1},
                                 {20, "newline", "", -1},
                                 {25, "yes", "", -1},
                                 {30, "READY=0", "", -1},
                                 {40, "STATUS=x\nREADY=1", "ready", -1},
                                 {50, "READY=1", "", -1},
                                 {60, "gone", "", -1},
                                 {70, "READY=1", "", -1}});
}

TEST_CASE("ready by a newline, by time") {
    check({.way = Way::line}, {{10, "started", "", -1}, {20, "READY=1", "", -1}, {30, "newline", "ready", -1}});
    check({.way = Way::after, .after_ms = 100},
          {{10, "started", "", 110}, {50, "timer", "", 110}, {110, "timer", "ready", -1}});
}

TEST_CASE("ready by a probe: asked again after each no") {
    check({.way = Way::probe, .ready_interval_ms = 100}, {{10, "started", "ask", -1},
                                                          {20, "no", "", 120},
                                                          {119, "timer", "", 120},
                                                          {120, "timer", "ask", -1},
                                                          {130, "yes", "ready", -1},
                                                          {140, "yes", "", -1},
                                                          {150, "gone", "", -1}});
}

TEST_CASE("a time-out until ready, and its extension") {
    const CarePolicy policy{.way = Way::notify, .ready_timeout_ms = 1000};
    check(policy, {{10, "started", "", 1010},
                   {1009, "timer", "", 1010},
                   {1010, "timer", "restart not_ready", -1},
                   {1020, "READY=1", "", -1},
                   {1030, "gone", "", -1}});
    check(policy, {{10, "started", "", 1010},
                   {20, "EXTEND_TIMEOUT_USEC=500000", "", 1010},
                   {900, "EXTEND_TIMEOUT_USEC=500000", "", 1400},
                   {1010, "timer", "", 1400},
                   {1300, "READY=1", "ready", -1}});
    check({.way = Way::notify}, {{10, "started", "", -1}, {20, "EXTEND_TIMEOUT_USEC=500000", "", -1}});
    check({.way = Way::probe, .ready_timeout_ms = 1000},
          {{10, "started", "ask", 1010}, {1010, "timer", "cancel, restart not_ready", -1}, {1011, "no", "", -1}});
}

TEST_CASE("health: so many failures in a row restart it") {
    const CarePolicy policy{.asks_health = true, .health_interval_ms = 100, .failures = 2};
    check(policy, {{0, "started", "ready", 100},
                   {100, "timer", "ask health", -1},
                   {110, "no", "", 210},
                   {210, "timer", "ask health", -1},
                   {220, "yes", "", 320},
                   {320, "timer", "ask health", -1},
                   {330, "no", "", 430},
                   {430, "timer", "ask health", -1},
                   {440, "no", "restart unhealthy", -1},
                   {450, "timer", "", -1},
                   {460, "gone", "", -1},
                   {470, "started", "ready", 570}});
    check(policy, {{0, "started", "ready", 100},
                   {100, "timer", "ask health", -1},
                   {110, "ending", "cancel", -1},
                   {120, "no", "", -1},
                   {130, "gone", "", -1}});
    check(policy, {{0, "started", "ready", 100}, {100, "timer", "ask health", -1}, {110, "gone", "cancel", -1}});
}

TEST_CASE("health is asked only from ready on") {
    check({.way = Way::notify, .asks_health = true, .health_interval_ms = 100},
          {{10, "started", "", -1}, {500, "timer", "", -1}, {600, "READY=1", "ready", 700}});
}

TEST_CASE("the application's watchdog") {
    const CarePolicy policy{.way = Way::notify, .watchdog_ms = 100};
    check(policy, {{10, "started", "", -1},
                   {20, "WATCHDOG=1", "", -1},
                   {500, "READY=1", "ready", 600},
                   {550, "WATCHDOG=1", "", 650},
                   {650, "timer", "restart watchdog", -1}});
    check(policy, {{10, "started", "", -1},
                   {20, "READY=1", "ready", 120},
                   {30, "WATCHDOG_USEC=5000000", "", 5030},
                   {40, "WATCHDOG=1", "", 5040},
                   {50, "WATCHDOG_USEC=0", "", -1},
                   {60, "WATCHDOG=1", "", -1}});
    check(policy, {{10, "started", "", -1},
                   {15, "WATCHDOG_USEC=200000", "", -1},
                   {20, "READY=1", "ready", 220},
                   {30, "WATCHDOG=trigger", "restart watchdog", -1}});
    check({}, {{10, "started", "ready", -1}, {20, "WATCHDOG=trigger", "restart watchdog", -1}});
}

TEST_CASE("reloading and ready again") {
    check({.way = Way::notify}, {{10, "started", "", -1},
                                 {20, "RELOADING=1", "", -1},
                                 {30, "READY=1", "ready", -1},
                                 {40, "RELOADING=1\nMONOTONIC_USEC=5", "reloading", -1},
                                 {50, "READY=1", "reloaded", -1},
                                 {60, "READY=1", "", -1}});
}

TEST_CASE("an application that says it is stopping is left alone, for its stop's time-out") {
    const CarePolicy policy{.asks_health = true, .health_interval_ms = 100, .watchdog_ms = 50, .stop_timeout_ms = 1000};
    check(policy, {{0, "started", "ready", 50},
                   {40, "STOPPING=1", "", 1040},
                   {100, "timer", "", 1040},
                   {200, "WATCHDOG=1", "", 1040},
                   {900, "EXTEND_TIMEOUT_USEC=1000000", "", 1900},
                   {950, "gone", "", -1}});
    check(policy,
          {{0, "started", "ready", 50}, {40, "STOPPING=1", "", 1040}, {1040, "timer", "restart unhealthy", -1}});
    check({}, {{0, "started", "ready", -1}, {40, "STOPPING=1", "", -1}});
}

TEST_CASE("while it is being stopped it may ask for more time") {
    check({}, {{0, "started", "ready", -1},
               {10, "EXTEND_TIMEOUT_USEC=7000", "", -1},
               {20, "ending", "", -1},
               {30, "EXTEND_TIMEOUT_USEC=7001", "extend 8", -1},
               {40, "STOPPING=1", "", -1},
               {50, "gone", "", -1},
               {60, "EXTEND_TIMEOUT_USEC=7000", "", -1}});
}

TEST_CASE("one that ran before us is ready") {
    check({.way = Way::probe, .asks_health = true, .ready_timeout_ms = 5, .health_interval_ms = 100},
          {{10, "adopted", "cancel, ready", 110}});
    check({.way = Way::notify}, {{10, "adopted", "ready", -1}});
}

TEST_CASE("what is well") {
    CareState state;
    const CarePolicy policy{.way = Way::notify, .asks_health = true, .health_interval_ms = 1, .failures = 9};
    const auto tell = [&](const char* word, std::uint64_t now) {
        Notification message;
        step(state, policy, event_of(word, message), now);
        return is_well(state);
    };
    CHECK_FALSE(is_well(state));
    CHECK_FALSE(tell("started", 0));
    CHECK(tell("READY=1", 1));
    CHECK(tell("timer", 2));
    CHECK_FALSE(tell("no", 3));
    CHECK_FALSE(tell("timer", 4));
    CHECK(tell("yes", 5));
    CHECK(state.asked == 2);
    CHECK(state.failed == 1);
    CHECK_FALSE(tell("ending", 6));
}

TEST_CASE("any events in any order: ready and restart are said once a run, a question is never asked twice") {
    static const char* const words[] = {"started",
                                        "gone",
                                        "ending",
                                        "newline",
                                        "yes",
                                        "no",
                                        "timer",
                                        "READY=1",
                                        "WATCHDOG=1",
                                        "STOPPING=1",
                                        "RELOADING=1",
                                        "EXTEND_TIMEOUT_USEC=9000",
                                        "WATCHDOG_USEC=7000",
                                        "adopted"};
    std::mt19937 random(20240229);
    for (int run = 0; run < 2000; ++run) {
        const CarePolicy policy{.way = static_cast<Way>(random() % 5),
                                .asks_health = random() % 2 == 0,
                                .after_ms = 5,
                                .ready_timeout_ms = static_cast<std::uint32_t>(random() % 3 * 10),
                                .ready_interval_ms = 3,
                                .health_interval_ms = 4,
                                .failures = 2,
                                .watchdog_ms = static_cast<std::uint32_t>(random() % 2 * 6),
                                .stop_timeout_ms = 9};
        CareState state;
        bool asking = false;
        int ready = 0;
        int restarts = 0;
        for (std::uint64_t now = 1; now < 60; ++now) {
            const std::string word = words[random() % std::size(words)];
            Notification message;
            const CareEvent event = event_of(word, message);
            if (event.kind == CareEvent::started || event.kind == CareEvent::adopted) ready = restarts = 0;
            if (event.kind == CareEvent::answered) asking = false;
            const CareActions actions = step(state, policy, event, now);
            if (actions.cancel) asking = false;
            const bool asks = actions.ask_ready || actions.ask_health;
            CHECK_FALSE((asks && asking));
            asking = asking || asks;
            CHECK(asking == state.asking);
            CHECK((ready += actions.ready) <= 1);
            CHECK((restarts += actions.restart.has_value()) <= 1);
            if (state.phase == CarePhase::gone) CHECK_FALSE(care_deadline(state));
            if (event.kind == CareEvent::timer && care_deadline(state)) CHECK(*care_deadline(state) > now);
        }
    }
}

TEST_CASE("the configuration as a policy") {
    conf::Config config;
    Care care;
    make_care(config, care);
    CHECK(care.policy.way == Way::executed);
    CHECK_FALSE(care.policy.asks_health);
    config.ready.probe.tcp = "127.0.0.1:80";
    config.health.probe.command = {"/x"};
    config.watchdog.timeout = conf::Milliseconds(12'000);
    config.app.stop_timeout = conf::Milliseconds(7);
    make_care(config, care);
    CHECK(care.policy.way == Way::probe);
    CHECK(care.policy.asks_health);
    CHECK(care.policy.stop_timeout_ms == 7);
    CHECK(care.device_timeout_s == 12);
    config.ready = {};
    config.ready.fd = 3;
    make_care(config, care);
    CHECK(care.policy.way == Way::line);
    CHECK(care.ready_fd == 3);
}
