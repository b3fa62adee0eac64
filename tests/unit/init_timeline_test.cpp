// How long booting took, and what is said of its steps. No assertion on how long anything takes: what the timeline says
// is held against the clock that it reads, and against itself.
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

// Catches what is logged, every level of it, until the end of the scope.
class Caught {
public:
    Caught() {
        REQUIRE(pipe2(ends_, O_CLOEXEC | O_NONBLOCK) == 0);
        log::open(ends_[1], conf::LogLevel::debug, false);
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

// "0.034s ..." -> 34
std::uint64_t milliseconds(const std::string& text) {
    std::size_t point = 0;
    const std::uint64_t whole = std::stoull(text, &point);
    REQUIRE(text.substr(point, 1) == ".");
    REQUIRE(text.substr(point + 4, 1) == "s");
    return whole * 1000 + std::stoull(text.substr(point + 1, 3));
}

std::string after(const std::string& text, std::string_view part) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.substr(at + part.size());
}

plumb::Step step_of(std::string target, bool required = true) {
    return {plumb::Mount{"proc", std::move(target), "proc", "", false}, "the kernel's tables", required, {}, {}};
}

// The step takes at least ms of the clock.
void run(Timeline& timeline, const plumb::Step& step, std::uint64_t ms) {
    timeline.started(step);
    for (const auto until = now_ms() + ms; now_ms() < until;) {
    }
    timeline.finished(step, nullptr);
}

}  // namespace

TEST_CASE("timeline: a step that is done is told of with its time and reason") {
    Caught caught;
    Timeline timeline(now_ms());
    run(timeline, step_of("/proc"), 0);
    const Lines lines = caught.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("mvinit: mount /proc: done in "));
    CHECK(lines[0].ends_with("s (the kernel's tables)"));
    CHECK(milliseconds(after(lines[0], "done in ")) < 3'600'000);
}

TEST_CASE("timeline: a step that failed is an error, an optional one's a warning") {
    Caught caught;
    Timeline timeline(now_ms());
    const plumb::Error error{"mount", "/proc", ENODEV, "", "is it in the kernel?"};
    for (const bool required : {true, false}) {
        const plumb::Step step = step_of("/proc", required);
        timeline.started(step);
        timeline.finished(step, &error);
    }
    CHECK(caught.lines() ==
          Lines{"mvinit: error: mount /proc: No such device: is it in the kernel?",
                "mvinit: warning: mount /proc: No such device: is it in the kernel? (optional: the kernel's tables)"});
}

TEST_CASE("timeline: the boot line adds up") {
    const std::uint64_t began = now_ms();
    const Timeline timeline(began);
    const std::uint64_t least = now_ms() - began;
    const std::string text = timeline.summary(true);
    const std::uint64_t most = now_ms() - began;
    REQUIRE(text.starts_with("Started in "));
    const std::uint64_t kernel = milliseconds(after(text, "Started in "));
    const std::uint64_t ours = milliseconds(after(text, "(kernel) + "));
    CHECK(kernel == began);
    CHECK(ours >= least);
    CHECK(ours <= most);
    CHECK(milliseconds(after(text, "(mvinit) = ")) == kernel + ours);
    CHECK(text.ends_with("s"));
}

TEST_CASE("timeline: where the clock is not our machine's, the kernel has no part in it") {
    const Timeline timeline(now_ms());
    const std::string text = timeline.summary(false);
    CHECK(text.starts_with("Started in "));
    CHECK(text.ends_with("s (mvinit)"));
    CHECK(text.find("kernel") == std::string::npos);
    CHECK(milliseconds(after(text, "Started in ")) < 3'600'000);
}

TEST_CASE("timeline: thousandths are written in full") {
    CHECK(Timeline(7).summary(true).starts_with("Started in 0.007s (kernel) + "));
    CHECK(Timeline(1050).summary(true).starts_with("Started in 1.050s (kernel) + "));
    CHECK(Timeline(2000).summary(true).starts_with("Started in 2.000s (kernel) + "));
}

TEST_CASE("timeline: the three dearest steps, the dearest first") {
    Caught caught;
    Timeline timeline(now_ms());
    const std::vector<std::pair<std::string, std::uint64_t>> steps{
        {"/a", 2}, {"/b", 9}, {"/c", 1}, {"/d", 20}, {"/e", 5}};
    for (const auto& [target, ms] : steps) run(timeline, step_of(target), ms);
    // What each really took is in the lines.
    std::vector<std::pair<std::uint64_t, std::string>> took;
    for (const std::string& line : caught.lines())
        took.emplace_back(milliseconds(after(line, "done in ")), line.substr(8, line.find(": done") - 8));
    REQUIRE(took.size() == steps.size());
    std::stable_sort(took.begin(), took.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::string expected = "slowest steps: ";
    for (std::size_t n = 0; n < 3; ++n) {
        const std::string thousandths = std::to_string(1000 + took[n].first % 1000).substr(1);
        expected += (n == 0 ? "" : ", ") + took[n].second + " " + std::to_string(took[n].first / 1000) + "." +
                    thousandths + "s";
    }
    CHECK(timeline.dearest() == expected);
}

TEST_CASE("timeline: steps that took no time are not dear") {
    const Caught caught;
    CHECK(Timeline(now_ms()).dearest() == "");
    // Until the clock did not move during a step.
    for (int attempts = 0;; ++attempts) {
        REQUIRE(attempts < 1'000'000);
        Timeline timeline(now_ms());
        const std::uint64_t before = now_ms();
        run(timeline, step_of("/quick"), 0);
        if (now_ms() != before) continue;
        CHECK(timeline.dearest() == "");
        return;
    }
}

TEST_CASE("timeline: a failed step may be dear, too") {
    const Caught caught;
    Timeline timeline(now_ms());
    const plumb::Step step = step_of("/slow");
    const plumb::Error error{"mount", "/slow", ETIMEDOUT, "", ""};
    timeline.started(step);
    for (const auto until = now_ms() + 2; now_ms() < until;) {
    }
    timeline.finished(step, &error);
    CHECK(timeline.dearest().starts_with("slowest steps: mount /slow "));
}
