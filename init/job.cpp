#include "init/job.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/signals.hpp"
#include "init/state_file.hpp"
#include "init/supervisor.hpp"

namespace init {
namespace {

// What a step's process says where it fails: the message. All of it fits into a pipe, so that its end never waits for
// us. Nothing at all: it has succeeded.
constexpr std::size_t most_told = 4000;

plumb::Error verdict(const Ended& ended, const std::string& name) {
    return {"run", name, 0, end_text(ended), "its own messages stand above; run it by hand in the image to see more"};
}

plumb::Error not_started(const Child& child, const std::string& name) {
    return {plumb::concat({"run (", child.stage, ")"}), name, child.error, "",
            "is it in the image with its interpreter, and executable for root?"};
}

// Ends what the helper started: its contract, its group. It may have been reaped by now, so never its pid.
void end_leftovers(const Job& job) {
    if (job.child.contract != 0) plumb::signal_contract(job.child.contract, sig_kill);
    if (job.told < 0) kill(-job.child.pid, SIGKILL);
}

plumb::Error error_of_step(const Job& job, const Ended& ended) {
    std::array<char, most_told> text;
    fcntl(job.told, F_SETFL, O_NONBLOCK);
    const ssize_t got = read(job.told, text.data(), text.size());
    if (got > 0) return {std::string_view(text.data(), static_cast<std::size_t>(got)), "", 0};
    if (ended.code == 0) return {};
    return {plumb::step_name(job.step->action), plumb::object_text(job.step->action), 0,
            plumb::concat({"its process was ", end_text(ended)}), "is memory short?"};
}

// What the step's process is given, and does.
struct Work {
    const plumb::Step& step;
    plumb::System& system;
    int told;
};

void work(void* data) {
    const Work& its = *static_cast<const Work*>(data);
    const auto result = execute_step(its.step, its.system);
    if (result) return;
    const std::string text = plumb::to_text(result.error());
    // The code as well, for whoever cannot read it any more.
    if (write(its.told, text.data(), std::min(text.size(), most_told)) < 0) _exit(125);
    _exit(1);
}

void finish(Job& job, Job::State state) {
    if (job.child.pending >= 0) close(job.child.pending);
    if (job.told >= 0) close(job.told);
    job.child.pending = job.told = -1;
    job.state = state;
}

void fail(Job& job, plumb::Error why) {
    job.error = std::move(why);
    finish(job, Job::State::failed);
}

}  // namespace

void start_command(Job& job, const Program& program, plumb::Deadline limit) {
    job.program = program.argv.front();
    job.name = conf::shell_quote(program.argv);
    job.limit = limit;
    const std::uint32_t mark = step_mark(job.name);
    if (take_up(job, mark)) return;
    note_beginning(mark);
    job.child = spawn(program);
    job.end = limit.count() > 0 ? now_ms() + static_cast<std::uint64_t>(limit.count()) : 0;
    note_begun(mark, job);
    if (job.child.pid < 0 || job.child.stage != nullptr) fail(job, not_started(job.child, job.program));
}

bool start_step(Job& job, plumb::System& system) {
    const std::uint32_t mark =
        step_mark(plumb::concat({plumb::step_name(job.step->action), " ", plumb::object_text(job.step->action)}));
    if (take_up(job, mark)) return true;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    Work its{*job.step, system, ends[1]};
    job.told = ends[0];
    note_beginning(mark);
    job.child.pid = fork_worker(work, &its);
    note_begun(mark, job);
    close(ends[1]);
    if (job.child.pid < 0) finish(job, Job::State::failed);
    return job.child.pid >= 0;
}

void cut_off(Job& job, plumb::Error why) {
    if (job.state != Job::State::cut) job.end = now_ms() + kill_grace_ms;
    job.error = std::move(why);
    job.state = Job::State::cut;
    end_leftovers(job);
    kill(job.child.pid, SIGKILL);
}

void cut_off_by(Job& job, int signal) {
    cut_off(job, {"run", job.name, EINTR, plumb::concat({"ended because of ", conf::signal_name(signal)}), ""});
}

void look_at_time(Job& job) {
    if (job.is_over() || job.end == 0 || now_ms() < job.end) return;
    if (job.state == Job::State::cut) return finish(job, Job::State::failed);
    cut_off(job, {"run", job.name, ETIMEDOUT, plumb::concat({"did not end within ", conf::duration_text(job.limit)}),
                  "mend it, or give it more time (timeout = in its [[setup]])"});
}

void conclude(Job& job, const Ended& ended, bool keep_daemons) {
    const bool cut = job.state == Job::State::cut;
    const bool well = ended.code == 0 && !cut;
    note_ended(ended);
    // A daemon of the plan (ipmgmtd, dlmgmtd) is ready when its parent has ended well, and is to stay.
    if (!(well && keep_daemons)) end_leftovers(job);
    Child late;
    if (job.child.pending >= 0) late = late_failure(std::exchange(job.child.pending, -1));
    if (late.stage != nullptr) return fail(job, not_started(late, job.program));
    if (cut) return finish(job, Job::State::failed);
    if (job.told >= 0)
        job.error = error_of_step(job, ended);
    else if (!well)
        job.error = verdict(ended, job.name);
    finish(job, job.error.what.empty() ? Job::State::well : Job::State::failed);
}

void lose(Job& job) {
    if (!job.is_over()) fail(job, {"wait for", job.name, ECHILD, "", "somebody else reaped it"});
}

}  // namespace init
