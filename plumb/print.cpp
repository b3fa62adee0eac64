// The plan for people: fits a serial console of 80 columns as long as its commands do.
#include "plumb/print.hpp"

#include <algorithm>

#include "conf/text.hpp"
#include "plumb/concat.hpp"
#include "plumb/order.hpp"

namespace plumb {

namespace {

constexpr std::size_t number_width = 4;
constexpr std::size_t need_width = 8;  // "required"
constexpr std::size_t deadline_width = 6;
constexpr std::size_t indent = number_width + 2 + need_width + 2 + deadline_width + 2;

using Rows = std::vector<std::pair<std::string, std::string>>;

void append_column(std::string& out, std::string_view text, std::size_t width) {
    out += text;
    out.append((text.size() < width ? width - text.size() : 0) + 2, ' ');
}

const char* phase_heading(Phase phase, bool in_order) {
    switch (phase) {
        case Phase::early:
            return "Early, before the configuration is read:";
        case Phase::boot:
            return in_order ? "Boot, before the application, one after the other:" : "Boot, before the application:";
        case Phase::late:
            return "Late, once the application runs:";
    }
    return "";
}

void append_heading(std::string& out, const char* heading) {
    append(out, {"\n", heading, "\n"});
}

void append_step(std::string& out, std::size_t index, const Step& step, const Order* order, conf::Platform platform) {
    const std::string number = std::to_string(index + 1);
    if (number.size() < number_width) out.append(number_width - number.size(), ' ');
    append_column(out, number, 0);
    append_column(out, step.required ? "required" : "optional", need_width);
    append_column(out, step.deadline.count() > 0 ? conf::duration_text(step.deadline) : "-", deadline_width);
    append(out, {command_text(step.action, platform), "\n"});
    const std::size_t begin = out.size();
    out.append(indent, ' ');
    const std::size_t before = out.size();
    out += step.reason;
    if (order != nullptr)
        if (const std::string after = after_text(*order, index); !after.empty()) append(out, {"  (after ", after, ")"});
    if (out.size() == before) return out.resize(begin);
    out += "\n";
}

// Steps are numbered through as they stand in the plan, whatever their phase: messages say the same numbers.
void append_phase(std::string& out, const Plan& plan, const Order& order, Phase phase, conf::Platform platform) {
    const bool orders = phase == Phase::boot && !plan.in_order;
    bool first = true;
    for (std::size_t index = 0; index < plan.steps.size(); ++index) {
        if (plan.steps[index].phase != phase) continue;
        if (first) append_heading(out, phase_heading(phase, plan.in_order));
        first = false;
        append_step(out, index, plan.steps[index], orders ? &order : nullptr, platform);
    }
}

void append_list(std::string& out, const char* heading, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    append_heading(out, heading);
    for (const auto& line : lines) append(out, {"  - ", line, "\n"});
}

void append_rows(std::string& out, const Rows& rows) {
    std::size_t width = 0;
    for (const auto& row : rows) width = std::max(width, row.first.size());
    for (const auto& [name, text] : rows) {
        out += "  ";
        append_column(out, name, width);
        append(out, {text, "\n"});
    }
}

void append_table(std::string& out, const char* heading, const Rows& rows) {
    if (rows.empty()) return;
    append_heading(out, heading);
    append_rows(out, rows);
}

const char* start_text(Start start) {
    switch (start) {
        case Start::kernel:
            return "by the kernel";
        case Start::zone_init:
            return "as the zone's init";
        case Start::shim:
            return "as the smf entry of /etc/inittab";
        case Start::program:
            break;
    }
    return "as a program";
}

// "Started as the zone's init, zone web, brand sparse, exclusive-IP, illumos-a8962f2d31"
void append_illumos(std::string& out, const Facts& facts) {
    const bool zone = in_zone(facts);
    append(out, {"Started ", start_text(facts.start), ", ", zone ? "zone " : "", facts.zone, zone ? "" : " zone"});
    if (!facts.brand.empty()) append(out, {", brand ", facts.brand});
    if (zone) out += facts.network == Network::shared ? ", shared-IP" : ", exclusive-IP";
    if (!facts.kernel_version.empty()) append(out, {", kernel ", facts.kernel_version});
    out += "\n";
}

void append_count(std::string& out, std::size_t number, const char* one) {
    append(out, {std::to_string(number), one, number == 1 ? "" : "s"});
}

}  // namespace

std::string plan_text(const Plan& plan, const Facts& facts, const Appendix& appendix) {
    const bool illumos = facts.platform == conf::Platform::illumos;
    std::string out = "Plan for ";
    out += illumos ? "illumos" : "Linux";
    out += facts.role == conf::Role::container ? ", container: " : ", machine: ";
    append_count(out, plan.steps.size(), " step");
    if (!plan.problems.empty()) {
        out += ", ";
        append_count(out, plan.problems.size(), " problem");
    }
    out += "\n";
    if (illumos) append_illumos(out, facts);
    const Order order(plan);
    for (const Phase phase : {Phase::early, Phase::boot, Phase::late})
        append_phase(out, plan, order, phase, facts.platform);
    if (!appendix.application.empty()) {
        append(out, {"\nApplication:\n  ", conf::shell_quote(appendix.application), "\n"});
        append_rows(out, appendix.settings);
    }
    append_table(out, "Signals:", appendix.signals);
    append_table(out, "End:", appendix.ends);
    append_list(out, "Notes:", plan.notes);
    append_list(out, "Problems:", plan.problems);
    return out;
}

}  // namespace plumb
