// Modes that are a surprise where one application runs.
#include <cstdio>
#include <utility>

#include "packaging/image/checks.hpp"
#include "packaging/image/escaped.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/progress.hpp"

namespace image {
namespace {

class Modes {
public:
    Modes(const Subject& subject, Findings& findings)
        : subject_(subject),
          findings_(findings),
          user_(user_of(subject.config().app, subject.tree(), subject.self).value_or(User{})) {}

    void run() {
        directory("/");
        if (unread_ > 0)
            std::fprintf(stderr, "mvimage: warning: modes below %zu directories are not looked at: %s\n", unread_,
                         escaped(first_unread_).c_str());
    }

private:
    void directory(const std::string& path) {
        for (const Found& found : entries(path)) {
            progress_.add(0);
            if (subject_.sight(found.path) != Sight::image) continue;
            look(found);
            if (S_ISDIR(found.status.st_mode)) directory(found.path);
        }
    }

    // Whoever has it checked may not be its owner: what he may not look into is told once, as he knows it.
    std::vector<Found> entries(const std::string& path) {
        std::vector<Found> all;
        try {
            for (const std::string& name : subject_.tree().names(path))
                if (std::optional<Found> found = subject_.tree().at(join(path, name))) all.push_back(std::move(*found));
        } catch (const Failure& failure) {
            if (unread_++ == 0) first_unread_ = failure.what();
        }
        return all;
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
    Progress progress_{"looking at all files", 0};
    std::size_t unread_ = 0;
    std::string first_unread_;
};

}  // namespace

void check_modes(const Subject& subject, Findings& findings) {
    Modes(subject, findings).run();
}

}  // namespace image
