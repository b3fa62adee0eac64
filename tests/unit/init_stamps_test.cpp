// The stamps of booting: their text, the line that sums them up, the warning of the budget.
#include <doctest/doctest.h>

#include "init/stamps.hpp"

using namespace init;

namespace {

Stamps started(std::uint64_t zero, std::uint64_t began, std::uint64_t executed, std::uint64_t ready) {
    Stamps stamps;
    stamps.zero = zero;
    stamps.began = began;
    stamps.executed = executed;
    stamps.ready = ready;
    return stamps;
}

std::string text_of(const Stamps& stamps) {
    conf::Writer out;
    put_stamp(out, "zero", stamps.zero);
    put_stamp(out, "began", stamps.began);
    put_stamp(out, "configured", stamps.configured);
    for (const StepStamp& step : stamps.steps) put_stamp(out, step);
    if (stamps.executed != 0) put_stamp(out, "exec", stamps.executed);
    if (stamps.ready != 0) put_stamp(out, "ready", stamps.ready);
    return out.text;
}

// "Started in 0.512s (kernel) + 0.034s ..." -> 512, 34 ...
std::vector<std::uint64_t> numbers(const std::string& text) {
    std::vector<std::uint64_t> found;
    for (std::size_t at = 0; (at = text.find("s (", at)) != std::string::npos || (at = text.size() - 1) != 0; ++at) {
        const std::size_t begin = text.rfind(' ', at) + 1;
        const std::size_t point = text.find('.', begin);
        CHECK(at - point == 4);
        found.push_back(std::stoull(text.substr(begin, point - begin)) * 1000 + std::stoull(text.substr(point + 1, 3)));
        if (at == text.size() - 1) break;
    }
    return found;
}

}  // namespace

TEST_CASE("stamps: text and back") {
    Stamps stamps = started(0, 500'000, 540'123, 600'000);
    stamps.configured = 501'000;
    stamps.steps = {{1, 501'100, 501'200, true, "", "mount /dev/pts", "without it: no \xc3\xa9"},
                    {2, 501'200, 521'300, false, "1", "load module e1000", ""},
                    {3, 501'300, 501'300, true, "1,2", "run /bin/sh -c 'a  b'", "[[setup]] /bin/sh"}};
    const std::string text = text_of(stamps);
    Stamps back;
    REQUIRE(parse_stamps(text, back));
    CHECK(back == stamps);
    CHECK(text.find("\nstep 501100 501200 ok - mount /dev/pts\twithout it: no \xc3\xa9\n") != std::string::npos);
    CHECK(text.find("\nstep 501200 521300 failed 1 load module e1000\t\n") != std::string::npos);
}

TEST_CASE("stamps: what would break a line does not") {
    Stamps stamps = started(1, 1, 0, 0);
    stamps.steps = {{1, 1, 2, true, "", "run a\nready 5\tx\x7f", "\x01\xff"}};
    const std::string text = text_of(stamps);
    Stamps back;
    REQUIRE(parse_stamps(text, back));
    REQUIRE(back.steps.size() == 1);
    CHECK(back.steps[0].name == "run a?ready 5?x?");
    CHECK(back.steps[0].reason == "?\xff");
    CHECK(back.ready == 0);
}

TEST_CASE("stamps: what does not make sense is refused, what is not known left out") {
    const char* const bad[] = {"",
                               "zero 0\n",
                               "began x\n",
                               "began\n",
                               "began -5\n",
                               "began 99999999999999999999\n",
                               "began 5\nzero 6\n",
                               "began 5\nexec 4\n",
                               "began 5\nexec 6\nready 5\n",
                               "began 5\nstep 7 6 ok - a\tb\n",
                               "began 5\nstep 7\n",
                               "began 5\nstep 7 8 ok x a\tb\n"};
    for (const char* const text : bad) {
        CAPTURE(text);
        Stamps stamps;
        CHECK_FALSE(parse_stamps(text, stamps));
    }
    Stamps stamps;
    CHECK(parse_stamps("zero 0\nnews 1 2 3\nbegan 5\n\nother\n", stamps));
    CHECK(stamps.began == 5);
}

TEST_CASE("stamps: the boot line") {
    CHECK(summary(started(0, 512'000, 546'000, 646'000)) ==
          "Started in 0.512s (kernel) + 0.034s (mvinit) + 0.100s (application) = 0.646s");
    CHECK(summary(started(7'000, 7'000, 41'000, 41'900)) ==
          "Started in 0.034s (mvinit) + 0.000s (application) = 0.034s");
    CHECK(summary(started(0, 12'345'678, 62'345'678, 72'345'678)) ==
          "Started in 12.345s (kernel) + 50.000s (mvinit) + 10.000s (application) = 72.345s");
    CHECK(summary(started(0, 512'000, 546'000, 0)) ==
          "Starting: 0.512s (kernel) + 0.034s (mvinit) + the application, which is not ready yet");
    CHECK(summary(started(5, 5, 0, 0)) == "Starting: mvinit, which has not executed the application yet");
}

TEST_CASE("stamps: the parts of the boot line add up, however they are cut to milliseconds") {
    for (std::uint64_t n = 0; n < 2000; n += 7) {
        const std::vector<std::uint64_t> all = numbers(summary(started(0, 5'000 + n, 9'500 + 3 * n, 20'333 + 11 * n)));
        REQUIRE(all.size() == 4);
        CHECK(all[0] + all[1] + all[2] == all[3]);
        CHECK(all[3] == (20'333 + 11 * n) / 1000);
    }
}

TEST_CASE("stamps: the dearest first, of equal ones the first") {
    std::vector<StepStamp> steps{{1, 10, 12, true, "", "a", ""},
                                 {2, 10, 19, true, "", "b", ""},
                                 {3, 10, 12, true, "", "c", ""},
                                 {4, 10, 30, false, "", "d", ""}};
    sort_by_cost(steps);
    std::string order;
    for (const StepStamp& step : steps) order += step.name;
    CHECK(order == "dbac");
    std::vector<StepStamp> none;
    sort_by_cost(none);
    CHECK(none.empty());
}

TEST_CASE("stamps: an overrun of the budget names the three dearest steps; the kernel's part does not count") {
    Stamps stamps = started(0, 500'000, 540'000, 580'000);
    stamps.steps = {{1, 500'000, 501'000, true, "", "mount /a", ""},
                    {2, 501'000, 522'000, true, "", "load module e1000", ""},
                    {3, 522'000, 525'000, true, "", "bring up driver=e1000", ""},
                    {4, 525'000, 527'000, true, "", "run /bin/x", ""}};
    CHECK(overrun(stamps, 0) == "");
    CHECK(overrun(stamps, 80) == "");
    CHECK(overrun(stamps, 79) ==
          "starting took 0.080s, more than [boot] budget = 0.079s: the dearest steps: load module e1000 0.021s, "
          "bring up driver=e1000 0.003s, run /bin/x 0.002s");
    stamps.steps.resize(1);
    CHECK(overrun(stamps, 50).ends_with(": the dearest steps: load module e1000 0.021s"));
    stamps.steps.clear();
    CHECK(overrun(stamps, 50) == "starting took 0.080s, more than [boot] budget = 0.050s");
}
