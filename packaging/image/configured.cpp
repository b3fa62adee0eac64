// What mvinit.toml names, table by table.
#include <set>

#include "conf/env_lines.hpp"
#include "packaging/image/env_files.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/plan.hpp"
#include "packaging/image/report.hpp"
#include "packaging/image/script.hpp"

namespace image {
namespace {

class Configured {
public:
    Configured(const Settings& settings, const Roots& roots, Closure& closure, Contents& contents)
        : settings_(settings), config_(settings.config), roots_(roots), closure_(closure), contents_(contents) {}

    void want_all() {
        want_overlays();
        const Search app = search_of(config_.app);
        const Search own = search_of(conf::Environment{});
        command(config_.app.command, app, "app", "command");
        for (std::size_t index = 0; index < config_.setup.size(); ++index)
            command(config_.setup[index].command, search_of(config_.setup[index].env), "setup", "command",
                    static_cast<int>(index));
        for (std::size_t index = 0; index < config_.hooks.size(); ++index)
            command(config_.hooks[index].command, search_of(config_.hooks[index].env), "hook", "command",
                    static_cast<int>(index));
        command(config_.ready.probe.command, app, "ready", "command");
        command(config_.health.probe.command, app, "health", "command");
        // The default is nobody's wish: without a shell the image has no rescue.
        if (settings_.has("rescue", "command") || config_.rescue.on_app_failure || config_.rescue.on_boot_failure)
            command(config_.rescue.command, own, "rescue", "command");
        want_places();
        want_files();
    }

private:
    Reason at(std::string_view table, std::string_view key, int index = -1, int item = -1) const {
        return {"", settings_.where(table, key, index, item)};
    }

    void want_overlays() {
        std::set<std::string> made;
        for (const auto& [path, entry] : contents_.entries()) made.insert(path);
        // From the last one on, which wins: what brought a file in is then the first reason for it.
        for (std::size_t index = settings_.image.overlays.size(); index-- > 0;) {
            const Roots overlay({settings_.image.overlays[index]});
            const Reason reason = at("image", "overlays", -1, static_cast<int>(index));
            for (const std::string& path : overlay.expand("/**")) {
                const Walk way = overlay.walk(path, false);
                if (way.end && S_ISDIR(way.end->status.st_mode)) {
                    closure_.want(path, reason, Need::optional);
                } else {
                    if (made.contains(way.path) && !same_bytes(way))
                        closure_.note(reason.what + ": " + way.path + " is left out: mvimage makes it");
                    closure_.want_tree(path, reason);
                }
            }
        }
    }

    bool same_bytes(const Walk& way) const {
        return way.end && S_ISREG(way.end->status.st_mode) &&
               read_host_file(way.end->host) == contents_.find(way.path)->bytes;
    }

    void command(const conf::Argv& words, const Search& search, std::string_view table, std::string_view key,
                 int index = -1) {
        if (words.empty()) return;
        closure_.want_command(words[0], at(table, key, index, 0), search);
        if (base_of(words[0]) == "env") {
            const std::string program = program_of_env({words.begin() + 1, words.end()});
            if (!program.empty()) closure_.want_command(program, at(table, key, index), search);
        }
        for (std::size_t item = 1; item < words.size(); ++item) argument(words[item], table, key, index, item);
    }

    // A file that is there is meant; what is not may be made at run time, or be something else.
    void argument(const std::string& word, std::string_view table, std::string_view key, int index, std::size_t item) {
        if (!word.starts_with('/')) return;
        const Walk way = roots_.walk(word);
        if (way.end && S_ISREG(way.end->status.st_mode))
            closure_.want(word, at(table, key, index, static_cast<int>(item)), Need::optional);
    }

    // A directory as roots have it, else made.
    void directory(const std::string& path, const Reason& reason) {
        const Walk way = roots_.walk(path);
        if (way.links.size() > most_links)
            return closure_.problem(reason, path + " leads through more than 40 links", "correct the links");
        if (path.empty() || path == "/" || way.path == "/") return;
        for (const Found& link : way.links) contents_.add_found(roots_, link, reason);
        if (way.end && S_ISDIR(way.end->status.st_mode)) {
            contents_.add_found(roots_, *way.end, reason);
        } else if (!way.end) {
            contents_.add_directory(roots_, way.path, 0755, reason);
        }
    }

    void parent(const std::string& path, const Reason& reason) {
        if (path.starts_with('/')) directory(parent_of(path), reason);
    }

    // Paths alone: the other words are names of libraries, which are preloaded only where the image has them anyway.
    void want_preloaded() {
        const auto preloaded = config_.app.env.find("LD_PRELOAD");
        if (preloaded == config_.app.env.end()) return;
        for (const std::string& part : split(preloaded->second, ':'))
            for (const std::string& word : split(part, ' '))
                if (word.starts_with('/')) closure_.want(word, at("app", settings_.env_key("LD_PRELOAD")));
    }

    void env_file(const std::string& path, const Reason& reason) {
        conf::Environment ignored;
        closure_.want(path, reason);
        if (const unsigned line = conf::add_variables(ignored, roots_.read(path).value_or("")); line != 0)
            closure_.problem(reason, path + ":" + std::to_string(line) + ": a line must be NAME=value",
                             "mend the line, or begin it with # to leave it out");
    }

    void want_places() {
        want_preloaded();
        directory(config_.app.cwd, at("app", "cwd"));
        for (std::size_t index = 0; index < config_.app.env_files.size(); ++index)
            env_file(config_.app.env_files[index], at("app", "env_files", -1, static_cast<int>(index)));
        parent(config_.app.stdout_to, at("app", "stdout"));
        parent(config_.app.stderr_to, at("app", "stderr"));
        for (std::size_t index = 0; index < config_.sinks.size(); ++index)
            if (config_.sinks[index].to == conf::SinkKind::file)
                parent(config_.sinks[index].path, at("sink", "path", static_cast<int>(index)));
        for (std::size_t index = 0; index < config_.mounts.size(); ++index)
            directory(config_.mounts[index].target, at("mount", "target", static_cast<int>(index)));
    }

    void want_files() {
        const Strings& files = settings_.image.files;
        for (std::size_t index = 0; index < files.size(); ++index) {
            const Reason reason = at("image", "files", -1, static_cast<int>(index));
            const Strings found = roots_.expand(files[index]);
            if (found.empty())
                closure_.problem(reason, files[index] + " fits nothing in " + roots_.text(),
                                 "correct it, or " + add_remedy(settings_));
            for (const std::string& path : found) {
                closure_.want_tree(path, reason);
                // By a pattern it may be among others; what is named itself is missed.
                if (settings_.image.slim && !has_wildcard(files[index]) && !slim_kind(path).empty())
                    closure_.note(reason.what + ": " + path + " is left out by image.slim");
            }
        }
    }

    const Settings& settings_;
    const conf::Config& config_;
    const Roots& roots_;
    Closure& closure_;
    Contents& contents_;
};

}  // namespace

void want_configured(const Settings& settings, const Roots& roots, Closure& closure, Contents& contents) {
    Configured(settings, roots, closure, contents).want_all();
}

}  // namespace image
