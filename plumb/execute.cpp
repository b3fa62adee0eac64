#include "plumb/execute.hpp"

#include "plumb/dhcp_lease.hpp"

namespace plumb {

namespace {

// A link step has waited for its device; what follows looks once. 0 would mean "without end" to the System.
constexpr Deadline look_once{1};

struct Run {
    System& system;
    Deadline deadline;

    Result<void> operator()(const MakeDir& a) const { return system.make_dir(a); }
    Result<void> operator()(const Symlink& a) const { return system.make_symlink(a); }
    Result<void> operator()(const Mount& a) const { return system.mount(a); }
    Result<void> operator()(const Hostname& a) const { return system.set_hostname(a); }
    Result<void> operator()(const LoadModule& a) const { return system.load_module(a); }
    Result<void> operator()(const WriteFile& a) const { return system.write_file(a); }
    Result<void> operator()(const CtrlAltDel&) const { return system.ctrl_alt_del_signals(); }
    Result<void> operator()(const Command& a) const { return system.run(a, deadline); }
    Result<void> operator()(const DhcpLease& a) const { return take_lease(a, system, deadline); }

    Result<void> operator()(const LinkUp& a) const {
        const auto nic = system.find_nic(a.nic, deadline.count() > 0 ? deadline : look_once);
        if (!nic) return nic.error();
        if (a.mtu != 0)
            if (auto set = system.set_mtu(*nic, a.mtu); !set) return set;
        if (auto up = system.link_up(*nic); !up) return up;
        return a.carrier.count() > 0 ? system.wait_carrier(*nic, a.carrier) : Result<void>{};
    }

    Result<void> operator()(const Address& a) const {
        const auto nic = system.find_nic(a.nic, look_once);
        return nic ? system.add_address(*nic, a.address) : Result<void>{nic.error()};
    }

    Result<void> operator()(const Route& a) const {
        const auto nic = system.find_nic(a.nic, look_once);
        return nic ? system.add_route(*nic, a) : Result<void>{nic.error()};
    }
};

// A System that says only errno still gets a message that names the step and its object.
Error complete(Error error, const Step& step) {
    if (error.what.empty()) error.what = step_name(step.action);
    if (error.object.empty()) error.object = object_text(step.action);
    return error;
}

}  // namespace

Result<void> execute_step(const Step& step, System& system) {
    auto result = std::visit(Run{system, step.deadline}, step.action);
    if (!result) return complete(result.error(), step);
    return result;
}

Outcome execute(const Plan& plan, Phase phase, System& system, Observer& observer) {
    Outcome outcome;
    for (std::size_t index = 0; index < plan.steps.size(); ++index) {
        const Step& step = plan.steps[index];
        if (step.phase != phase) continue;
        if (observer.stop_wanted()) return outcome;
        observer.started(step);
        const auto result = execute_step(step, system);
        if (result) {
            observer.finished(step, nullptr);
            ++outcome.done;
            continue;
        }
        outcome.error = result.error();
        observer.finished(step, &outcome.error);
        if (step.required) {
            outcome.failed = index;
            return outcome;
        }
        outcome.error = {};
        ++outcome.skipped;
    }
    return outcome;
}

}  // namespace plumb
