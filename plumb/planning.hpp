// What the planners share. Internal to plumb.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "plumb/concat.hpp"
#include "plumb/plan.hpp"

namespace plumb {

// Steps are added in the order in which they will run.
struct Planner {
    const conf::Config& config;
    const Facts& facts;
    Plan plan{};

    Step& require(Action&& action, std::string_view reason) { return add(std::move(action), reason, true); }
    // reason says what will not work without the step.
    Step& prefer(Action&& action, std::string_view reason) { return add(std::move(action), reason, false); }
    Step& add(Action&& action, std::string_view reason, bool required);
    void note(std::initializer_list<std::string_view> parts);
    void problem(std::initializer_list<std::string_view> parts);
};

// A mount point of mvinit's own choice: nothing to do where it is mounted, or where a [[mount]] is for it.
bool leave_alone(const Planner& planner, std::string_view target);

void plan_notes(Planner& planner);      // role, how the machine ends
void plan_mounts(Planner& planner);     // [[mount]]
void plan_setup(Planner& planner);      // [[setup]]
void plan_container(Planner& planner);  // the two above; what else is configured is left to the runtime

Plan plan_illumos_early(const Facts& facts);

// /etc/resolv.conf. After the mounts, so that it is written where the application looks. False: [dns] says nothing.
bool plan_dns(Planner& planner);

// "[[interface]] eth0": what a reason of an interface's step begins with.
std::string interface_text(const NicMatch& nic);

bool is_ipv6(std::string_view address);
bool has_address(const conf::Interface& interface, bool ipv6);

// A gateway without an address of its family cannot be reached: a problem of the plan.
void check_gateways(Planner& planner, const conf::Interface& interface, const NicMatch& nic);

}  // namespace plumb
