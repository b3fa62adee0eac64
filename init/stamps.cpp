#include "init/stamps.hpp"

#include <algorithm>
#include <utility>

namespace init {
namespace {

using conf::Writer;

void put_plain(Writer& out, std::string_view text) {
    for (const char each : text) out.text += static_cast<unsigned char>(each) < ' ' || each == 0x7f ? '?' : each;
}

// The text up to separator, taken off line with it.
[[gnu::noinline]] std::string_view take_word(std::string_view& line, char separator) {
    const std::string_view word = line.substr(0, line.find(separator));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

// The decimal number that the next word is; anything else, and what is too large, clears good.
[[gnu::noinline]] std::uint64_t take_number(std::string_view& line, bool& good) {
    const std::string_view word = take_word(line, ' ');
    std::uint64_t number = 0;
    if (word.empty() || word.size() > 18) good = false;
    for (const char digit : word) {
        if (digit < '0' || digit > '9') good = false;
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return number;
}

bool take_step(std::string_view line, Stamps& stamps) {
    bool good = true;
    StepStamp step;
    step.number = stamps.steps.size() + 1;
    step.begin = take_number(line, good);
    step.end = take_number(line, good);
    step.ok = take_word(line, ' ') == "ok";
    step.after = take_word(line, ' ');
    if (step.after == "-") step.after = {};
    step.name = take_word(line, '\t');
    step.reason = line;
    stamps.steps.push_back(step);
    return good && step.end >= step.begin && step.after.find_first_not_of("0123456789,") == std::string_view::npos;
}

bool take_line(std::string_view line, Stamps& stamps) {
    const std::string_view name = take_word(line, ' ');
    if (name == "step") return take_step(line, stamps);
    constexpr std::string_view names[] = {"zero", "began", "configured", "exec", "ready"};
    std::uint64_t* const values[] = {&stamps.zero, &stamps.began, &stamps.configured, &stamps.executed, &stamps.ready};
    bool good = true;
    for (std::size_t which = 0; which < std::size(names); ++which)
        if (name == names[which]) *values[which] = take_number(line, good);
    return good;
}

}  // namespace

std::string seconds_text(std::uint64_t us) {
    Writer out;
    out << us / 1'000'000 << "." << std::string_view(std::to_string(1000 + us / 1000 % 1000)).substr(1) << "s";
    return std::move(out.text);
}

void put_stamp(Writer& out, std::string_view name, std::uint64_t us) {
    out << name << " " << us << "\n";
}

void put_stamp(Writer& out, const StepStamp& step) {
    out << "step " << step.begin << " " << step.end << (step.ok ? " ok " : " failed ")
        << (step.after.empty() ? "-" : step.after) << " ";
    put_plain(out, step.name);
    out << "\t";
    put_plain(out, step.reason);
    out << "\n";
}

bool parse_stamps(std::string_view text, Stamps& out) {
    while (!text.empty())
        if (!take_line(take_word(text, '\n'), out)) return false;
    return out.began != 0 && out.zero <= out.began && (out.executed == 0 || out.executed >= out.began) &&
           (out.ready == 0 || out.ready >= out.executed);
}

// Each is counted from zero and cut to milliseconds, so that the differences add up to the last one.
std::string summary(const Stamps& s) {
    const auto part = [&s](std::uint64_t from, std::uint64_t to) {
        return seconds_text(((to - s.zero) / 1000 - (from - s.zero) / 1000) * 1000);
    };
    Writer line;
    line << (s.is_ready() ? "Started in " : "Starting: ");
    if (s.with_kernel()) line << part(s.zero, s.began) << " (kernel) + ";
    if (s.executed != 0) line << part(s.began, s.executed) << " (mvinit) + ";
    if (s.is_ready())
        line << part(s.executed, s.ready) << " (application) = " << part(s.zero, s.ready);
    else
        line << (s.executed != 0 ? "the application, which is not ready yet"
                                 : "mvinit, which has not executed the application yet");
    return std::move(line.text);
}

// By insertion: std::sort would cost ten kilobytes for forty steps.
void sort_by_cost(std::vector<StepStamp>& steps) {
    for (std::size_t next = 1; next < steps.size(); ++next)
        for (std::size_t at = next; at > 0 && steps[at - 1].cost() < steps[at].cost(); --at)
            std::swap(steps[at - 1], steps[at]);
}

std::string overrun(Stamps& stamps, std::uint32_t budget_ms) {
    const std::uint64_t took = stamps.ready - stamps.began;
    const std::uint64_t budget = std::uint64_t{budget_ms} * 1000;
    if (budget == 0 || took <= budget) return {};
    Writer line;
    line << "starting took " << seconds_text(took) << ", more than [boot] budget = " << seconds_text(budget);
    sort_by_cost(stamps.steps);
    const char* before = ": the dearest steps: ";
    for (std::size_t index = 0; index < std::min<std::size_t>(stamps.steps.size(), 3); ++index)
        line << std::exchange(before, ", ") << stamps.steps[index].name << " "
             << seconds_text(stamps.steps[index].cost());
    return std::move(line.text);
}

}  // namespace init
