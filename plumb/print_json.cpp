// The plan for programs: keys and their order are part of the interface; a step is one line.
#include "conf/diagnostic.hpp"
#include "plumb/print.hpp"

namespace plumb {

namespace {

std::string quoted(std::string_view text) {
    return "\"" + conf::json_escape(text) + "\"";
}

void member(std::string& out, std::string_view key, std::string_view raw) {
    if (out.back() != '{') out += ", ";
    out += quoted(key) + ": ";
    out += raw;
}

std::string strings(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const auto& text : list) out += (out.size() > 1 ? ", " : "") + quoted(text);
    return out + "]";
}

std::string environment(const conf::Environment& env) {
    std::string out = "{";
    for (const auto& [name, value] : env) member(out, name, quoted(value));
    return out + "}";
}

std::string boolean(bool value) {
    return value ? "true" : "false";
}

std::string step_json(std::size_t number, const Step& step, conf::Platform platform) {
    std::string out = "{";
    member(out, "number", std::to_string(number));
    member(out, "phase", quoted(phase_name(step.phase)));
    member(out, "step", quoted(step_name(step.action)));
    member(out, "object", quoted(object_text(step.action)));
    member(out, "command", quoted(command_text(step.action, platform)));
    if (const auto* command = std::get_if<Command>(&step.action)) {
        member(out, "argv", strings(command->argv));
        member(out, "env", environment(command->env));
    }
    member(out, "required", boolean(step.required));
    member(out, "deadline_ms", std::to_string(step.deadline.count()));
    member(out, "reason", quoted(step.reason));
    return out + "}";
}

// The elements, each already JSON, one a line.
std::string lines(const std::vector<std::string>& elements) {
    if (elements.empty()) return "[]";
    std::string out = "[";
    for (const auto& element : elements) out += (out.size() > 1 ? ",\n    " : "\n    ") + element;
    return out + "\n  ]";
}

std::string texts(const std::vector<std::string>& list) {
    std::vector<std::string> elements;
    elements.reserve(list.size());
    for (const auto& text : list) elements.push_back(quoted(text));
    return lines(elements);
}

std::string pairs(const std::vector<std::pair<std::string, std::string>>& list, std::string_view first,
                  std::string_view second) {
    std::vector<std::string> elements;
    for (const auto& [name, text] : list) {
        std::string element = "{";
        member(element, first, quoted(name));
        member(element, second, quoted(text));
        elements.push_back(element + "}");
    }
    return lines(elements);
}

// As the facts file says them.
void illumos(std::string& out, const Facts& facts) {
    static constexpr std::string_view starts[] = {"kernel", "zone-init", "shim", "program"};
    out += ",\n  \"start\": " + quoted(starts[static_cast<std::size_t>(facts.start)]);
    out += ",\n  \"zone\": " + quoted(facts.zone);
    out += ",\n  \"brand\": " + quoted(facts.brand);
    out += ",\n  \"network\": " + quoted(facts.network == Network::shared ? "shared" : "exclusive");
}

}  // namespace

std::string plan_json(const Plan& plan, const Facts& facts, const Appendix& appendix) {
    std::vector<std::string> steps;
    for (std::size_t index = 0; index < plan.steps.size(); ++index)
        steps.push_back(step_json(index + 1, plan.steps[index], facts.platform));
    std::string out = "{\n  \"platform\": ";
    out += facts.platform == conf::Platform::illumos ? "\"illumos\"" : "\"linux\"";
    out += ",\n  \"role\": ";
    out += facts.role == conf::Role::container ? "\"container\"" : "\"machine\"";
    if (facts.platform == conf::Platform::illumos) illumos(out, facts);
    out += ",\n  \"steps\": " + lines(steps);
    out += ",\n  \"notes\": " + texts(plan.notes);
    out += ",\n  \"problems\": " + texts(plan.problems);
    out += ",\n  \"application\": " + strings(appendix.application);
    if (!appendix.settings.empty()) out += ",\n  \"settings\": " + pairs(appendix.settings, "key", "value");
    out += ",\n  \"signals\": " + pairs(appendix.signals, "signal", "meaning");
    out += ",\n  \"ends\": " + pairs(appendix.ends, "when", "action");
    return out + "\n}\n";
}

}  // namespace plumb
