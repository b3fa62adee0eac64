// The feeding of the hardware watchdog; what probes ask by HTTP, and understand.
#include "init/hardware_watchdog.hpp"

#include <doctest/doctest.h>

#include "init/probe.hpp"

using namespace init;

TEST_CASE("answers of HTTP") {
    const struct {
        const char* text;
        int status;
    } table[] = {
        {"", 0},
        {"HTT", 0},
        {"HTTP/1.1", 0},
        {"HTTP/1.1 20", 0},
        {"HTTP/1.1 200", 200},
        {"HTTP/1.0 404 Not Found\r\n", 404},
        {"HTTP/2 200", -1},
        {"SSH-2.0", -1},
        {"HTTP/1.1 2x0", -1},
        {"HTTP/1.1 099", -1},
        {"HTTP/1.1-200", -1},
        {"hTTP/1.1 200", -1},
    };
    for (const auto& row : table) {
        CAPTURE(row.text);
        CHECK(http_status(row.text) == row.status);
    }
    CHECK(http_request("http://127.0.0.1:81/a?b") ==
          "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:81\r\nUser-Agent: mvinit\r\nConnection: close\r\n\r\n");
}

TEST_CASE("the hardware watchdog is fed while the application is well, and for its grace") {
    Feeding feeding = begin_feeding(3'000, 0, 10'000);
    const struct {
        std::uint64_t now;
        bool well;
        bool fed;
        std::uint64_t next;
    } table[] = {
        {10'000, false, true, 11'000},                                  // at once
        {10'500, false, false, 11'000}, {11'000, false, true, 12'000},  // not well yet, within the grace
        {12'000, true, true, 13'000},                                   // well
        {14'900, false, true, 15'900},  {15'000, false, false, 0},      // 3 s after it was last well: no more
        {16'000, false, false, 0},      {17'000, true, true, 18'000},   // well again, before the device has acted
    };
    for (const auto& row : table) {
        CAPTURE(row.now);
        CHECK(feed(feeding, row.well, row.now) == row.fed);
        CHECK(feeding.next_ms == row.next);
    }
    // A longer time-out until ready is a longer grace.
    feeding = begin_feeding(3'000, 60'000, 0);
    CHECK(feed(feeding, false, 59'999));
    CHECK_FALSE(feed(feeding, false, 60'000));
}

TEST_CASE("a watchdog device that is not there is told, and nothing else happens") {
    HardwareWatchdog watchdog;
    watchdog.open("/nowhere/watchdog", 30, 0);
    CHECK_FALSE(watchdog.is_open());
    CHECK_FALSE(watchdog.deadline());
    watchdog.look(true);
    watchdog.leave(conf::EndAction::poweroff);
}
