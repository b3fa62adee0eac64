#include "init/timeline.hpp"

#include <utility>

#include "init/clock.hpp"
#include "init/log.hpp"

namespace init {
namespace {

std::string seconds(std::uint64_t ms) {
    const std::string thousandths = std::to_string(1000 + ms % 1000);
    return std::to_string(ms / 1000) + "." + thousandths.substr(1) + "s";
}

std::string title(const plumb::Step& step) {
    return std::string(plumb::step_name(step.action)) + " " + plumb::object_text(step.action);
}

}  // namespace

void Timeline::started(const plumb::Step& /*step*/) {
    step_began_ms_ = now_ms();
}

void Timeline::finished(const plumb::Step& step, const plumb::Error* error) {
    const std::uint64_t took = now_ms() - step_began_ms_;
    if (error == nullptr) {
        log::debug(title(step) + ": done in " + seconds(took) + " (" + step.reason + ")");
    } else if (step.required) {
        log::error(plumb::to_text(*error));
    } else {
        log::warning(plumb::to_text(*error) + " (optional: " + step.reason + ")");
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
    const std::string ours = seconds(now - began_ms_) + " (mvinit)";
    if (!with_kernel) return "Started in " + ours;
    return "Started in " + seconds(began_ms_) + " (kernel) + " + ours + " = " + seconds(now);
}

std::string Timeline::dearest() const {
    std::string text;
    for (const Cost& cost : costs_)
        if (cost.ms > 0) text += (text.empty() ? "slowest steps: " : ", ") + cost.step + " " + seconds(cost.ms);
    return text;
}

}  // namespace init
