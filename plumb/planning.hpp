// What the planners share. Internal to plumb.
#pragma once

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
    // deadline: of the whole run.
    Step& run(Command&& command, std::string_view reason, bool required, std::chrono::milliseconds deadline);
    // Each % of text is replaced by the next of words.
    void note(const char* text, Words words = {});
    void problem(const char* text, Words words = {});
};

// A mount point of mvinit's own choice: nothing to do where it is mounted, or where a [[mount]] is for it.
bool leave_alone(const Planner& planner, std::string_view target);

// A file system of mvinit's own choice.
struct BaseMount {
    const char* source;
    const char* type;
    const char* target;
    const char* options;
    bool mkdir;  // made where it is not there; else mounted only where the image has the directory
    const char* reason;
};
void plan_base_mount(Planner& planner, const BaseMount& base, bool required = false);

void plan_notes(Planner& planner);      // role, how the machine ends
void plan_hostname(Planner& planner);   // [system] hostname
void plan_mounts(Planner& planner);     // [[mount]]
void plan_setup(Planner& planner);      // [[setup]]
void plan_container(Planner& planner);  // the two above; what else is configured is left to the runtime

Plan plan_illumos_early(const Facts& facts);

// /etc/resolv.conf. After the mounts, so that it is written where the application looks. False: [dns] says nothing.
bool plan_dns(Planner& planner);

NicMatch nic_of(const conf::Interface& interface);

// "[[interface]] eth0": what a reason of an interface's step begins with.
std::string interface_text(const conf::Interface& interface);

bool is_ipv6(std::string_view address);
bool has_address(const conf::Interface& interface, bool ipv6);

// A gateway without an address of its family cannot be reached: a problem of the plan.
void check_gateways(Planner& planner, const conf::Interface& interface);

}  // namespace plumb
