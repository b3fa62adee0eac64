#include "init/attendance.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "init/clock.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "plumb/live.hpp"

namespace init {
namespace {

void set_variable(Program& program, std::string_view name, const std::string& value) {
    conf::Writer word;
    word << name << "=" << value;
    for (std::string& each : program.env) {
        if (!std::string_view(each).starts_with(std::string_view(word.text).substr(0, name.size() + 1))) continue;
        each = std::move(word.text);
        return;
    }
    program.env.push_back(std::move(word.text));
}

// It is being stopped, or is about to end with the machine.
bool is_being_stopped(Phase phase) {
    return phase == Phase::quitting || phase == Phase::stopping || phase == Phase::killing;
}

}  // namespace

void Attendance::prepare(Program& program, const Care& care) {
    open_line(program, care);
    const CarePolicy& policy = care.policy;
    if (policy.way != Way::notify && policy.watchdog_ms == 0) return;
    std::optional<std::uint32_t> user;
    if (program.identity) user = program.identity->uid;
    if (!notify_.open(user)) return;
    speakers_.user = user.value_or(geteuid());
    set_variable(program, "NOTIFY_SOCKET", notify_.address());
    if (policy.watchdog_ms != 0)
        set_variable(program, "WATCHDOG_USEC", std::to_string(std::uint64_t{policy.watchdog_ms} * 1000));
    watch();
}

// A pipe for each start: what an earlier application left in it must not make this one ready.
void Attendance::open_line(Program& program, const Care& care) {
    close_line();
    program.ready_pipe = program.ready_number = -1;
    if (care.policy.way != Way::line) return;
    int ends[2];
    if (!make_lasting_pipe(lasting_line, true, ends))
        return log::error("the pipe of [ready] fd could not be made: it will not be ready");
    line_ = ends[0];
    line_end_ = ends[1];
    plumb::live->heard = {};
    fcntl(line_, F_SETFL, O_NONBLOCK);
    program.ready_pipe = line_end_;
    program.ready_number = care.ready_fd;
}

void Attendance::close_line() {
    if (line_end_ >= 0) close(std::exchange(line_end_, -1));
    if (line_ < 0) return;
    if (reactor_ != nullptr) reactor_->forget(line_);
    close(std::exchange(line_, -1));
}

void Attendance::started(std::int32_t pid, const Care& care) {
    if (line_end_ >= 0) close(std::exchange(line_end_, -1));
    speakers_.first = speakers_.main = pid;
    status_[0] = '\0';
    restart_.reset();
    if (reactor_ != nullptr && line_ >= 0) reactor_->watch(line_, *this);
    take({CareEvent::started}, care.policy);
}

void Attendance::adopted(std::int32_t pid, Program& program, const Care& care) {
    prepare(program, care);
    close_line();
    speakers_.first = speakers_.main = pid;
    take({CareEvent::adopted}, care.policy);
}

void Attendance::gone() {
    close_line();
    restart_.reset();
    take({CareEvent::gone}, {});
}

bool Attendance::child_ended(const Ended& ended) {
    return prober_.child_ended(ended) || upward_.child_ended(ended.pid);
}

void Attendance::attend(AttendanceOwner& owner, bool upward, bool machine, const Caring* left) {
    owner_ = &owner;
    const Care& care = owner.care();
    // A stop, and a start after it, take what time they may.
    const std::uint64_t grace_ms = std::uint64_t{care.policy.stop_timeout_ms} + care.policy.ready_timeout_ms;
    if (left == nullptr || !hardware_.go_on(*left)) hardware_.open(care.device, care.device_timeout_s, grace_ms);
    if (left != nullptr) go_on(*left);
    if (upward) upward_.open(machine);
}

void Attendance::join(Reactor& reactor) {
    reactor_ = &reactor;
    watch();
    if (line_ >= 0) reactor.watch(line_, *this);
    settled();
}

void Attendance::watch() {
    if (reactor_ == nullptr || notify_.descriptor() < 0) return;
    reactor_->forget(notify_.descriptor());
    heard_ = true;
    if (!reactor_->watch(notify_.descriptor(), *this))
        log::error("wait for notifications: cannot be done with this descriptor: they are not heard");
}

void Attendance::take(const CareEvent& event, const CarePolicy& policy) {
    perform(step(state_, policy, event, now_ms()));
}

void Attendance::take(const CareEvent& event) {
    take(event, owner_->care().policy);
}

void Attendance::perform(const CareActions& actions) {
    if (actions.cancel) {
        prober_.cancel();
        wants_answer_ = false;
    }
    if (actions.ask_ready || actions.ask_health) wants_answer_ = true;
    if (actions.ready) tell_ready();
    if (actions.reloading && upward_.is_open()) {
        conf::Writer text;
        text << "RELOADING=1\nMONOTONIC_USEC=" << static_cast<std::int64_t>(reloading_us_);
        upward_.tell(text.text);
    }
    if (actions.reloaded) passed_ready_ = false;
    if (actions.restart) restart_ = actions.restart;
    if (actions.extend_ms != 0 && owner_ != nullptr) owner_->extend_stop(actions.extend_ms);
}

// Not at once: the owner may be in the midst of something.
void Attendance::settled() {
    if (owner_ == nullptr) return;
    if (is_being_stopped(owner_->phase())) take({CareEvent::ending});
    if (const auto answer = prober_.answer()) take({CareEvent::answered, *answer});
    if (std::exchange(wants_answer_, false)) ask(state_.phase != CarePhase::starting);
    if (restart_) {
        const Why why = *std::exchange(restart_, std::nullopt);
        tell_restart(why);
        owner_->restart(why);
    }
    pass_on_end();
    hardware_.look(is_well());
}

void Attendance::ask(bool health) {
    const Care& care = owner_->care();
    const CarePolicy& policy = care.policy;
    prober_.ask(health ? care.health : care.ready, owner_->program(), policy.health_timeout_ms,
                health ? 0 : policy.ready_interval_ms);
}

std::optional<std::uint64_t> Attendance::deadline() const {
    auto first = care_deadline(state_);
    const auto earlier = [&first](std::optional<std::uint64_t> other) {
        if (other && (!first || *other < *first)) first = other;
    };
    earlier(prober_.deadline());
    earlier(hardware_.deadline());
    if (!heard_) earlier(allowance_.more_at());
    return first;
}

void Attendance::due() {
    if (!heard_ && allowance_.more_at() <= now_ms()) watch();
    prober_.due();
    // An answer that has come is taken before the time is looked at.
    if (const auto answer = prober_.answer()) take({CareEvent::answered, *answer});
    take({CareEvent::timer});
}

void Attendance::readable(int descriptor) {
    if (descriptor == line_) return read_line();
    read_messages();
}

// To its end, also after the newline: who writes to a pipe without a reader is killed by SIGPIPE.
void Attendance::read_line() {
    auto& text = plumb::live->heard;
    const ssize_t got = read(line_, text.data(), text.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        if (state_.phase == CarePhase::starting)
            log::warning("the application closed the descriptor of [ready] fd without a newline: it is not ready");
        return close_line();
    }
    if (std::string_view(text.data(), static_cast<std::size_t>(got)).find('\n') != std::string_view::npos)
        take({CareEvent::newline});
}

void Attendance::hear() {
    if (reactor_ != nullptr && notify_.descriptor() >= 0) read_messages();
}

void Attendance::read_messages() {
    constexpr int at_once = 16;
    char buffer[longest_notification];
    for (int taken = 0; taken < at_once; ++taken) {
        if (!allowance_.take(now_ms())) {
            log::debug("notifications come too fast: more are taken in a second");
            reactor_->forget(notify_.descriptor());
            heard_ = false;
            return;
        }
        Notification message;
        if (!notify_.receive(speakers_, buffer, message)) return;
        take_message(message);
    }
}

}  // namespace init
