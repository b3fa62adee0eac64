#include "plumb/plan.hpp"

namespace plumb {

Plan make_plan(const conf::Config& config, const Facts& facts) {
    return facts.platform == conf::Platform::illumos ? plan_illumos(config, facts) : plan_linux(config, facts);
}

const NicMatch* nic_of(const Action& action) {
    if (const auto* up = std::get_if<LinkUp>(&action)) return &up->nic;
    if (const auto* address = std::get_if<Address>(&action)) return &address->nic;
    if (const auto* route = std::get_if<Route>(&action)) return &route->nic;
    return nullptr;
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
