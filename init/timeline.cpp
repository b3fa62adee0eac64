#include "init/timeline.hpp"

#include <utility>

#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"

namespace init {
namespace {

std::string title(const plumb::Step& step) {
    conf::Writer out;
    out << plumb::step_name(step.action) << " " << plumb::object_text(step.action);
    return std::move(out.text);
}

void tell(const plumb::Step& step, const plumb::Error* error, std::uint64_t took_us) {
    conf::Writer line;
    if (error == nullptr) {
        line << title(step) << ": done in " << seconds_text(took_us) << " (" << step.reason << ")";
        return log::debug(line.text);
    }
    line << plumb::to_text(*error);
    if (!step.required) line << " (optional: " << step.reason << ")";
    step.required ? log::error(line.text) : log::warning(line.text);
}

}  // namespace

void Timeline::started(const plumb::Step& step) {
    const std::uint64_t now = now_us();
    records_.push_back({&step, now, now, true});
}

// Steps that go on at the same time are few, and the latest begun.
void Timeline::finished(const plumb::Step& step, const plumb::Error* error) {
    Record* record = &records_.back();
    while (record->step != &step) --record;
    record->end = now_us();
    record->ok = error == nullptr;
    if (error != nullptr || log::shows(conf::LogLevel::debug)) tell(step, error, record->end - record->begin);
}

bool Timeline::stop_wanted() {
    return runner_ != nullptr && runner_->stop_wanted();
}

void Timeline::configured() {
    configured_us_ = now_us();
}

// "1,2": what the step of record waited for, by its place among the records.
void Timeline::put_after(conf::Writer& out, const plumb::Plan& plan, const plumb::Order& order,
                         const Record& record) const {
    const plumb::Step* const first = plan.steps.data();
    if (record.step < first || record.step >= first + plan.steps.size()) return;  // an early one
    for (const Record& other : records_) {
        const bool early = other.step < first || other.step >= record.step;
        if (early || !order.follows_directly(static_cast<std::size_t>(record.step - first),
                                             static_cast<std::size_t>(other.step - first)))
            continue;
        out << (out.text.empty() ? "" : ",") << static_cast<std::int64_t>(&other - records_.data()) + 1;
    }
}

std::string Timeline::text(const plumb::Plan& plan, bool with_kernel) const {
    conf::Writer out;
    put_stamp(out, "zero", with_kernel ? 0 : began_us_);
    put_stamp(out, "began", began_us_);
    put_stamp(out, "configured", configured_us_);
    const plumb::Order order(plan);
    for (const Record& record : records_) {
        conf::Writer after;
        put_after(after, plan, order, record);
        put_stamp(out, {0, record.begin, record.end, record.ok, after.text, title(*record.step), record.step->reason});
    }
    return std::move(out.text);
}

}  // namespace init
