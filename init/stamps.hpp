// When booting did what: kept as lines of text in a memory file, for `mvinit analyze` to ask for. Pure.
//
//   zero US               where the times count from: 0 where the clock began with our machine, else as began
//   began US              mvinit's first instruction
//   configured US         the configuration was read, the plan made; 0: it did not come to that
//   step BEGIN END RESULT AFTER NAME<tab>REASON      RESULT: ok or failed
//   exec US               the application was executed
//   ready US              it is ready
//
// US, BEGIN, END: microseconds of CLOCK_MONOTONIC. AFTER: numbers of the steps that it waited for, counted from 1 in
// the order of the lines, which is that of their beginnings, with commas between; "-": none. In NAME and REASON control
// characters are question marks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/writer.hpp"

namespace init {

struct StepStamp {
    std::size_t number = 0;  // from 1
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool ok = true;
    std::string_view after;  // "1,2"; "": nothing
    std::string_view name;   // "load module e1000"
    std::string_view reason;
    std::uint64_t cost() const { return end - begin; }
    bool operator==(const StepStamp&) const = default;
};

struct Stamps {
    std::uint64_t zero = 0;
    std::uint64_t began = 0;
    std::uint64_t configured = 0;
    std::uint64_t executed = 0;  // 0: not yet
    std::uint64_t ready = 0;     // 0: not yet
    std::vector<StepStamp> steps;
    bool with_kernel() const { return zero != began; }
    bool is_ready() const { return executed != 0 && ready != 0; }
    bool operator==(const Stamps&) const = default;
};

void put_stamp(conf::Writer& out, std::string_view name, std::uint64_t us);  // "ready 545000\n"
void put_stamp(conf::Writer& out, const StepStamp& step);

// What text says, which the texts of out.steps lie in; lines of other names are left out: a later mvinit may write
// more. False: it does not make sense.
bool parse_stamps(std::string_view text, Stamps& out);

// "Started in 0.512s (kernel) + 0.034s (mvinit) + 0.100s (application) = 0.646s", whose parts add up; without the
// kernel where it has no part in it. Says so where the application is not ready yet.
std::string summary(const Stamps& stamps);

// The dearest first; of equal ones the first.
void sort_by_cost(std::vector<StepStamp>& steps);

// "0.034s"
std::string seconds_text(std::uint64_t us);

// What the console is told where booting took longer than budget_ms, mvinit's and the application's part together:
// "starting took 0.080s, more than ...: the dearest steps: load module e1000 0.021s, ..."; "": it did not. Sorts.
std::string overrun(Stamps& stamps, std::uint32_t budget_ms);

}  // namespace init
