#include "init/logger.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <forward_list>
#include <poll.h>
#include <unistd.h>

#include "init/clock.hpp"
#include "init/console.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "init/logger_input.hpp"
#include "init/sink.hpp"
#include "plumb/log_io.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

constexpr std::size_t move_size = std::size_t{1} << 20;
// A pipe that is being filled line by line is left to fill for a moment: a wake-up each line costs more than the line.
// In that time the smallest pipe, 64 KB, takes 250 MB/s.
constexpr int nap_us = 250;
constexpr std::size_t worth_a_wake_up = 32768;
constexpr std::size_t most_descriptors = 3 + 16;
constexpr std::uint64_t next_image_ms = 50;

class Logger final : public SinkSurroundings {
public:
    explicit Logger(const LoggerSetup& setup);
    [[noreturn]] void run();

    bool wait_for_sinks(std::uint64_t until_ms) override;

private:
    bool wait_for(std::uint64_t until_ms, bool inputs);
    void take_commands();
    void take(const LoggerCommand& command);
    void look_for_next();
    std::size_t read_inputs();
    std::size_t read(Input& input);
    void hand_on(Input& input, std::size_t count, bool last);
    std::size_t take_marks(Input& input, std::size_t count);
    void flush_lines();
    void drain_sinks();
    std::uint64_t held_up_until() const;
    bool is_done(std::size_t read) const;
    void rest(std::size_t read);
    void give_memory_back();
    bool is_loaded() const;

    const LoggerSetup& setup_;
    std::array<Input, 2> inputs_;
    std::forward_list<Sink> sinks_;
    bool lines_ = false;           // some sink wants lines, so all get whole ones
    bool controlled_ = true;       // PID 1 is there
    bool flush_wanted_ = false;    // the application has ended
    bool gives_way_ = false;       // to the loggers of the next image of mvinit
    std::uint64_t finish_ms_ = 0;  // not 0: until then everything must be written
};

Logger::Logger(const LoggerSetup& setup) : setup_(setup), inputs_{Input(setup.inputs[0]), Input(setup.inputs[1])} {
    name = setup.name;
    pid = setup.pid;
    ring = setup.ring;
    owner = setup.owner;
    console = open_for_messages(STDOUT_FILENO, "");
    console_waits = (fcntl(console, F_GETFL) & O_NONBLOCK) == 0;
    lines_ = !setup.mark.empty();
    for (std::size_t left = setup.sink_count; left > 0; --left) sinks_.emplace_front(setup.sinks[left - 1], *this);
}

bool Logger::is_loaded() const {
    return std::any_of(sinks_.begin(), sinks_.end(), [](const Sink& sink) { return sink.is_loaded(); });
}

void Logger::drain_sinks() {
    for (Sink& sink : sinks_)
        if (sink.is_loaded()) sink.drain();
}

