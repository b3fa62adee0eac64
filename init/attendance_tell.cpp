// What attendance hears from the application, and says of it: on the console, for status, to who is above us.
#include <csignal>
#include <cstring>
#include <unistd.h>
#include <utility>

#include "init/attendance.hpp"
#include "init/clock.hpp"
#include "init/control_answer.hpp"
#include "init/log.hpp"

namespace init {
namespace {

void put_seconds(conf::Writer& out, std::uint64_t ms) {
    const std::string thousandths = std::to_string(1000 + ms % 1000);
    out << static_cast<std::int64_t>(ms / 1000) << "." << std::string_view(thousandths).substr(1) << "s";
}

// What makes it ready.
void put_way(conf::Writer& out, const Care& care) {
    switch (care.policy.way) {
        case Way::executed:
            break;
        case Way::notify:
            out << "READY=1";
            break;
        case Way::line:
            out << "newline on descriptor " << care.ready_fd;
            break;
        case Way::after:
            out << "it runs";
            break;
        case Way::probe:
            out << care.ready.words.front();
            out << (care.ready.kind == Question::tcp    ? " took a connection"
                    : care.ready.kind == Question::http ? " answered"
                                                        : " exited with 0");
            break;
    }
}

// Control characters of what an application says of itself must not reach a terminal.
void keep_printable(std::span<char> kept, std::string_view text) {
    std::size_t at = 0;
    for (const char each : text) kept[at++] = static_cast<unsigned char>(each) < 0x20 || each == 0x7f ? ' ' : each;
    kept[at] = '\0';
}

}  // namespace

// Where nothing is asked of it, it is ready as soon as it was started, which is told already.
void Attendance::tell_ready() {
    passed_ready_ = false;
    if (owner_ == nullptr || owner_->care().policy.way == Way::executed) return;
    conf::Writer line;
    line << "application ready after ";
    put_seconds(line, state_.ready_ms - state_.started_ms);
    line << ": ";
    put_way(line, owner_->care());
    put_status(line, ": ");
    log::info(line.text);
}

void Attendance::put_status(conf::Writer& out, const char* before) const {
    if (status_[0] != '\0') out << before << status_.data();
}

void Attendance::tell_restart(Why why) {
    const CarePolicy& policy = owner_->care().policy;
    const char* reason = prober_.reason().data();
    conf::Writer line;
    line << "application ";
    if (why == Why::not_ready) {
        line << "not ready after ";
        put_seconds(line, now_ms() - state_.started_ms);
        line << ": waiting for ";
        put_way(line, owner_->care());
        if (policy.way == Way::probe && *reason != '\0') line << ": " << reason;
    } else if (why == Why::watchdog) {
        line << "hangs: its watchdog message did not come in time";
    } else if (state_.failed_in_row >= policy.failures) {
        line << "unwell: " << std::int64_t{state_.failed_in_row} << " questions in a row failed: " << reason;
    } else {
        line << "hangs: it said that it was stopping, and did not end";
    }
    log::error(line.text);
}

void Attendance::take_message(const Notification& message) {
    if (message.has_status) keep_printable(status_, kept_status(message.status));
    if (message.error != 0) {
        conf::Writer line;
        line << "application says: " << std::strerror(message.error);
        put_status(line, ": ");
        log::warning(line.text);
    }
    if (message.main_pid > 0) take_main_pid(message.main_pid);
    reloading_us_ = message.reloading_us;
    take({CareEvent::notified, false, &message});
}

// As PID 1 all that live are our descendants; else those that are in the application's session are.
void Attendance::take_main_pid(std::int32_t pid) {
    if (pid == speakers_.main) return;
    const bool ours = getpid() == 1 ? pid > 1 && kill(pid, 0) == 0 : may_speak(speakers_, {pid, UINT32_MAX - 1});
    if (!ours || pid == getpid()) return log::warning("MAINPID is no process of the application: left out");
    speakers_.main = pid;
    owner_->main_pid_changed(pid);
}

void Attendance::pass_on_end() {
    if (!upward_.is_open()) return;
    if (state_.ready_ms != 0 && !std::exchange(passed_ready_, true)) {
        conf::Writer text;
        text << "READY=1";
        put_status(text, "\nSTATUS=");
        upward_.tell(text.text);
    }
    const Phase phase = owner_->phase();
    const bool ending = phase == Phase::stopping || phase == Phase::killing;
    if (ending && !std::exchange(passed_stopping_, true)) upward_.tell("STOPPING=1");
}

// Who is above is told how it ended; a machine monitor also what becomes of the machine.
void Attendance::leave() {
    prober_.cancel();
    notify_.close();
    if (owner_ == nullptr) return;
    hardware_.leave(owner_->end_action());
    if (!upward_.is_open()) return;
    const conf::EndAction action = owner_->end_action();
    const bool machine = action != conf::EndAction::exit && action != conf::EndAction::rescue;
    conf::Writer text;
    if (!passed_stopping_) text << "STOPPING=1\n";
    text << "EXIT_STATUS=" << owner_->end_code();
    if (machine)
        text << "\nX_SYSTEMD_SHUTDOWN="
             << (action == conf::EndAction::reboot ? "reboot"
                 : action == conf::EndAction::halt ? "halt"
                                                   : "poweroff");
    upward_.finish(text.text);
}

// Well for the hardware's sake: it is and answers, or nobody wants it to run.
bool Attendance::is_well() const {
    return init::is_well(state_) || owner_->phase() == Phase::down;
}

void Attendance::describe(std::string& lines) {
    if (status_[0] != '\0') put_value(lines, "status_text", status_.data());
    if (state_.reloading) put_value(lines, "reloading", "yes");
    if (state_.asked != 0) {
        put_value(lines, "health", state_.failed_in_row == 0 ? "good" : "bad");
        put_number(lines, "health_asked", state_.asked);
        put_number(lines, "health_failed", state_.failed);
    }
    if (const char* reason = prober_.reason().data(); *reason != '\0') put_value(lines, "health_reason", reason);
    if (hardware_.is_open()) put_value(lines, "watchdog", hardware_.is_starving() ? "starving" : "fed");
}

}  // namespace init
