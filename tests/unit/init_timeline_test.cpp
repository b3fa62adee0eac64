// What is said of booting's steps, and what is noted of them. No assertion on how long anything takes: what the
// timeline says is held against the clock that it reads, and against itself.
#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/timeline.hpp"

using namespace init;
using Lines = std::vector<std::string>;

namespace {

// Catches what is logged, from level on, until the end of the scope.
class Caught {
public:
    explicit Caught(conf::LogLevel level = conf::LogLevel::debug) {
        REQUIRE(pipe2(ends_, O_CLOEXEC | O_NONBLOCK) == 0);
        log::open(ends_[1], level, false);
    }
    Caught(const Caught&) = delete;
    Caught& operator=(const Caught&) = delete;
    ~Caught() {
        log::open(STDERR_FILENO, conf::LogLevel::info, false);
        close(ends_[0]);
        close(ends_[1]);
    }
    Lines lines() {
        std::string text;
        char piece[4096];
        for (ssize_t count = 0; (count = read(ends_[0], piece, sizeof piece)) > 0;)
            text.append(piece, static_cast<std::size_t>(count));
        std::istringstream stream(text);
        Lines all;
        for (std::string line; std::getline(stream, line);) all.push_back(line);
        return all;
    }

private:
    int ends_[2] = {-1, -1};
};

plumb::Step step_of(std::string target, bool required = true) {
    std::string source = "/dev/x" + target.substr(1);
    return {plumb::Mount{std::move(source), std::move(target), "ext4", "", false},
            "[[mount]]",
            required,
            {},
            plumb::Phase::boot};
}

}  // namespace

TEST_CASE("timeline: a step that is done is told of with its time and reason, where debug messages are shown") {
    for (const bool shown : {true, false}) {
        Caught caught(shown ? conf::LogLevel::debug : conf::LogLevel::info);
        Timeline timeline(now_us());
        const plumb::Step step = step_of("/data");
        timeline.started(step);
        timeline.finished(step, nullptr);
        const Lines lines = caught.lines();
        REQUIRE(lines.size() == (shown ? 1 : 0));
        if (!shown) continue;
        CHECK(lines[0].starts_with("mvinit: mount /data: done in "));
        CHECK(lines[0].ends_with("s ([[mount]])"));
    }
}

TEST_CASE("timeline: a step that failed is an error, an optional one's a warning") {
    Caught caught(conf::LogLevel::info);
    Timeline timeline(now_us());
    const plumb::Error error{"mount", "/data", ENODEV, "", "is it in the kernel?"};
    for (const bool required : {true, false}) {
        const plumb::Step step = step_of("/data", required);
        timeline.started(step);
        timeline.finished(step, &error);
    }
    CHECK(caught.lines() ==
          Lines{"mvinit: error: mount /data: No such device: is it in the kernel?",
                "mvinit: warning: mount /data: No such device: is it in the kernel? (optional: [[mount]])"});
}

TEST_CASE("timeline: what was noted, steps that went on at the same time among it") {
    const Caught caught(conf::LogLevel::error);
    const std::uint64_t began = now_us();
    Timeline timeline(began);
    const plumb::Step early = step_of("/early");
    plumb::Plan plan;
    plan.steps = {step_of("/a"), step_of("/b"), step_of("/a/c", false)};
    timeline.started(early);
    timeline.finished(early, nullptr);
    timeline.configured();
    timeline.started(plan.steps[1]);
    timeline.started(plan.steps[0]);
    timeline.finished(plan.steps[1], nullptr);
    timeline.finished(plan.steps[0], nullptr);
    const plumb::Error error{"mount", "/a/c", ENODEV, "", ""};
    timeline.started(plan.steps[2]);
    timeline.finished(plan.steps[2], &error);
    const std::string text = timeline.text(plan, true);
    Stamps stamps;
    REQUIRE(parse_stamps(text, stamps));
    CHECK(stamps.zero == 0);
    CHECK(stamps.began == began);
    CHECK(stamps.configured >= began);
    CHECK(stamps.executed == 0);
    REQUIRE(stamps.steps.size() == 4);
    const std::string_view names[] = {"mount /early", "mount /b", "mount /a", "mount /a/c"};
    const std::string_view after[] = {"", "", "", "3"};
    for (std::size_t n = 0; n < 4; ++n) {
        CHECK(stamps.steps[n].name == names[n]);
        CHECK(stamps.steps[n].after == after[n]);
        CHECK(stamps.steps[n].reason == "[[mount]]");
        CHECK(stamps.steps[n].ok == (n != 3));
        CHECK(stamps.steps[n].begin >= (n == 0 ? began : stamps.steps[n - 1].begin));
        CHECK(stamps.steps[n].end >= stamps.steps[n].begin);
    }
    CHECK(stamps.steps[1].end >= stamps.steps[2].begin);
    CHECK(stamps.steps[3].begin >= stamps.steps[2].end);
}

TEST_CASE("timeline: where the clock is not our machine's, it counts from our beginning") {
    Timeline timeline(7'000);
    CHECK(timeline.text({}, false) == "zero 7000\nbegan 7000\nconfigured 0\n");
    CHECK(timeline.text({}, true) == "zero 0\nbegan 7000\nconfigured 0\n");
}
