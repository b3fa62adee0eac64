#include <algorithm>
#include <utility>

#include "conf/diagnostic.hpp"
#include "conf/writer.hpp"
#include "init/analyze.hpp"
#include "init/answers.hpp"
#include "init/verbs.hpp"

namespace init {
namespace {

using conf::Writer;

void put_right(Writer& out, std::string_view text, std::size_t width) {
    if (text.size() < width) out.text.append(width - text.size(), ' ');
    out << text;
}

// "61.8 %"
std::string share_text(std::uint64_t part, std::uint64_t whole) {
    const std::uint64_t tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole;
    Writer out;
    out << tenths / 10 << "." << tenths % 10 << " %";
    return std::move(out.text);
}

// What of mvinit's part no step is to blame for. Steps stand in the order of their beginnings.
std::uint64_t between_steps(const Stamps& stamps) {
    std::uint64_t covered = 0;
    std::uint64_t until = stamps.began;
    for (const StepStamp& step : stamps.steps) {
        const std::uint64_t begin = std::max(step.begin, until);
        if (step.end <= begin) continue;
        covered += step.end - begin;
        until = step.end;
    }
    const std::uint64_t own = own_part(stamps);
    return own > covered ? own - covered : 0;
}

void put_row(Writer& out, std::uint64_t cost, std::uint64_t whole, std::string_view name) {
    put_right(out, cost_text(cost), 14);
    put_right(out, share_text(cost, whole), 10);
    out << "  " << name;
}

// "load module e1000, mount /sys": the steps of these numbers.
void put_names(Writer& out, const Stamps& stamps, std::string_view numbers) {
    const char* before = ", after ";
    while (!numbers.empty()) {
        const std::string_view number = numbers.substr(0, numbers.find(','));
        numbers.remove_prefix(std::min(number.size() + 1, numbers.size()));
        for (const StepStamp& other : stamps.steps)
            if (std::to_string(other.number) == number) out << std::exchange(before, ", ") << other.name;
    }
}

void put_step(Writer& out, const Stamps& stamps, const StepStamp& step) {
    put_row(out, step.cost(), own_part(stamps), step.name);
    if (!step.ok) out << ", failed";
    put_names(out, stamps, step.after);
    out << "\n";
}

void put_member(Writer& out, const char* key, std::uint64_t us, bool known = true) {
    out << "\"" << key << "\": ";
    if (known)
        out << us;
    else
        out << "null";
    out << ", ";
}

void put_text(Writer& out, const char* key, std::string_view text) {
    out << "\"" << key << "\": \"" << conf::json_escape(text) << "\", ";
}

void put_json_step(Writer& out, const Stamps& stamps, const StepStamp& step) {
    out << "{";
    put_member(out, "number", step.number);
    put_text(out, "name", step.name);
    put_text(out, "reason", step.reason);
    out << "\"ok\": " << (step.ok ? "true, " : "false, ");
    put_member(out, "begin_us", step.begin - stamps.began);
    put_member(out, "cost_us", step.cost());
    out << "\"after\": [" << step.after << "]}";
}

}  // namespace

std::string cost_text(std::uint64_t us) {
    const bool long_one = us >= 10'000'000;
    const std::uint64_t thousandths = long_one ? us / 1000 : us;
    Writer out;
    out << thousandths / 1000 << "." << std::string_view(std::to_string(1000 + thousandths % 1000)).substr(1)
        << (long_one ? " s" : " ms");
    return std::move(out.text);
}

std::uint64_t own_part(const Stamps& stamps) {
    std::uint64_t end = std::max(stamps.executed, stamps.began);
    if (stamps.executed == 0)
        for (const StepStamp& step : stamps.steps) end = std::max(end, step.end);
    return end - stamps.began;
}

std::string analyze_text(Stamps stamps) {
    Writer out;
    const std::uint64_t between = between_steps(stamps);
    sort_by_cost(stamps.steps);
    out << summary(stamps) << "\n\n";
    put_right(out, "time", 14);
    put_right(out, "of mvinit", 10);
    out << "  step\n";
    for (const StepStamp& step : stamps.steps) put_step(out, stamps, step);
    put_row(out, between, own_part(stamps), "between the steps: configuration, start of the application\n");
    return std::move(out.text);
}

std::string analyze_json(Stamps stamps) {
    const bool executed = stamps.executed != 0;
    const bool ready = stamps.is_ready();
    Writer out;
    out << object_begin(conf::Verb::analyze, exit_ok) << ", ";
    put_member(out, "kernel_us", stamps.began - stamps.zero, stamps.with_kernel());
    put_member(out, "mvinit_us", stamps.executed - stamps.began, executed);
    put_member(out, "application_us", stamps.ready - stamps.executed, ready);
    put_member(out, "total_us", stamps.ready - stamps.zero, ready);
    put_member(out, "configured_us", stamps.configured - stamps.began, stamps.configured != 0);
    put_member(out, "between_steps_us", between_steps(stamps));
    out << "\"steps\": [";
    sort_by_cost(stamps.steps);
    const char* before = "\n  ";
    for (const StepStamp& step : stamps.steps) {
        out << std::exchange(before, ",\n  ");
        put_json_step(out, stamps, step);
    }
    out << "]}\n";
    return std::move(out.text);
}

}  // namespace init