// Waits for the control pipe, for sinks that hold something, and for the inputs where these are wanted. False: until_ms
// came first.
bool Logger::wait_for(std::uint64_t until_ms, bool inputs) {
    std::array<pollfd, most_descriptors> waited{};
    std::size_t count = 0;
    const auto add = [&](int descriptor, short events) {
        if (descriptor >= 0 && count < waited.size()) waited[count++] = {descriptor, events, 0};
    };
    if (controlled_) add(setup_.link, POLLIN);
    for (const Input& input : inputs_)
        if (inputs && !input.over()) add(input.descriptor(), POLLIN);
    std::uint64_t wake_ms = until_ms;
    for (const Sink& sink : sinks_) {
        if (!sink.is_waited_for()) continue;
        if (sink.waits_for() >= 0)
            add(sink.waits_for(), POLLOUT);
        else
            wake_ms = std::min(wake_ms, std::max(sink.retry_ms(), now_ms() + 1));
    }
    const std::uint64_t now = now_ms();
    if (wake_ms <= now) return false;
    // Without PID 1 nobody tells that the next one is there.
    if (setup_.turn != nullptr && !controlled_) wake_ms = std::min(wake_ms, now + next_image_ms);
    const std::uint64_t left = std::min<std::uint64_t>(wake_ms - now, 60'000);
    if (poll(waited.data(), static_cast<nfds_t>(count), 0) == 0) {
        give_memory_back();
        poll(waited.data(), static_cast<nfds_t>(count), wake_ms == UINT64_MAX ? -1 : static_cast<int>(left));
    }
    return now_ms() < until_ms;
}

void Logger::give_memory_back() {
    for (Sink& sink : sinks_) sink.give_memory_back();
    for (Input& input : inputs_) input.give_memory_back();
}

bool Logger::wait_for_sinks(std::uint64_t until_ms) {
    take_commands();
    if (finish_ms_ != 0) until_ms = std::min(until_ms, finish_ms_);
    const bool in_time = wait_for(until_ms, false);
    drain_sinks();
    return in_time;
}

void Logger::take_commands() {
    LoggerCommand command;
    while (controlled_) {
        const ssize_t count = ::read(setup_.link, &command, sizeof command);
        if (count < 0) return;
        // PID 1 is gone: what still writes to the pipes is read to its end.
        if (count == 0) controlled_ = false;
        if (count == static_cast<ssize_t>(sizeof command)) take(command);
    }
}

void Logger::take(const LoggerCommand& command) {
    if (command.kind == LoggerCommand::started) pid = command.pid;
    if (command.kind == LoggerCommand::finish && finish_ms_ == 0) finish_ms_ = now_ms() + finish_within_ms;
    if (command.kind == LoggerCommand::ended && lines_) flush_wanted_ = true;
}

// What has not been read yet is theirs.
void Logger::look_for_next() {
    const bool theirs = setup_.turn != nullptr && __atomic_load_n(setup_.turn, __ATOMIC_ACQUIRE) > setup_.own_turn;
    if (!theirs || gives_way_) return;
    gives_way_ = true;
    for (Input& input : inputs_) {
        hand_on(input, input.held().size(), false);
        input.set_over();
    }
    // What is not to be lost is written first, however long that takes.
    const auto keeps = [](const Sink& sink) { return sink.is_loaded() && sink.blocks(); };
    const bool all_go = std::none_of(sinks_.begin(), sinks_.end(), keeps);
    if (finish_ms_ == 0 && all_go) finish_ms_ = now_ms() + finish_within_ms;
}

// The first count bytes that input holds, to all sinks that want them.
void Logger::hand_on(Input& input, std::size_t count, bool last) {
    read_ms = now_ms();
    for (Sink& sink : sinks_)
        if (sink.takes(input.stream())) sink.put(input.stream(), input.held().substr(0, count), last);
    input.drop(count);
}

std::size_t Logger::read(Input& input) {
    if (input.over()) return 0;
    if (!lines_ && setup_.sink_count == 1) {
        const Sink::Moved moved = sinks_.front().move_from(input.descriptor(), move_size);
        if (moved.end) input.set_over();
        if (moved.moved >= 0) return static_cast<std::size_t>(moved.moved);
    }
    const std::size_t count = input.read();
    std::size_t whole = input.held().size();
    if (lines_) whole = input.held().rfind('\n') + 1;  // npos + 1 is 0
    // Of a line that is longer than the buffer all goes on but what may be the beginning of a mark.
    if (whole == 0 && input.held().size() == Input::read_size) whole = Input::read_size - setup_.mark.size();
    if (count == 0 || whole == 0) return count;
    whole = take_marks(input, whole);
    if (whole != 0) hand_on(input, whole, false);
    return count;
}

// Where PID 1 has set a mark, an application ended: what stands before it is all that this one wrote. Returns how much
// of the first count bytes is left.
std::size_t Logger::take_marks(Input& input, std::size_t count) {
    const std::string_view mark = setup_.mark;
    for (std::size_t at = 0; !mark.empty() && count != 0; count -= at + mark.size()) {
        at = input.held().substr(0, count).find(mark);
        if (at == std::string_view::npos) break;
        hand_on(input, at, true);
        input.drop(mark.size());
    }
    return count;
}

std::uint64_t Logger::held_up_until() const {
    std::uint64_t until = 0;
    for (const Sink& sink : sinks_) until = std::max(until, sink.holds_up_until());
    return until;
}

std::size_t Logger::read_inputs() {
    std::size_t count = 0;
    for (Input& input : inputs_) count += read(input);
    return count;
}

// What the application had begun to write when it ended is all there will be of it.
void Logger::flush_lines() {
    flush_wanted_ = false;
    for (Input& input : inputs_) hand_on(input, input.held().size(), true);
}

bool Logger::is_done(std::size_t read) const {
    if (read != 0 || (is_loaded() && (finish_ms_ == 0 || now_ms() < finish_ms_))) return false;
    return finish_ms_ != 0 ||
           std::all_of(inputs_.begin(), inputs_.end(), [](const Input& input) { return input.over(); });
}

// Until there is something to do again.
void Logger::rest(std::size_t read) {
    if (read >= worth_a_wake_up || (read != 0 && finish_ms_ != 0)) return;
    if (read != 0) {
        usleep(nap_us);
        return;
    }
    const std::uint64_t held_up = held_up_until();
    std::uint64_t until = held_up > now_ms() ? held_up : UINT64_MAX;
    if (finish_ms_ != 0) until = std::min(until, finish_ms_);
    wait_for(until, held_up <= now_ms());
}

void Logger::run() {
    while (true) {
        take_commands();
        look_for_next();
        drain_sinks();
        const std::size_t count = held_up_until() <= now_ms() ? read_inputs() : 0;
        if (count == 0 && (flush_wanted_ || finish_ms_ != 0)) flush_lines();
        if (is_done(count)) break;
        rest(count);
    }
    for (Sink& sink : sinks_) sink.finish(!gives_way_);
    _exit(0);
}

// Everything that was PID 1's and is not named here.
void close_others(const LoggerSetup& setup) {
    constexpr int looked_at = 256;
    for (int descriptor = STDERR_FILENO + 1; descriptor < looked_at; ++descriptor) {
        bool kept = descriptor == setup.link || descriptor == setup.ring || log::is_own(descriptor);
        for (const LoggerInput& input : setup.inputs) kept = kept || descriptor == input.descriptor;
        for (const LoggerSink& sink : setup.sinks) kept = kept || descriptor == sink.pipe;
        if (!kept) close(descriptor);
    }
    plumb::close_from(looked_at);
}

}  // namespace

void run_logger(const LoggerSetup& setup) {
    plumb::block_all_signals();
    plumb::set_process_name(setup.title);
    close_others(setup);
    if (setup.turn != nullptr) await_turn(setup.number);
    plumb::release_stack();
    Logger(setup).run();
}

}  // namespace init
