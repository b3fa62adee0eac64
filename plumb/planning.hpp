// What the planners share. Internal to plumb.
#pragma once

#include <string>

#include "plumb/plan.hpp"

namespace plumb {

// Steps are added in the order in which they will run.
struct Planner {
    const conf::Config& config;
    const Facts& facts;
    Plan plan{};

    Step& require(Action action, std::string reason) { return add(std::move(action), std::move(reason), true); }
    // reason says what will not work without the step.
    Step& prefer(Action action, std::string reason) { return add(std::move(action), std::move(reason), false); }
    Step& add(Action action, std::string reason, bool required);
    void note(std::string text) { plan.notes.push_back(std::move(text)); }
    void problem(std::string text) { plan.problems.push_back(std::move(text)); }
};

// A mount point of mvinit's own choice: nothing to do where it is mounted, or where a [[mount]] is for it.
bool leave_alone(const Planner& planner, std::string_view target);

void plan_notes(Planner& planner);      // role, how the machine ends
void plan_mounts(Planner& planner);     // [[mount]]
void plan_setup(Planner& planner);      // [[setup]]
void plan_container(Planner& planner);  // the two above; what else is configured is left to the runtime

std::string resolv_conf_text(const conf::Dns& dns);

// "[[interface]] eth0": what a reason of an interface's step begins with.
std::string interface_text(const NicMatch& nic);

bool is_ipv6(std::string_view address);
bool has_address(const conf::Interface& interface, bool ipv6);

// A gateway without an address of its family cannot be reached: a problem of the plan.
void check_gateways(Planner& planner, const conf::Interface& interface, const NicMatch& nic);

}  // namespace plumb
