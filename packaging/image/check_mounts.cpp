// The mounts of the plan, in its order: what one hides the next does not find.
#include <variant>

#include "packaging/image/checks.hpp"

namespace image {
namespace {

bool has_option(const plumb::Mount& mount, std::string_view option) {
    return conf::cat({",", mount.options, ","}).find(conf::cat({",", option, ","})) != std::string::npos;
}

class Mounts {
public:
    Mounts(const Subject& subject, Findings& findings)
        : subject_(subject), tree_(subject.tree()), findings_(findings) {}

    void run() {
        // Those that a container's runtime has made come before.
        done_ = subject_.mounted.size();
        for (const plumb::Step& step : subject_.plan.steps) done_ -= is_new(step) ? 1 : 0;
        for (const plumb::Step& step : subject_.plan.steps) {
            if (!is_new(step)) continue;
            look(std::get<plumb::Mount>(step.action), step);
            ++done_;
        }
    }

private:
    static bool is_new(const plumb::Step& step) {
        const auto* mount = std::get_if<plumb::Mount>(&step.action);
        return mount != nullptr && !has_option(*mount, "remount");
    }

    // Of a [[mount]]; line 0: mvinit's own.
    Place place_of(const plumb::Mount& mount, const char* key) const {
        const auto& mounts = subject_.config().mounts;
        for (std::size_t index = 0; index < mounts.size(); ++index)
            if (mounts[index].target == mount.target)
                return subject_.settings.place("mount", key, static_cast<int>(index));
        return {};
    }

    bool is_mounted(const std::string& path) const {
        for (std::size_t index = 0; index < done_; ++index)
            if (subject_.mounted[index].path == path) return true;
        return false;
    }

    // Whether it is there when this step comes; nullopt: cannot be told.
    std::optional<bool> is_there(const std::string& path) const {
        const Walk way = tree_.walk(path);
        if (is_mounted(way.path)) return true;
        const Sight sight = subject_.sight(way.path, done_);
        if (sight == Sight::untold) return std::nullopt;
        return sight == Sight::image && way.end.has_value();
    }

    // A part of the path that is a file: nothing can be made below it.
    std::string file_on_the_way(const std::string& path) const {
        std::string at;
        for (const std::string& part : split(path, '/')) {
            at += "/" + part;
            const Walk way = tree_.walk(at);
            if (subject_.sight(way.path, done_) != Sight::image || !way.end) return {};
            if (!S_ISDIR(way.end->status.st_mode)) return at;
        }
        return {};
    }

    void look(const plumb::Mount& mount, const plumb::Step& step) {
        const auto severity = step.required ? conf::Severity::error : conf::Severity::warning;
        const bool bind = has_option(mount, "bind") || has_option(mount, "rbind");
        if (bind) look_at_source(mount, severity);
        if (!mount.mkdir && is_there(mount.target) == false) {
            findings_.add({severity, "mount-point-missing",
                           mount.target + " is not there" +
                               (tree_.walk(mount.target).end ? " once what is above it is mounted" : ""),
                           mount.target, place_of(mount, "target"),
                           "set mkdir = true, or make the directory in the image"});
        } else if (const std::string file = file_on_the_way(mount.target); !bind && !file.empty()) {
            findings_.add({severity, "mount-point-not-directory", file + " is no directory", file,
                           place_of(mount, "target"), "make it a directory in the image, or mount elsewhere"});
        }
        if (subject_.is_linux() && subject_.is_machine() && !bind)
            check_file_system(subject_, mount.type, place_of(mount, "type"), severity, findings_);
    }

    void look_at_source(const plumb::Mount& mount, conf::Severity severity) {
        if (is_there(mount.source) != false) return;
        findings_.add({severity, "mount-source-missing", mount.source + " is not there to be bound to " + mount.target,
                       mount.source, place_of(mount, "source"), "make it in the image, or correct the path"});
    }

    const Subject& subject_;
    const Roots& tree_;
    Findings& findings_;
    std::size_t done_ = 0;
};

}  // namespace

void check_mounts(const Subject& subject, Findings& findings) {
    Mounts(subject, findings).run();
}

}  // namespace image
