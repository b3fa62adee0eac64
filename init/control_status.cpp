// The lines of status and of program.
#include <unistd.h>

#include "conf/text.hpp"
#include "conf/writer.hpp"
#include "init/clock.hpp"
#include "init/control_answer.hpp"
#include "init/sink.hpp"
#include "init/status.hpp"
#include "init/supervision.hpp"
#include "version.hpp"

namespace init {
namespace {

// Three times as much where all of it is %XX: with these an answer stays below its 4096 bytes.
constexpr std::size_t most_of_command = 600;
constexpr std::size_t most_of_file = 400;
constexpr std::size_t most_before_sink = 4096 - 3 * most_of_file - 256;  // a longer path leaves no room for others

// What was read at boot, by the rules of load_configuration(); empty: none.
std::string_view file_of(const Steered& steered) {
    const Sources& sources = steered.sources;
    if (!sources.arguments.config_file.empty()) return sources.arguments.config_file;
    if (!sources.kernel.config_file.empty()) return sources.kernel.config_file;
    const bool has_command = !sources.arguments.command.empty() || !sources.kernel.command.empty();
    return has_command && steered.role == conf::Role::container ? "" : default_file;
}

void attendance_lines(std::string& text, Attendance& attendance) {
    put_number(text, "ready_ms", static_cast<std::int64_t>(attendance.ready_ms()));
    attendance.describe(text);
}

void application_lines(std::string& text, const Steered& steered) {
    const State& state = steered.supervision.state();
    put_value(text, "phase", phase_word(state.phase));
    put_number(text, "app_pid", state.app_pid);
    if (state.contract != 0) put_number(text, "contract", state.contract);
    put_number(text, "started_ms", static_cast<std::int64_t>(state.started_ms));
    put_number(text, "now_ms", static_cast<std::int64_t>(now_ms()));
    put_number(text, "restarts", state.restarts);
    const std::uint32_t oom_kills = steered.supervision.oom_kills();
    if (oom_kills != 0) put_number(text, "oom_kills", oom_kills);
    const auto next = steered.supervision.timer();
    if (state.phase == Phase::backing_off && next) put_number(text, "next_start_ms", static_cast<std::int64_t>(*next));
    if (const std::string last = last_exit_text(state); !last.empty()) put_value(text, "last_exit", last);
}

// "sink 12 /var/log/app.log"
void sink_lines(std::string& text, const Capture& capture) {
    for (std::size_t at = 0; at < capture.sinks().size() && text.size() < most_before_sink; ++at) {
        conf::Writer line;
        line << std::size_t{capture.dropped(at)} << " "
             << std::string_view(sink_name(capture.sinks()[at])).substr(0, most_of_file);
        put_value(text, "sink", line.text);
    }
}

}  // namespace

void put_value(std::string& text, std::string_view name, std::string_view value) {
    constexpr char digits[] = "0123456789ABCDEF";
    text += name;
    text += ' ';
    for (const char each : value) {
        const auto byte = static_cast<unsigned char>(each);
        const bool plain = byte >= 0x20 && byte != 0x7f && byte != '%';
        text += plain ? each : '%';
        if (plain) continue;
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    text += '\n';
}

void put_number(std::string& text, std::string_view name, std::int64_t value) {
    put_value(text, name, std::to_string(value));
}

void put_status(std::string& text, const Steered& steered) {
    const bool illumos = steered.sources.arguments.platform == conf::Platform::illumos;
    put_value(text, "version", MVINIT_VERSION);
    put_number(text, "pid", getpid());
    put_value(text, "role", steered.role == conf::Role::container ? "container" : "machine");
    put_value(text, "platform", illumos ? "illumos" : "linux");
    if (const auto file = file_of(steered); !file.empty()) put_value(text, "file", file.substr(0, most_of_file));
    const std::string command = conf::shell_quote(steered.supervision.supervised().program.argv);
    put_value(text, "command", std::string_view(command).substr(0, most_of_command));
    application_lines(text, steered);
    attendance_lines(text, steered.attendance);
    sink_lines(text, steered.capture);
}

std::string program_lines(const Program& program) {
    std::string text;
    for (const std::string& word : program.argv) put_value(text, "arg", word);
    for (const std::string& word : program.env) put_value(text, "env", word);
    if (!program.cwd.empty()) put_value(text, "cwd", program.cwd);
    if (program.identity) {
        put_number(text, "uid", program.identity->uid);
        put_number(text, "gid", program.identity->gid);
        for (const std::uint32_t group : program.identity->groups) put_number(text, "group", group);
    }
    if (program.umask) put_number(text, "umask", *program.umask);
    for (const ResourceLimit& each : program.limits) {
        conf::Writer words;
        words << each.which << " " << static_cast<std::int64_t>(each.limit.soft) << " "
              << static_cast<std::int64_t>(each.limit.hard);
        put_value(text, "limit", words.text);
    }
    if (program.nice) put_number(text, "nice", *program.nice);
    if (program.no_new_privs) put_number(text, "no_new_privs", 1);
    if (program.capabilities) put_number(text, "capabilities", static_cast<std::int64_t>(*program.capabilities));
    return text;
}

}  // namespace init
