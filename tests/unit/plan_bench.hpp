// Machines to plan for, and questions about a plan.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "plumb/plan.hpp"

namespace tests {

// What has happened by the time the whole plan is made: the early phase has run.
inline plumb::Facts linux_machine() {
    plumb::Facts f;
    f.architecture = "x86_64";
    f.root_type = "rootfs";
    f.mounted = {"/", "/proc", "/sys", "/dev"};
    f.directories = {"/tmp", "/sys/fs/cgroup"};
    return f;
}

inline plumb::Facts illumos_machine() {
    plumb::Facts f;
    f.platform = conf::Platform::illumos;
    f.root_type = "ufs";
    f.root_source = "/devices/ramdisk:a";
    f.root_writable = false;
    f.mounted = {"/etc/svc/volatile"};
    f.nics = {{"e1000g0", "e1000g", "52:54:00:12:34:56"}};
    return f;
}

inline std::vector<std::string> commands(const plumb::Plan& plan, conf::Platform platform = conf::Platform::linux_os) {
    std::vector<std::string> lines;
    for (const auto& step : plan.steps) lines.push_back(command_text(step.action, platform));
    return lines;
}

inline std::size_t index_of(const plumb::Plan& plan, std::string_view part,
                            conf::Platform platform = conf::Platform::linux_os) {
    const auto lines = commands(plan, platform);
    for (std::size_t n = 0; n < lines.size(); ++n)
        if (lines[n].find(part) != std::string::npos) return n;
    return lines.size();
}

inline bool has(const plumb::Plan& plan, std::string_view part, conf::Platform platform = conf::Platform::linux_os) {
    return index_of(plan, part, platform) < plan.steps.size();
}

inline bool says(const std::vector<std::string>& list, std::string_view part) {
    return std::any_of(list.begin(), list.end(), [&](const auto& t) { return t.find(part) != std::string::npos; });
}

inline conf::Interface static_interface() {
    conf::Interface i;
    i.driver = "e1000";
    i.addresses = {"10.0.2.15/24"};
    i.gateways = {"10.0.2.2"};
    return i;
}

inline plumb::Facts exclusive_zone() {
    plumb::Facts f = illumos_machine();
    f.start = plumb::Start::zone_init;
    f.owns_kernel = false;
    f.root_writable = true;
    f.zone = "web";
    f.brand = "sparse";
    return f;
}

inline conf::Config one_interface(conf::Interface interface) {
    conf::Config config;
    config.interfaces = {std::move(interface)};
    return config;
}

}  // namespace tests
