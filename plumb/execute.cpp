#include "plumb/execute.hpp"

#include "plumb/dhcp_lease.hpp"
#include "plumb/order.hpp"

namespace plumb {

namespace {

// A link step has waited for its device; what follows looks once. 0 would mean "without end" to the System.
constexpr Deadline look_once{1};

Result<void> bring_up(const LinkUp& a, const std::string& nic, System& system) {
    if (a.mtu != 0)
        if (auto set = system.set_mtu(nic, a.mtu); !set) return set;
    if (auto up = system.link_up(nic); !up || a.carrier.count() <= 0) return up;
    return system.wait_carrier(nic, a.carrier);
}

Result<void> run_on_nic(const Action& action, const NicMatch& match, System& system, Deadline deadline) {
    const auto* up = std::get_if<LinkUp>(&action);
    const auto nic = system.find_nic(match, up != nullptr && deadline.count() > 0 ? deadline : look_once);
    if (!nic) return nic.error();
    if (up != nullptr) return bring_up(*up, *nic, system);
    if (const auto* address = std::get_if<Address>(&action)) return system.add_address(*nic, address->address);
    return system.add_route(*nic, *std::get_if<Route>(&action));
}

Result<void> run(const Action& action, System& system, Deadline deadline) {
    if (const auto* match = nic_of(action)) return run_on_nic(action, *match, system, deadline);
    if (const auto* a = std::get_if<MakeDir>(&action)) return system.make_dir(*a);
    if (const auto* a = std::get_if<Symlink>(&action)) return system.make_symlink(*a);
    if (const auto* a = std::get_if<Mount>(&action)) return system.mount(*a);
    if (const auto* a = std::get_if<Hostname>(&action)) return system.set_hostname(*a);
    if (const auto* a = std::get_if<LoadModule>(&action)) return system.load_module(*a);
    if (const auto* a = std::get_if<WriteFile>(&action)) return system.write_file(*a);
    if (const auto* a = std::get_if<Command>(&action)) return system.run(*a, deadline);
    if (const auto* a = std::get_if<DhcpLease>(&action)) return take_lease(*a, system, deadline);
    return system.ctrl_alt_del_signals();
}

// A System that says only errno still gets a message that names the step and its object.
Error complete(Error error, const Step& step) {
    if (error.what.empty()) error.what = step_name(step.action);
    if (error.object.empty()) error.object = object_text(step.action);
    return error;
}

class Execution {
public:
    Execution(const Plan& plan, Phase phase, System& system, Observer& observer, Workers* workers)
        : plan_(plan), system_(system), observer_(observer), workers_(workers), stages_(plan.steps.size(), other) {
        for (std::size_t index = 0; index < stages_.size(); ++index)
            if (plan.steps[index].phase == phase) stages_[index] = waiting;
    }

    void run() {
        // Most plans have no two such steps, and need not know what waits for what.
        if (workers_ != nullptr && count_slow() > 1) {
            const Order order(plan_);
            run_beside(order);
        } else {
            for (std::size_t index = 0; index < stages_.size(); ++index) {
                if (stages_[index] != waiting) continue;
                if (observer_.stop_wanted() || !run_here(index)) break;
            }
        }
    }

    Outcome outcome{};

private:
    // Of a step of the phase; each a char of stages_.
    static constexpr char other = 0, waiting = 1, running = 2, over = 3;

    bool is_unfinished(std::size_t index) const { return stages_[index] == waiting || stages_[index] == running; }
    bool is_slow(std::size_t index) const { return is_unfinished(index) && takes_time(plan_.steps[index]); }

    std::size_t count_slow() const {
        std::size_t found = 0;
        for (std::size_t index = 0; index < stages_.size(); ++index) found += is_slow(index) ? 1U : 0U;
        return found;
    }

    bool run_here(std::size_t index) {
        observer_.started(plan_.steps[index]);
        return do_here(index);
    }

    bool do_here(std::size_t index) {
        Error error;
        const auto result = execute_step(plan_.steps[index], system_);
        if (!result) error = result.error();
        return settle(index, result ? nullptr : &error);
    }

    // False: it was required and has failed. What that says is to be the last of booting: no worker's word follows.
    bool settle(std::size_t index, const Error* error) {
        const Step& step = plan_.steps[index];
        stages_[index] = over;
        const bool fatal = error != nullptr && step.required;
        if (fatal && running_ != 0) {
            workers_->end_all();
            running_ = 0;
        }
        observer_.finished(step, error);
        if (error == nullptr)
            ++outcome.done;
        else if (!step.required)
            ++outcome.skipped;
        if (!fatal) return true;
        outcome.failed = index;
        outcome.error = *error;
        return false;
    }

    void run_beside(const Order& order) {
        while (!observer_.stop_wanted()) {
            const std::size_t next = first_ready(order);
            if (next == stages_.size()) {
                if (running_ == 0 || !wait()) break;
            } else if (!wants_worker(next, order)) {
                if (!run_here(next)) break;
            } else if (!begin(next)) {
                break;
            }
        }
        if (running_ != 0) workers_->end_all();
    }

    std::size_t first_ready(const Order& order) const {
        for (std::size_t index = 0; index < stages_.size(); ++index) {
            bool ready = stages_[index] == waiting;
            for (std::size_t earlier = 0; ready && earlier < index; ++earlier)
                ready = !(is_unfinished(earlier) && order.follows(index, earlier));
            if (ready) return index;
        }
        return stages_.size();
    }

    // A process costs: it has to take time, and another such step must be able to go on meanwhile.
    bool wants_worker(std::size_t index, const Order& order) {
        if (!is_slow(index)) return false;
        bool found = false;
        for (std::size_t each = 0; each < stages_.size() && !found; ++each)
            found = is_slow(each) && order.overlap(index, each);
        const auto* up = std::get_if<LinkUp>(&plan_.steps[index].action);
        // Whose device is there is up at once.
        return found && (up == nullptr || up->carrier.count() > 0 || !system_.find_nic(up->nic, look_once));
    }

    bool begin(std::size_t index) {
        observer_.started(plan_.steps[index]);
        if (!workers_->begin(plan_.steps[index], system_)) return do_here(index);
        stages_[index] = running;
        ++running_;
        return true;
    }

    // False: that is all.
    bool wait() {
        Error error;
        const Step* const ended = workers_->wait(error);
        if (ended == nullptr) return false;
        --running_;
        return settle(static_cast<std::size_t>(ended - plan_.steps.data()), error.what.empty() ? nullptr : &error);
    }

    const Plan& plan_;
    System& system_;
    Observer& observer_;
    Workers* const workers_;
    std::string stages_;
    int running_ = 0;
};

}  // namespace

Result<void> execute_step(const Step& step, System& system) {
    auto result = run(step.action, system, step.deadline);
    if (!result) return complete(result.error(), step);
    return result;
}

Outcome execute(const Plan& plan, Phase phase, System& system, Observer& observer, Workers* workers) {
    Execution execution(plan, phase, system, observer, workers);
    execution.run();
    return std::move(execution.outcome);
}

}  // namespace plumb
