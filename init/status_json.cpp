// `mvinit status --json`: every line of PID 1 under its own name, one that stands there several times as an array, and
// what the verb saw itself.
#include "conf/writer.hpp"
#include "init/answers.hpp"
#include "init/client.hpp"
#include "init/status.hpp"

namespace init {
namespace {

// These are numbers. By name, so that an application called 42 does not change what its command is.
bool is_number(std::string_view name, std::string_view value) {
    constexpr std::string_view numbers = " pid app_pid restarts oom_kills dropped contract health_asked health_failed ";
    const bool fits = name.ends_with("_ms") || numbers.find(" " + std::string(name) + " ") != std::string_view::npos;
    return fits && !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
}

void put_value(conf::Writer& out, std::string_view name, std::string_view value) {
    if (name == "sink") {
        out << "{\"dropped\": ";
        put_value(out, "dropped", take_until(value, ' '));
        (out << ", \"to\": \"").escape(decode_value(value)) << "\"}";
    } else if (is_number(name, value))
        out << value;
    else if (name == "reloading")
        out << (value == "yes" ? "true" : "false");
    else
        (out << "\"").escape(decode_value(value)) << "\"";
}

// All values of name from first on, which is the first.
void put_values(conf::Writer& out, std::string_view lines, std::string_view name) {
    std::size_t from = 0;
    std::string_view value = next_value_of(lines, name, from);
    std::size_t next_from = from;
    std::string_view next = next_value_of(lines, name, next_from);
    const bool several = next_from != std::string_view::npos || name == "sink";
    (out << ", \"").escape(name) << (several ? "\": [" : "\": ");
    put_value(out, name, value);
    for (; next_from != std::string_view::npos; next = next_value_of(lines, name, next_from)) {
        out << ", ";
        put_value(out, name, next);
    }
    if (several) out << "]";
}

void put_lines(conf::Writer& out, std::string_view lines) {
    std::string_view rest = lines;
    while (!rest.empty()) {
        std::string_view line = take_until(rest, '\n');
        const std::string_view name = take_until(line, ' ');
        std::size_t from = 0;
        // Only at the first of its name.
        if (next_value_of(lines, name, from).data() == line.data() && !name.empty()) put_values(out, lines, name);
    }
}

void put_memory(conf::Writer& out, const char* before, const plumb::Memory& memory) {
    out << before << "\"resident_kb\": " << std::size_t{memory.resident};
    // null: not to be seen, rather than none.
    if (memory.proportional == 0)
        out << ", \"proportional_kb\": null, \"private_dirty_kb\": null";
    else
        out << ", \"proportional_kb\": " << std::size_t{memory.proportional}
            << ", \"private_dirty_kb\": " << std::size_t{memory.dirty};
    out << "}";
}

void put_processes(conf::Writer& out, const std::vector<Descendant>& list) {
    out << ", \"processes\": [";
    const char* before = "{\"pid\": ";
    for (const Descendant& each : list) {
        const char state[] = {each.process.state, '\0'};
        (out << before << each.process.pid << ", \"parent\": " << each.process.parent << ", \"name\": \"")
                .escape(each.process.name.data())
            << "\", \"state\": \"";
        out.escape(state) << "\", \"own\": " << (each.own ? "true" : "false");
        put_memory(out, ", ", each.memory);
        before = ", {\"pid\": ";
    }
    out << "]";
}

void put_interfaces(conf::Writer& out, std::string_view lines) {
    out << ", \"interfaces\": [";
    const char* before = "";
    while (!lines.empty()) {
        std::string_view line = take_until(lines, '\n');
        (out << before << "{\"name\": \"").escape(take_until(line, ' '));
        out << "\", \"state\": \"" << take_until(line, ' ') << "\", \"addresses\": [";
        const char* quote = "\"";
        while (!line.empty()) {
            out << quote << take_until(line, ' ') << "\"";
            quote = ", \"";
        }
        out << "]}";
        before = ", ";
    }
    out << "]";
}

}  // namespace

std::string status_json(const Status& status) {
    conf::Writer out;
    out << object_begin(conf::Verb::status, status_code(status.lines));
    put_lines(out, status.lines);
    plumb::Memory all;
    for (const Descendant& each : status.descendants)
        if (!each.own) add_memory(all, each.memory);
    put_memory(out, ", \"memory\": {", all);
    put_memory(out, ", \"own_memory\": {", status.own);
    put_processes(out, status.descendants);
    put_interfaces(out, status.interfaces);
    out << "}\n";
    return std::move(out.text);
}

}  // namespace init
