#include "conf/env_lines.hpp"
#include "packaging/image/checks.hpp"
#include "packaging/image/env_files.hpp"

namespace image {
namespace {

constexpr conf::Severity error = conf::Severity::error;
constexpr conf::Severity warning = conf::Severity::warning;

class Places {
public:
    Places(const Subject& subject, Findings& findings)
        : subject_(subject), config_(subject.config()), findings_(findings) {}

    void run() {
        cwd();
        for (std::size_t index = 0; index < config_.app.env_files.size(); ++index)
            env_file(config_.app.env_files[index], at("app", "env_files", -1, static_cast<int>(index)));
        log_directory(config_.app.stdout_to, at("app", "stdout"));
        log_directory(config_.app.stderr_to, at("app", "stderr"));
        for (std::size_t index = 0; index < config_.sinks.size(); ++index)
            if (config_.sinks[index].to == conf::SinkKind::file)
                sink_directory(config_.sinks[index].path, at("sink", "path", static_cast<int>(index)));
        preloaded();
    }

private:
    Place at(const char* table, const char* key, int index = -1, int item = -1) const {
        return subject_.settings.place(table, key, index, item);
    }

    // What a mount or a command may bring yet is not missed.
    bool may_come(const std::string& path) const {
        const Sight sight = subject_.sight(path);
        return sight == Sight::untold || (sight == Sight::hidden && subject_.prepares());
    }

    // None: it is not there when it is wanted.
    std::optional<Found> visible(const std::string& path) const {
        const Walk way = subject_.tree().walk(path);
        return subject_.sight(way.path) == Sight::image ? way.end : std::nullopt;
    }

    void cwd() {
        const std::string& path = config_.app.cwd;
        if (path.empty() || may_come(subject_.tree().walk(path).path)) return;
        const std::optional<Found> found = visible(path);
        const bool mounted = is_mount_point(path);
        if (!mounted && (!found || !S_ISDIR(found->status.st_mode))) {
            findings_.add({subject_.prepares() ? warning : error, "cwd-missing",
                           path + (found ? " is no directory" : " is not in the image"), path, at("app", "cwd"),
                           "make the directory in the image"});
        } else if (const User user = user_of(config_.app, subject_.tree(), subject_.self).value_or(User{}); !mounted) {
            const auto directory = barred(user, subject_.tree(), path);
            if (!directory && may(user, found->status, Want::execute)) return;
            findings_.add({warning, "cwd-denied", "user " + user.name + " may not search " + directory.value_or(path),
                           path, at("app", "cwd"), "correct the directory's mode or owner"});
        }
    }

    bool is_mount_point(const std::string& path) const {
        const std::string place = subject_.tree().walk(path).path;
        for (const MountPoint& each : subject_.mounted)
            if (each.path == place) return true;
        return false;
    }

    void file(const std::string& path, const char* id, conf::Severity severity, const Place& place,
              const char* remedy) {
        if (may_come(subject_.tree().walk(path).path)) return;
        const std::optional<Found> found = visible(path);
        if (found && S_ISREG(found->status.st_mode)) return;
        findings_.add({severity, id, path + (found ? " is no file" : " is not in the image"), path, place, remedy});
    }

    void env_file(const std::string& path, const Place& place) {
        file(path, "env-file-missing", error, place, "put it into the image, or take it out");
        const std::optional<Found> found = visible(path);
        if (!found || !S_ISREG(found->status.st_mode)) return;
        conf::Environment ignored;
        if (const unsigned line = conf::add_variables(ignored, bytes_of(*found)); line != 0)
            findings_.add({error, "env-file-damaged", path + ":" + std::to_string(line) + ": a line must be NAME=value",
                           path, place, "mend the line, or begin it with # to leave it out"});
    }

    void log_directory(const std::string& path, const Place& place) {
        const std::string above = path.starts_with('/') ? parent_of(path) : "/";
        if (above == "/" || is_mount_point(above) || may_come(subject_.tree().walk(above).path)) return;
        const std::optional<Found> found = visible(above);
        if (found && S_ISDIR(found->status.st_mode)) return;
        findings_.add({subject_.prepares() ? warning : error, "log-directory-missing",
                       above + (found ? " is no directory" : " is not in the image"), above, place,
                       "make the directory in the image"});
    }

    // mvinit makes that of a sink, and goes on where it cannot.
    void sink_directory(const std::string& path, const Place& place) {
        for (std::string above = parent_of(path); above != "/"; above = parent_of(above)) {
            if (is_mount_point(above) || may_come(subject_.tree().walk(above).path)) return;
            const std::optional<Found> found = visible(above);
            if (found && S_ISDIR(found->status.st_mode)) return;
            if (found)
                findings_.add({warning, "log-directory-missing", above + " is no directory", above, place,
                               "make the directory in the image"});
        }
    }

    // The dynamic linker only says so, and goes on without it.
    void preloaded() {
        const auto given = config_.app.env.find("LD_PRELOAD");
        if (given == config_.app.env.end()) return;
        for (const std::string& part : split(given->second, ':'))
            for (const std::string& word : split(part, ' '))
                if (word.starts_with('/'))
                    file(word, "preload-missing", warning, at("app", subject_.settings.env_key("LD_PRELOAD").data()),
                         "add it to the image, or take it out");
    }

    const Subject& subject_;
    const conf::Config& config_;
    Findings& findings_;
};

}  // namespace

void check_places(const Subject& subject, Findings& findings) {
    Places(subject, findings).run();
}

}  // namespace image
