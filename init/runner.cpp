#include "init/runner.hpp"

#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "init/state_file.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

constexpr std::size_t most_output = 4096;

// What the pipe holds; a daemon that has its other end yet does not keep us.
plumb::Result<std::string> read_output(int pipe, const std::string& name) {
    fcntl(pipe, F_SETFL, O_NONBLOCK);
    std::string text(most_output + 1, '\0');
    std::size_t got = 0;
    while (got < text.size()) {
        const ssize_t part = read(pipe, text.data() + got, text.size() - got);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) break;
        got += static_cast<std::size_t>(part);
    }
    if (got > most_output) return plumb::Error{"read output of", name, EFBIG, "", "4096 bytes at the most are taken"};
    text.resize(got);
    return {boost::system::in_place_value, std::move(text)};  // an Error takes a string, too
}

}  // namespace

Runner::Runner(const std::array<Meaning, signal_count>& meaning, const ProgramInputs& inputs)
    : meaning_(meaning), inputs_(inputs) {
    awaited_.push_back(sig_chld);
    for (int number = 1; number < signal_count; ++number)
        if (is_stop(number)) awaited_.push_back(number);
}

bool Runner::is_stop(int number) const {
    return end_asked(meaning_[static_cast<std::size_t>(number)]).has_value();
}

bool Runner::stop_wanted() {
    while (stop_signal_ == 0) {
        const auto got = plumb::wait_signal(awaited_, 0);
        if (got.number == 0) return false;
        // Children that end here are reaped by the next wait or by the loop: both look before they wait.
        if (got.number != sig_chld) note_stop(got.number);
    }
    return true;
}

bool Runner::attend(ServicesRunner& services) {
    while (true) {
        Ended ended;
        while (reap(ended) == Reaped::one) services.child_ended(ended);
        services.proceed();
        if (services.all_begun()) return !stop_wanted();
        const auto got = plumb::wait_signal(awaited_, -1);
        if (got.number == 0 || got.number == sig_chld) continue;
        if (got.number == sig_pwr && services.power_failed()) continue;
        note_stop(got.number);
        return false;
    }
}

plumb::Result<void> Runner::run(const plumb::Command& command, plumb::Deadline deadline) {
    return run_program(prepare_helper(command.argv, command.env, inputs_, false), deadline);
}

plumb::Result<std::string> Runner::output(const plumb::Command& command, plumb::Deadline deadline) {
    const std::string name = conf::shell_quote(command.argv);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return plumb::Error{"make a pipe for", name, errno};
    Program program = prepare_helper(command.argv, command.env, inputs_, false);
    program.given[1] = ends[1];
    const auto done = run_program(program, deadline);
    close(ends[1]);
    auto text = done ? read_output(ends[0], name) : plumb::Result<std::string>{done.error()};
    close(ends[0]);
    return text;
}

plumb::Result<void> Runner::run_on_console(const conf::Argv& argv) {
    stop_signal_ = 0;
    return run_program(prepare_helper(argv, {}, inputs_, true), {});
}

plumb::Result<void> Runner::run_program(const Program& program, plumb::Deadline deadline) {
    Job job;
    start_command(job, program, deadline);
    while (!job.is_over()) {
        take_children(&job);
        look_at_time(job);
        if (!job.is_over() && take_signal(job.end)) cut_off_by(job, stop_signal_);
    }
    note_over(job);
    if (job.state == Job::State::failed) return std::move(job.error);
    return {};
}

void Runner::go_on(int stop_signal, std::uint64_t done) {
    stop_signal_ = stop_signal;
    const int taken = plumb::signal_left(done).number;
    if (stop_signal_ == 0 && taken > 0 && is_stop(taken)) note_stop(taken);
    Ended ended;
    if (take_left(ended)) left_ = ended;
}

// The signal is on record with what it means.
void Runner::note_stop(int number) {
    stop_signal_ = number;
    note_boot_stop(number);
}

void Runner::take_child(Job* own, const Ended& ended) {
    Job* job = own;
    if (job == nullptr || job->child.pid != ended.pid)
        for (job = jobs_.get(); job != nullptr && job->child.pid != ended.pid;) job = job->next.get();
    if (job != nullptr && !job->is_over()) conclude(*job, ended, inputs_.leaves_daemons);
}

// Every child that has ended to the job that it belongs to. own: one that is not in the list, or null.
void Runner::take_children(Job* own) {
    if (left_) take_child(own, *std::exchange(left_, std::nullopt));
    Ended ended;
    Reaped state = Reaped::one;
    while ((state = reap(ended)) == Reaped::one) take_child(own, ended);
    if (state != Reaped::nobody) return;
    if (own != nullptr) lose(*own);
    for (Job* job = jobs_.get(); job != nullptr; job = job->next.get()) lose(*job);
}

// Sleeps until a child has ended or the time has come (CLOCK_MONOTONIC in ms, 0: never). True: a request to stop came.
bool Runner::take_signal(std::uint64_t until) {
    const std::uint64_t now = now_ms();
    const std::uint64_t left = until > now ? until - now : 0;
    const auto got = plumb::wait_signal(awaited_, until == 0 ? -1 : static_cast<std::int64_t>(left));
    if (got.number == 0 || got.number == sig_chld) return false;
    if (stop_signal_ == 0) note_stop(got.number);
    return true;
}

bool Runner::begin(const plumb::Step& step, plumb::System& system) {
    auto job = std::make_unique<Job>();
    job->step = &step;
    if (const auto* command = std::get_if<plumb::Command>(&step.action))
        start_command(*job, prepare_helper(command->argv, command->env, inputs_, false), step.deadline);
    else if (!start_step(*job, system))
        return false;
    job->next = std::move(jobs_);
    jobs_ = std::move(job);
    return true;
}

const plumb::Step* Runner::wait(plumb::Error& error) {
    while (true) {
        take_children(nullptr);
        std::uint64_t end = 0;
        for (std::unique_ptr<Job>* at = &jobs_; *at; at = &(*at)->next) {
            Job& job = **at;
            look_at_time(job);
            if (job.is_over()) {
                const plumb::Step* const step = job.step;
                note_over(job);
                if (job.state == Job::State::failed) error = std::move(job.error);
                *at = std::move(job.next);
                return step;
            }
            if (job.end != 0 && (end == 0 || job.end < end)) end = job.end;
        }
        if (take_signal(end)) return nullptr;
    }
}

// What has not gone even then is reaped by the loop.
void Runner::end_all() {
    for (Job* job = jobs_.get(); job != nullptr; job = job->next.get())
        if (!job->is_over()) cut_off_by(*job, stop_signal_);
    const std::uint64_t end = now_ms() + kill_grace_ms;
    for (take_children(nullptr); jobs_ && now_ms() < end; take_children(nullptr)) {
        while (jobs_ && jobs_->is_over()) jobs_ = std::move(jobs_->next);
        if (jobs_) take_signal(end);
    }
    for (Job* job = jobs_.get(); job != nullptr; job = job->next.get()) lose(*job);
    jobs_.reset();
}

}  // namespace init
