// What a container's runtime gives to mvinit, as its image tells it.
#include <algorithm>

#include "conf/accounts.hpp"
#include "packaging/image/subject.hpp"

namespace image {
namespace {

// init/program.cpp: what of its own environment mvinit keeps for itself.
bool is_passed_on(const std::string& name) {
    return !name.starts_with("MVINIT_") && !name.starts_with("WATCHDOG_") && name != "NOTIFY_SOCKET";
}

void take_user(Subject& subject, Findings& findings) {
    const std::string& text = subject.opened.started.user;
    if (text.empty()) return;
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string name = text.substr(0, colon);
    const std::string group = text.substr(std::min(colon + 1, text.size()));
    const Roots& tree = subject.tree();
    std::string error;
    const auto found = conf::find_identity(tree.read("/etc/passwd").value_or(""), tree.read("/etc/group").value_or(""),
                                           name.empty() ? "0" : name, group, error);
    if (!found)
        return findings.add({conf::Severity::error,
                             "user-missing",
                             "the image is to be run by " + text + ": " + error,
                             "/etc/passwd",
                             {},
                             "add it to that file of the image, or give a number as its User"});
    subject.self = {found->uid, found->gid, found->groups, found->uid == 0, name.empty() ? "root" : name};
    // Runtimes run a number that /etc/passwd does not have with the group 0.
    if (!group.empty() || !found->name.empty()) return;
    subject.self.gid = 0;
    subject.self.groups = {0};
}

}  // namespace

void take_over(Subject& subject, Findings& findings) {
    if (subject.opened.kind != ImageKind::oci || subject.is_machine()) return;
    conf::Config& config = subject.settings.config;
    for (const auto& [name, value] : subject.opened.started.env) {
        if (!is_passed_on(name)) continue;
        if (!config.app.clear_env) config.app.env.try_emplace(name, value);
        for (conf::Setup& each : config.setup) each.env.try_emplace(name, value);
        for (conf::Hook& each : config.hooks) each.env.try_emplace(name, value);
    }
    if (!subject.opened.started.directory.empty()) subject.cwd = subject.opened.started.directory;
    take_user(subject, findings);
}

}  // namespace image
