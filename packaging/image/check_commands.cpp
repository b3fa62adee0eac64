#include "packaging/image/checks.hpp"
#include "packaging/image/runnable.hpp"

namespace image {
namespace {

constexpr conf::Severity error = conf::Severity::error;
constexpr conf::Severity warning = conf::Severity::warning;

class Commands {
public:
    Commands(const Subject& subject, Findings& findings)
        : subject_(subject), config_(subject.config()), runnable_(subject, findings) {}

    std::set<std::string> run() {
        // Whoever is not in the image is told of elsewhere; the rest is looked at as if it were root.
        const User user = user_of(config_.app, subject_.tree(), subject_.self).value_or(User{});
        Search search = search_of(config_.app);
        if (config_.app.cwd.empty()) search.cwd = subject_.cwd;
        const auto as_app = [&](const conf::Argv& words, const char* table) {
            runnable_.check(words, {user, search, search.library_path, subject_.settings.place(table, "command", -1, 0),
                                    error, config_.app.no_new_privs});
        };
        as_app(config_.app.command, "app");
        std::set<std::string> imports = runnable_.imports();
        as_app(config_.ready.probe.command, "ready");
        as_app(config_.health.probe.command, "health");
        helpers();
        rescue();
        return imports;
    }

private:
    void helper(const conf::Argv& words, const conf::Environment& env, bool optional, const char* table,
                std::size_t index) {
        Search search = search_of(env);
        search.cwd = subject_.cwd;
        runnable_.check(
            words, {subject_.self, search, search.library_path,
                    subject_.settings.place(table, "command", static_cast<int>(index), 0), optional ? warning : error});
    }

    void helpers() {
        for (std::size_t index = 0; index < config_.setup.size(); ++index)
            helper(config_.setup[index].command, config_.setup[index].env, config_.setup[index].optional, "setup",
                   index);
        for (std::size_t index = 0; index < config_.hooks.size(); ++index)
            helper(config_.hooks[index].command, config_.hooks[index].env, config_.hooks[index].optional, "hook",
                   index);
    }

    // The default is nobody's wish: without a shell an image has no rescue.
    void rescue() {
        const char* key = subject_.settings.has("rescue", "command") ? "command"
                          : config_.rescue.on_boot_failure           ? "on_boot_failure"
                          : config_.rescue.on_app_failure            ? "on_app_failure"
                                                                     : nullptr;
        if (key == nullptr || !subject_.is_machine()) return;
        runnable_.check(
            config_.rescue.command,
            {User{}, search_of(conf::Environment{}), {}, subject_.settings.place("rescue", key, -1, 0), error});
    }

    const Subject& subject_;
    const conf::Config& config_;
    Runnable runnable_;
};

}  // namespace

void check_commands(const Subject& subject, Findings& findings, std::set<std::string>& imports) {
    imports = Commands(subject, findings).run();
}

}  // namespace image
