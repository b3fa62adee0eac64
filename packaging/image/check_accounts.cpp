#include "conf/accounts.hpp"
#include "packaging/image/checks.hpp"

namespace image {

void check_accounts(const Subject& subject, Findings& findings) {
    const conf::App& app = subject.config().app;
    const std::string passwd = subject.tree().read("/etc/passwd").value_or("");
    const std::string group = subject.tree().read("/etc/group").value_or("");
    const auto check = [&](const std::string& user, const std::string& name, const char* id, const char* table,
                           const char* key, conf::Severity severity) {
        std::string error;
        if (conf::find_identity(passwd, group, user, name, error)) return;
        const bool of_group = std::string_view(key) == "group";
        findings.add({severity, id, error, of_group ? "/etc/group" : "/etc/passwd", subject.settings.place(table, key),
                      "add it to that file of the image, or name another one, or its number"});
    };
    const std::string root = "0";
    if (!app.user.empty()) check(app.user, "", "user-missing", "app", "user", conf::Severity::error);
    if (!app.group.empty()) check(root, app.group, "group-missing", "app", "group", conf::Severity::error);
    const conf::Control& control = subject.config().control;
    // mvinit goes on, and root alone may use the socket.
    if (control.enabled && !control.group.empty())
        check(root, control.group, "group-missing", "control", "group", conf::Severity::warning);
}

}  // namespace image
