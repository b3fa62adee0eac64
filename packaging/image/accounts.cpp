// The users and groups that mvinit.toml names.
#include "conf/accounts.hpp"

#include <set>

#include "packaging/image/plan.hpp"

namespace image {
namespace {

constexpr std::string_view root_user = "root:x:0:0:root:/root:/bin/sh";
constexpr std::string_view root_group = "root:x:0:";

// The lines whose first field, or third, is one of the wanted.
std::string lines_of(const std::string& text, const std::set<std::string>& wanted, std::string_view root) {
    std::string out;
    std::string first(root);
    for (const std::string& line : split(text, '\n')) {
        const std::string name = line.substr(0, line.find(':'));
        const std::size_t second = line.find(':', name.size() + 1);
        const std::string rest = second == std::string::npos ? "" : line.substr(second + 1);
        if (name == "root") first = line;
        if (name != "root" && (wanted.contains(name) || wanted.contains(rest.substr(0, rest.find(':')))))
            out += line + "\n";
    }
    return first + "\n" + out;
}

void check(const Settings& settings, const std::string& passwd, const std::string& group, Closure& closure) {
    const conf::App& app = settings.config.app;
    std::string error;
    const auto complain = [&](std::string_view table, std::string_view key) {
        closure.problem({"", settings.where(table, key)}, error,
                        "give the image an /etc/passwd and /etc/group that have it, in a directory of image.overlays");
    };
    if (!app.user.empty() && !conf::find_identity(passwd, group, app.user, "", error)) return complain("app", "user");
    if (!app.group.empty() && !conf::find_identity(passwd, group, app.user.empty() ? "0" : app.user, app.group, error))
        return complain("app", "group");
    const std::string& control = settings.config.control.group;
    if (!control.empty() && !conf::find_identity(passwd, group, "0", control, error)) complain("control", "group");
}

}  // namespace

void add_accounts(const Settings& settings, const Roots& roots, Closure& closure, Contents& contents) {
    const std::string passwd = roots.read("/etc/passwd").value_or("");
    const std::string group = roots.read("/etc/group").value_or("");
    check(settings, passwd.empty() ? std::string(root_user) : passwd, group.empty() ? std::string(root_group) : group,
          closure);
    const conf::App& app = settings.config.app;
    std::string error;
    std::set<std::string> groups{app.group, settings.config.control.group};
    if (const auto identity = conf::find_identity(passwd, group, app.user, app.group, error)) {
        groups.insert(std::to_string(identity->gid));
        for (const std::uint32_t each : identity->groups) groups.insert(std::to_string(each));
    }
    groups.erase("");
    std::set<std::string> users;
    if (!app.user.empty()) users.insert(app.user);
    const Reason reason{
        "", app.user.empty() ? "made by mvimage: programs look for root's entry" : settings.where("app", "user")};
    contents.add_file(roots, "/etc/passwd", lines_of(passwd, users, root_user), 0644, reason);
    contents.add_file(roots, "/etc/group", lines_of(group, groups, root_group), 0644, reason);
}

}  // namespace image
