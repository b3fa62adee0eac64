// A plan as text for people and as JSON for programs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plumb/plan.hpp"

namespace plumb {

// What init adds beside the steps: lines of the signal table and the end actions, already worded.
struct Appendix {
    conf::Argv application;
    std::vector<std::pair<std::string, std::string>> settings;  // of the application: "user", "www"
    std::vector<std::pair<std::string, std::string>> signals;   // "SIGTERM", "stop the application, then reboot"
    std::vector<std::pair<std::string, std::string>> ends;      // "success", "power off (by reboot: ...)"
};

std::string plan_text(const Plan& plan, const Facts& facts, const Appendix& appendix);
std::string plan_json(const Plan& plan, const Facts& facts, const Appendix& appendix);

}  // namespace plumb
