// The plan for people: fits a serial console of 80 columns as long as its commands do.
#include "plumb/print.hpp"

#include <algorithm>

#include "conf/text.hpp"
#include "plumb/concat.hpp"

namespace plumb {

namespace {

constexpr std::size_t number_width = 4;
constexpr std::size_t need_width = 8;  // "required"
constexpr std::size_t deadline_width = 6;
constexpr std::size_t indent = number_width + 2 + need_width + 2 + deadline_width + 2;

std::string left(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string right(const std::string& text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string_view phase_heading(Phase phase) {
    switch (phase) {
        case Phase::early:
            return "Early, before the configuration is read:";
        case Phase::boot:
            return "Boot, before the application:";
        case Phase::late:
            return "Late, once the application runs:";
    }
    return "";
}

void append_step(std::string& out, std::size_t number, const Step& step, conf::Platform platform) {
    out += right(std::to_string(number), number_width) + "  ";
    out += left(step.required ? "required" : "optional", need_width) + "  ";
    out += left(step.deadline.count() > 0 ? conf::duration_text(step.deadline) : "-", deadline_width) + "  ";
    out += command_text(step.action, platform) + "\n";
    if (!step.reason.empty()) out += std::string(indent, ' ') + step.reason + "\n";
}

// Steps are numbered through as they stand in the plan, whatever their phase: messages say the same numbers.
void append_phase(std::string& out, const Plan& plan, Phase phase, conf::Platform platform) {
    bool first = true;
    for (std::size_t index = 0; index < plan.steps.size(); ++index) {
        if (plan.steps[index].phase != phase) continue;
        if (first) out += "\n" + std::string(phase_heading(phase)) + "\n";
        first = false;
        append_step(out, index + 1, plan.steps[index], platform);
    }
}

void append_list(std::string& out, std::string_view heading, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    out += "\n" + std::string(heading) + "\n";
    for (const auto& line : lines) out += "  - " + line + "\n";
}

void append_rows(std::string& out, const std::vector<std::pair<std::string, std::string>>& rows) {
    std::size_t width = 0;
    for (const auto& [name, text] : rows) width = std::max(width, name.size());
    for (const auto& [name, text] : rows) out += "  " + left(name, width) + "  " + text + "\n";
}

void append_table(std::string& out, std::string_view heading,
                  const std::vector<std::pair<std::string, std::string>>& rows) {
    if (rows.empty()) return;
    out += "\n" + std::string(heading) + "\n";
    append_rows(out, rows);
}

std::string_view start_text(Start start) {
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
    out += concat({"Started ", start_text(facts.start), ", ", in_zone(facts) ? "zone " : "", facts.zone,
                   in_zone(facts) ? "" : " zone"});
    if (!facts.brand.empty()) out += ", brand " + facts.brand;
    if (in_zone(facts)) out += facts.network == Network::shared ? ", shared-IP" : ", exclusive-IP";
    if (!facts.kernel_version.empty()) out += ", kernel " + facts.kernel_version;
    out += "\n";
}

std::string count(std::size_t number, std::string_view one) {
    return std::to_string(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

}  // namespace

std::string plan_text(const Plan& plan, const Facts& facts, const Appendix& appendix) {
    std::string out = "Plan for ";
    out += facts.platform == conf::Platform::illumos ? "illumos" : "Linux";
    out += facts.role == conf::Role::container ? ", container: " : ", machine: ";
    out += count(plan.steps.size(), "step");
    if (!plan.problems.empty()) out += ", " + count(plan.problems.size(), "problem");
    out += "\n";
    if (facts.platform == conf::Platform::illumos) append_illumos(out, facts);
    for (const Phase phase : {Phase::early, Phase::boot, Phase::late}) append_phase(out, plan, phase, facts.platform);
    if (!appendix.application.empty()) {
        out += "\nApplication:\n  " + conf::shell_quote(appendix.application) + "\n";
        append_rows(out, appendix.settings);
    }
    append_table(out, "Signals:", appendix.signals);
    append_table(out, "End:", appendix.ends);
    append_list(out, "Notes:", plan.notes);
    append_list(out, "Problems:", plan.problems);
    return out;
}

}  // namespace plumb
