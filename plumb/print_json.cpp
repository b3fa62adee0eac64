// The plan for programs: keys and their order are part of the interface; a step is one line.
#include "conf/diagnostic.hpp"
#include "plumb/concat.hpp"
#include "plumb/order.hpp"
#include "plumb/print.hpp"

namespace plumb {

namespace {

// All of them append to out.
void quoted(std::string& out, std::string_view text) {
    append(out, {"\"", conf::json_escape(text), "\""});
}

void member(std::string& out, std::string_view key, std::string_view raw) {
    if (out.back() != '{') out += ", ";
    quoted(out, key);
    append(out, {": ", raw});
}

void text_member(std::string& out, std::string_view key, std::string_view text) {
    member(out, key, "");
    quoted(out, text);
}

void strings(std::string& out, const std::vector<std::string>& list) {
    out += '[';
    for (const auto& text : list) {
        if (out.back() != '[') out += ", ";
        quoted(out, text);
    }
    out += ']';
}

void environment(std::string& out, const conf::Environment& env) {
    out += '{';
    for (const auto& [name, value] : env) text_member(out, name, value);
    out += '}';
}

const char* boolean(bool value) {
    return value ? "true" : "false";
}

void step_json(std::string& out, std::size_t index, const Step& step, const Order& order, conf::Platform platform) {
    out += '{';
    member(out, "number", std::to_string(index + 1));
    text_member(out, "phase", phase_name(step.phase));
    text_member(out, "step", step_name(step.action));
    text_member(out, "object", object_text(step.action));
    text_member(out, "command", command_text(step.action, platform));
    if (const auto* command = std::get_if<Command>(&step.action)) {
        member(out, "argv", "");
        strings(out, command->argv);
        member(out, "env", "");
        environment(out, command->env);
    }
    member(out, "required", boolean(step.required));
    member(out, "deadline_ms", std::to_string(step.deadline.count()));
    text_member(out, "reason", step.reason);
    member(out, "after", "");
    append(out, {"[", after_text(order, index), "]}"});
}

// Lists of one element a line: before every element, and at the end.
void next_line(std::string& out) {
    out += out.back() == '[' ? "\n    " : ",\n    ";
}
void end_lines(std::string& out) {
    out += out.back() == '[' ? "]" : "\n  ]";
}

void texts(std::string& out, const std::vector<std::string>& list) {
    out += '[';
    for (const auto& text : list) {
        next_line(out);
        quoted(out, text);
    }
    end_lines(out);
}

void pairs(std::string& out, const std::vector<std::pair<std::string, std::string>>& list, const char* first,
           const char* second) {
    out += '[';
    for (const auto& [name, text] : list) {
        next_line(out);
        out += '{';
        text_member(out, first, name);
        text_member(out, second, text);
        out += '}';
    }
    end_lines(out);
}

// As the facts file says them.
void illumos(std::string& out, const Facts& facts) {
    static constexpr const char* starts[] = {"kernel", "zone-init", "shim", "program"};
    out += ",\n  \"start\": ";
    quoted(out, starts[static_cast<std::size_t>(facts.start)]);
    out += ",\n  \"zone\": ";
    quoted(out, facts.zone);
    out += ",\n  \"brand\": ";
    quoted(out, facts.brand);
    out += ",\n  \"network\": ";
    quoted(out, facts.network == Network::shared ? "shared" : "exclusive");
}

}  // namespace

std::string plan_json(const Plan& plan, const Facts& facts, const Appendix& appendix) {
    std::string out = "{\n  \"platform\": ";
    out += facts.platform == conf::Platform::illumos ? "\"illumos\"" : "\"linux\"";
    out += ",\n  \"role\": ";
    out += facts.role == conf::Role::container ? "\"container\"" : "\"machine\"";
    if (facts.platform == conf::Platform::illumos) illumos(out, facts);
    out += ",\n  \"steps\": [";
    const Order order(plan);
    for (std::size_t index = 0; index < plan.steps.size(); ++index) {
        next_line(out);
        step_json(out, index, plan.steps[index], order, facts.platform);
    }
    end_lines(out);
    out += ",\n  \"notes\": ";
    texts(out, plan.notes);
    out += ",\n  \"problems\": ";
    texts(out, plan.problems);
    out += ",\n  \"application\": ";
    strings(out, appendix.application);
    if (!appendix.settings.empty()) {
        out += ",\n  \"settings\": ";
        pairs(out, appendix.settings, "key", "value");
    }
    out += ",\n  \"signals\": ";
    pairs(out, appendix.signals, "signal", "meaning");
    out += ",\n  \"ends\": ";
    pairs(out, appendix.ends, "when", "action");
    out += "\n}\n";
    return out;
}

}  // namespace plumb
