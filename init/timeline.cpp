#include "init/timeline.hpp"

#include <utility>

#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"

namespace init {
namespace {

void put_seconds(conf::Writer& out, std::uint64_t ms) {
    const std::string thousandths = std::to_string(1000 + ms % 1000);
    out << ms / 1000 << "." << std::string_view(thousandths).substr(1) << "s";
}

std::string title(const plumb::Step& step) {
    conf::Writer out;
    out << plumb::step_name(step.action) << " " << plumb::object_text(step.action);
    return std::move(out.text);
}

}  // namespace

void Timeline::started(const plumb::Step& /*step*/) {
    step_began_ms_ = now_ms();
}

void Timeline::finished(const plumb::Step& step, const plumb::Error* error) {
    const std::uint64_t took = now_ms() - step_began_ms_;
    conf::Writer line;
    if (error == nullptr) {
        line << title(step) << ": done in ";
        put_seconds(line, took);
        line << " (" << step.reason << ")";
        log::debug(line.text);
    } else {
        line << plumb::to_text(*error);
        if (!step.required) line << " (optional: " << step.reason << ")";
        step.required ? log::error(line.text) : log::warning(line.text);
    }
    if (took > 0) remember({took, title(step)});
}

bool Timeline::stop_wanted() {
    return runner_ != nullptr && runner_->stop_wanted();
}

void Timeline::remember(Cost cost) {
    for (Cost& kept : costs_)
        if (cost.ms > kept.ms) std::swap(cost, kept);
}

std::string Timeline::summary(bool with_kernel) const {
    const std::uint64_t now = now_ms();
    conf::Writer line;
    line << "Started in ";
    if (with_kernel) {
        put_seconds(line, began_ms_);
        line << " (kernel) + ";
    }
    put_seconds(line, now - began_ms_);
    line << " (mvinit)";
    if (with_kernel) {
        line << " = ";
        put_seconds(line, now);
    }
    return std::move(line.text);
}

std::string Timeline::dearest() const {
    conf::Writer line;
    for (const Cost& cost : costs_) {
        if (cost.ms == 0) continue;
        line << (line.text.empty() ? "slowest steps: " : ", ") << cost.step << " ";
        put_seconds(line, cost.ms);
    }
    return std::move(line.text);
}

}  // namespace init
