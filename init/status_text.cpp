// `mvinit status` for people.
#include <algorithm>

#include "conf/config.hpp"
#include "conf/text.hpp"
#include "conf/writer.hpp"
#include "init/client.hpp"
#include "init/status.hpp"

namespace init {
namespace {

constexpr std::size_t column = 14;          // where values begin
constexpr std::size_t most_processes = 20;  // shown

// Shown in lines of their own making, or of no use to people.
constexpr std::string_view shown_elsewhere =
    " version pid role platform file command phase app_pid now_ms restarts last_exit ready_ms started_ms "
    "next_start_ms reloading health health_asked health_failed health_reason sink ";

class Page {
public:
    explicit Page(const Status& status) : status_(status), now_(number("now_ms")) {}
    std::string write();

private:
    std::string_view value(std::string_view name) const { return value_of(status_.lines, name); }
    std::uint64_t number(std::string_view name) const { return number_of(status_.lines, name); }
    conf::Writer& begin(std::string_view label);
    void put_since(std::uint64_t ms);
    void put_memory(const plumb::Memory& memory);
    void put_kb(std::uint64_t kb);
    void application();
    void others();
    void sinks();
    void processes();
    void interfaces();
    void own();

    const Status& status_;
    std::uint64_t now_;
    conf::Writer out_;
};

conf::Writer& Page::begin(std::string_view label) {
    if (!out_.text.empty()) out_ << "\n";
    out_ << label;
    out_.text.append(column - std::min(column - 1, label.size()), ' ');
    return out_;
}

// From a second on without milliseconds.
std::string time_text(std::uint64_t ms) {
    const auto exact = static_cast<std::int64_t>(ms);
    return conf::duration_text(conf::Milliseconds(ms < 1000 ? exact : exact / 1000 * 1000));
}

void Page::put_since(std::uint64_t ms) {
    out_ << time_text(now_ > ms ? now_ - ms : 0);
}

void Page::put_kb(std::uint64_t kb) {
    if (kb < 10'000) {
        out_ << std::size_t{kb} << " kB";
    } else {
        out_ << std::size_t{kb / 1024} << "." << std::size_t{kb % 1024 * 10 / 1024} << " MB";
    }
}

void Page::put_memory(const plumb::Memory& memory) {
    put_kb(memory.resident);
    out_ << " resident";
    if (memory.proportional == 0) return;
    out_ << ", ";
    put_kb(memory.proportional);
    out_ << " proportional, ";
    put_kb(memory.dirty);
    out_ << " private";
}

void Page::application() {
    begin("application") << decode_value(value("command"));
    std::string phase(value("phase"));
    std::replace(phase.begin(), phase.end(), '_', ' ');
    begin("state") << phase;
    const std::uint64_t ready = number("ready_ms");
    if (phase == "running") out_ << (ready == 0 ? ", not ready yet" : ", ready for ");
    if (phase == "running" && ready != 0) put_since(ready);
    if (!value("reloading").empty()) out_ << ", reloading";
    if (number("app_pid") != 0) {
        begin("pid") << value("app_pid") << ", up ";
        put_since(number("started_ms"));
    }
    if (const std::uint64_t next = number("next_start_ms"); next != 0)
        begin("next start") << "in " << time_text(next > now_ ? next - now_ : 0);
    begin("restarts") << value("restarts");
    if (const std::string_view last = value("last_exit"); !last.empty()) begin("last exit") << decode_value(last);
    if (const std::string_view health = value("health"); !health.empty()) {
        begin("health") << health << ", " << value("health_failed") << " of " << value("health_asked") << " failed";
        if (const std::string_view reason = value("health_reason"); !reason.empty())
            out_ << ": " << decode_value(reason);
    }
}

// What this program knows no better words for: the name itself.
void Page::others() {
    std::string_view rest = status_.lines;
    while (!rest.empty()) {
        std::string_view line = take_until(rest, '\n');
        std::string name(take_until(line, ' '));
        if (shown_elsewhere.find(" " + name + " ") != std::string_view::npos) continue;
        std::replace(name.begin(), name.end(), '_', ' ');
        begin(name) << decode_value(line);
    }
}

void Page::sinks() {
    std::size_t from = 0;
    std::string_view value = next_value_of(status_.lines, "sink", from);
    for (; from != std::string_view::npos; value = next_value_of(status_.lines, "sink", from)) {
        const std::string_view dropped = take_until(value, ' ');
        begin("log to") << decode_value(value);
        if (dropped != "0") out_ << ", lines dropped: " << dropped;
    }
}

void Page::processes() {
    plumb::Memory all;
    std::size_t count = 0;
    for (const Descendant& each : status_.descendants) {
        if (each.own) continue;
        add_memory(all, each.memory);
        ++count;
    }
    if (count == 0) return;
    begin("memory");
    put_memory(all);
    std::size_t shown = 0;
    for (const Descendant& each : status_.descendants) {
        if (each.own || ++shown > most_processes) continue;
        begin(shown == 1 ? "processes" : "");
        out_.text.append(std::size_t{2} * std::min(each.depth, 10U), ' ');
        (out_ << each.process.pid << " ").escape(each.process.name.data());
        if (each.process.state == 'Z') {
            out_ << ", ended, not reaped";
        } else {
            out_ << ", ";
            put_kb(each.memory.resident);
        }
    }
    if (count > most_processes) begin("") << "and " << count - most_processes << " more";
}

void Page::interfaces() {
    std::string_view rest = status_.interfaces;
    const char* label = "interfaces";
    while (!rest.empty()) {
        begin(label) << take_until(rest, '\n');
        label = "";
    }
}

void Page::own() {
    begin("mvinit") << value("version") << ", pid " << value("pid") << ", " << value("role");
    begin("own memory");
    put_memory(status_.own);
    if (const std::string_view file = value("file"); !file.empty()) begin("configuration") << decode_value(file);
}

std::string Page::write() {
    application();
    others();
    sinks();
    processes();
    interfaces();
    own();
    out_ << "\n";
    return std::move(out_.text);
}

}  // namespace

std::string status_text(const Status& status) {
    return Page(status).write();
}

}  // namespace init
