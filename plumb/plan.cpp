#include "plumb/plan.hpp"

namespace plumb {

namespace {

// Two that run one inittab would start everything twice; a container has no run level.
void check_inittab(const conf::Config& config, const Facts& facts, Plan& plan) {
    if (!config.inittab.honour) return;
    if (facts.start == Start::shim)
        plan.problems.emplace_back(
            "[inittab] honour: init itself runs /etc/inittab here, mvinit being its smf entry: take honour out of the "
            "configuration, or make mvinit the zone's init (bootargs=\"-i /sbin/mvinit\")");
    else if (facts.role != conf::Role::machine || !facts.pid1)
        plan.problems.emplace_back(
            "[inittab] honour: only the init of a machine or zone runs /etc/inittab: take honour out of the "
            "configuration");
}

}  // namespace

Plan make_plan(const conf::Config& config, const Facts& facts) {
    Plan plan = facts.platform == conf::Platform::illumos ? plan_illumos(config, facts) : plan_linux(config, facts);
    check_inittab(config, facts, plan);
    return plan;
}

std::string_view phase_name(Phase phase) {
    switch (phase) {
        case Phase::early:
            return "early";
        case Phase::boot:
            return "boot";
        case Phase::late:
            return "late";
    }
    return "";
}

conf::EndAction resolve_end(conf::EndAction wanted, const Facts& facts) {
    using conf::EndAction;
    if (wanted == EndAction::automatic)
        wanted = facts.role == conf::Role::machine ? EndAction::poweroff : EndAction::exit;
    if (wanted == EndAction::rescue) return wanted;
    // illumos executes a zone's init again when it exits; Linux's kernel panics.
    const bool cannot_exit = facts.pid1 && (facts.owns_kernel || facts.platform == conf::Platform::illumos);
    if (cannot_exit && wanted == EndAction::exit) return EndAction::poweroff;
    // The shim ends its zone, and for it to exit is to stay.
    if (!facts.pid1 && facts.start != Start::shim) return EndAction::exit;
    return wanted;
}

bool power_off_by_reboot(const conf::Config& config, const Facts& facts) {
    switch (config.end.poweroff_by) {
        case conf::PowerOffBy::reboot:
            return true;
        case conf::PowerOffBy::poweroff:
            return false;
        case conf::PowerOffBy::automatic:
            break;
    }
    return !facts.can_power_off;
}

}  // namespace plumb
