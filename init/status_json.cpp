// `mvinit status --json`: every line of PID 1 under its own name, one that stands there several times as an array, and
// what the verb saw itself.
#include <algorithm>

#include "conf/writer.hpp"
#include "init/answers.hpp"
#include "init/client.hpp"
#include "init/status.hpp"

namespace init {
namespace {

// These are numbers. By name, so that an application called 42 does not change what its command is.
bool is_number(std::string_view name, std::string_view value) {
    constexpr std::string_view endings[] = {"_ms", "_us", "_kb", "_bytes", "_pid", "_count"};
    constexpr std::string_view names[] = {"pid", "restarts", "contract", "dropped"};
    const bool fits = std::any_of(std::begin(endings), std::end(endings),
                                  [&](std::string_view end) { return name.ends_with(end); }) ||
                      std::find(std::begin(names), std::end(names), name) != std::end(names);
    return fits && !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
}

void put_value(conf::Writer& out, std::string_view name, std::string_view value) {
    if (is_number(name, value))
        out << value;
    else
        (out << "\"").escape(decode_value(value)) << "\"";
}

void put_lines(conf::Writer& out, std::string_view lines) {
    std::size_t at = 0;
    while (at < lines.size()) {
        const std::size_t end = std::min(lines.find('\n', at), lines.size());
        const std::string_view line = lines.substr(at, end - at);
        const std::string_view name = line.substr(0, line.find(' '));
        std::size_t from = 0;
        const std::string_view first = next_value_of(lines, name, from);
        const bool is_first = name.size() < line.size() && line.data() + name.size() + 1 == first.data();
        at = end + 1;
        if (!is_first) continue;
        std::string_view next = next_value_of(lines, name, from);
        const bool several = from != std::string_view::npos;
        (out << ", \"").escape(name) << "\": " << (several ? "[" : "");
        put_value(out, name, first);
        for (; from != std::string_view::npos; next = next_value_of(lines, name, from)) {
            out << ", ";
            put_value(out, name, next);
        }
        if (several) out << "]";
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
                .escape(each.process.name)
            << "\", \"state\": \"";
        out.escape(state) << "\", \"own\": " << (each.own ? "true" : "false");
        put_memory(out, ", ", each.memory);
        before = ", {\"pid\": ";
    }
    out << "]";
}

void put_interfaces(conf::Writer& out, const std::vector<plumb::SeenInterface>& list) {
    out << ", \"interfaces\": [";
    const char* before = "{\"name\": \"";
    for (const plumb::SeenInterface& each : list) {
        (out << before).escape(each.name)
            << "\", \"up\": " << (each.up ? "true" : "false") << ", \"carrier\": " << (each.carrier ? "true" : "false")
            << ", \"addresses\": [";
        for (const std::string& address : each.addresses)
            out << (&address == each.addresses.data() ? "\"" : ", \"") << address << "\"";
        out << "]}";
        before = ", {\"name\": \"";
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
