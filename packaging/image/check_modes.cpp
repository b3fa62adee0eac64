// Modes that are a surprise where one application runs.
#include "packaging/image/checks.hpp"

namespace image {
namespace {

class Modes {
public:
    Modes(const Subject& subject, Findings& findings)
        : subject_(subject),
          findings_(findings),
          user_(user_of(subject.config().app, subject.tree(), subject.self).value_or(User{})) {}

    void run() { directory("/"); }

private:
    void directory(const std::string& path) {
        for (const std::string& name : subject_.tree().names(path)) {
            const std::string here = join(path, name);
            const std::optional<Found> found = subject_.tree().at(here);
            if (!found || subject_.sight(here) != Sight::image) continue;
            look(*found);
            if (S_ISDIR(found->status.st_mode)) directory(here);
        }
    }

    void look(const Found& found) {
        const mode_t mode = found.status.st_mode;
        const bool file = S_ISREG(mode);
        if (!file && !S_ISDIR(mode)) return;
        if (file && (mode & (S_ISUID | S_ISGID)) != 0) look_at_rise(found);
        if ((mode & S_IWOTH) == 0 || (!file && (mode & S_ISVTX) != 0)) return;
        findings_.add({conf::Severity::warning,
                       "world-writable",
                       found.path + (file ? " can be written by everybody"
                                          : " can be written by everybody, and has no sticky bit"),
                       found.path,
                       {},
                       file ? "chmod o-w it" : "chmod o-w or +t it"});
    }

    // What the application's user may execute, and gets something from.
    void look_at_rise(const Found& found) {
        if (findings_.has("setuid-command", found.path)) return;
        if (user_.uid == 0 || subject_.config().app.no_new_privs) return;
        if (!may(user_, found.status, Want::execute) || barred(user_, subject_.tree(), found.path)) return;
        const Rise rise = rise_of(user_, found.status, subject_.settings.platform);
        if (!rise.user && !rise.group) return;
        const std::string what = rise.user ? "becomes uid " + std::to_string(found.status.st_uid)
                                           : "gets gid " + std::to_string(found.status.st_gid);
        findings_.add({conf::Severity::warning,
                       "setuid-file",
                       conf::cat({found.path, " is setuid or setgid: user ", user_.name, ", who runs the application, ",
                                  what, " by it"}),
                       found.path,
                       {},
                       "leave it out, or set no_new_privs = true in [app]"});
    }

    const Subject& subject_;
    Findings& findings_;
    User user_;
};

}  // namespace

void check_modes(const Subject& subject, Findings& findings) {
    Modes(subject, findings).run();
}

}  // namespace image
