#include "packaging/image/closure.hpp"

#include <algorithm>

#include "conf/diagnostic.hpp"
#include "packaging/image/escaped.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/progress.hpp"
#include "packaging/image/report.hpp"
#include "packaging/image/script.hpp"

namespace image {
namespace {

bool is_libc(const std::string& path) {
    return base_of(path).starts_with("libc.so") || base_of(path).starts_with("libc-");
}

bool is_executable(const Found& found) {
    return S_ISREG(found.status.st_mode) && (found.status.st_mode & 0111) != 0;
}

// What execve(2) takes.
bool is_program(const Found& found) {
    const std::string bytes = first_bytes(found.host);
    return bytes.starts_with(
               "\x7f"
               "ELF") ||
           bytes.starts_with("#!");
}

constexpr const char* loads_it = "loads it while it runs";

std::string missing_text(const std::string& path, const Walk& way, const Roots& roots) {
    if (way.links.size() > most_links) return path + " leads through more than 40 links";
    const std::string link = way.links.empty() || way.path == path ? "" : ", to which " + path + " leads,";
    return way.path + link + " is not in " + roots.text();
}

}  // namespace

Closure::Closure(const Settings& settings, const Roots& roots, Contents& contents)
    : settings_(settings), roots_(roots), contents_(contents), lazy_(lazy_table()) {
    for (const auto& [trigger, lines] : settings.image.lazy) {
        const Strings patterns = split(lines, '\n');
        for (const std::string& each : patterns)
            if (!each.starts_with('/') && !each.starts_with("{lib}/"))
                throw Failure(exit_bad, settings.where("image", "lazy") + ": '" + each +
                                            "' is no pattern of a path: begin it with '/' or '{lib}/'");
        lazy_.push_back({trigger, patterns, true, settings.where("image", "lazy")});
    }
}

void Closure::problem(const Reason& reason, const std::string& what, const std::string& remedy) {
    Strings steps{reason.by + (reason.by.empty() || reason.what.empty() ? "" : ": ") + reason.what};
    if (!reason.by.empty())
        for (const std::string& each : contents_.chain(reason.by)) steps.push_back(each);
    // The place in mvinit.toml comes first, as in all messages about it.
    std::string text = steps.back() + ": " + what;
    for (std::size_t index = 0; index + 1 < steps.size(); ++index)
        text += (index == 0 ? " (for " : ", for ") + steps[index];
    if (steps.size() > 1) text += ")";
    text = escaped(text + ": " + remedy);
    if (std::find(problems_.begin(), problems_.end(), text) == problems_.end()) problems_.push_back(std::move(text));
}

bool Closure::is_excluded(const std::string& path, const Reason& reason, Need need) {
    if (settings_.image.slim && !slim_kind(path).empty()) return true;
    for (const std::string& pattern : settings_.image.exclude) {
        if (!covers(pattern, path)) continue;
        // What is found by itself and left out as told is no news; that something needs it is.
        if (need == Need::required && !reason.by.empty()) {
            LeftOut& left_out = left_out_[pattern];
            left_out.paths.insert(path);
            if (left_out.first.empty())
                left_out.first =
                    path + " is left out by image.exclude, but wanted by " + reason.by + ": " + reason.what;
        }
        return true;
    }
    return false;
}

Strings Closure::notes() const {
    Strings all = notes_;
    for (const auto& [pattern, left_out] : left_out_) {
        const std::size_t others = left_out.paths.size() - 1;
        std::string text = left_out.first;
        if (others > 0) text += conf::cat({"; so are ", std::to_string(others), " others that fit ", pattern});
        all.push_back(std::move(text));
    }
    return all;
}

bool Closure::want(const std::string& path, const Reason& reason, Need need) {
    if (is_excluded(path, reason, need)) return true;
    const Walk way = roots_.walk(path);
    if (const Entry* made = contents_.find(way.path); !way.end && made != nullptr) return true;
    if (!way.end) {
        if (need == Need::required)
            problem(
                reason, missing_text(path, way, roots_),
                add_remedy(settings_) + (reason.by.empty() ? ", or correct the path"
                                                           : ", or leave " + reason.by + " out with image.exclude"));
        return false;
    }
    if (is_excluded(way.path, reason, need)) return true;
    for (const Found& link : way.links) contents_.add_found(roots_, link, reason);
    add_end(*way.end, way.links.empty() ? reason : Reason{way.links.back().path, "symbolic link"});
    return true;
}

void Closure::add_end(const Found& found, const Reason& reason) {
    if (found.path == "/") return;
    const mode_t mode = found.status.st_mode;
    if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
        return problem(reason, found.host + " is neither file, directory nor symbolic link",
                       "put it into image.exclude: devices and sockets are made at run time");
    if (contents_.add_found(roots_, found, reason) && S_ISREG(found.status.st_mode)) left_.push_back(found.path);
}

void Closure::want_tree(const std::string& path, const Reason& reason) {
    const Walk way = roots_.walk(path, false);
    if (!way.end || S_ISREG(way.end->status.st_mode)) {
        want(path, reason);
        return;
    }
    if (is_excluded(way.path, {}, Need::optional)) return;
    if (S_ISLNK(way.end->status.st_mode)) {
        // What it leads to may be made at run time.
        for (const Found& link : way.links) contents_.add_found(roots_, link, reason);
        contents_.add_found(roots_, *way.end, reason);
        want(way.path, {way.path, "symbolic link"}, Need::optional);
        return;
    }
    want(path, reason);
    if (!S_ISDIR(way.end->status.st_mode)) return;
    for (const std::string& name : roots_.names(way.path)) want_tree(join(way.path, name), reason);
}

std::string Closure::find_command(const std::string& command, const Search& search) const {
    if (command.find('/') != std::string::npos) return command.starts_with('/') ? command : join(search.cwd, command);
    for (const std::string& directory : search.path) {
        const Walk way = roots_.walk(join(directory, command));
        if (way.end && is_executable(*way.end)) return join(directory, command);
    }
    return {};
}

// One that several commands start has the directories of all.
void Closure::start(const std::string& path, const Search& search) {
    Search& all = started_[roots_.walk(path).path];
    all.cwd = search.cwd;
    all.path.insert(all.path.end(), search.path.begin(), search.path.end());
    all.library_path.insert(all.library_path.end(), search.library_path.begin(), search.library_path.end());
}

// That of the command which a file is there for; of no command: the application's, which may be what executes it.
Search Closure::search_at(const std::string& path) const {
    std::set<std::string> seen;
    std::string at = path;
    for (const Entry* entry = contents_.find(at); entry != nullptr && seen.insert(at).second;
         entry = contents_.find(at)) {
        if (const auto command = started_.find(at); command != started_.end()) return command->second;
        if (entry->reasons.empty()) break;
        at = entry->reasons.front().by;
    }
    return search_of(settings_.config.app);
}

void Closure::want_command(const std::string& command, const Reason& reason, const Search& search) {
    const std::string path = find_command(command, search);
    if (path.empty()) {
        const std::string hint = hint_of_one_word(command);
        problem(reason, command + " is in no directory of PATH in " + roots_.text(),
                hint.empty() ? "write its whole path, or " + add_remedy(settings_) : hint);
        return;
    }
    if (is_excluded(path, reason, Need::optional)) {
        if (reason.by.empty()) note(reason.what + ": " + path + " is left out by image.exclude or image.slim");
    } else if (const Walk way = roots_.walk(path); way.end && !is_executable(*way.end)) {
        problem(reason, way.end->host + " is no file that can be executed", "correct the path, or the file's mode");
    } else if (way.end && !is_program(*way.end)) {
        problem(reason, way.end->host + " is neither an ELF file nor a script with a #! line",
                "begin it with #! and its interpreter, or name the program itself");
    }
    if (reason.by.empty()) start(path, search);
    want(path, reason);
}

void Closure::run() {
    Progress progress("looking at files", 0);
    while (!left_.empty()) {
        const std::string path = left_.front();
        left_.pop_front();
        progress.add(contents_.find(path)->size);
        scan(path);
        if (left_.empty()) want_name_services();
    }
}

// glibc before 2.34 opens them; the later ones have them inside.
void Closure::want_name_services() {
    if (name_user_.empty()) return;
    for (const std::string& directory : libc_directories_) {
        const auto libc = loaded_.find(roots_.walk(directory + "/libc.so.6").path);
        if (libc == loaded_.end() || libc->second.elf.has_nss) continue;
        for (const char* name : {"/libnss_files.so.2", "/libnss_dns.so.2"})
            want(directory + name, {name_user_, "looks up names, for which this libc loads it"}, Need::optional);
    }
}

void Closure::scan(const std::string& path) {
    const std::string host = contents_.find(path)->host;
    try {
        if (std::optional<ElfFile> elf = read_elf(host))
            scan_elf(path, std::move(*elf));
        else
            scan_script(path, host);
    } catch (const Failure& failure) {
        if (failure.code == exit_files) code_ = exit_files;
        problem({path, ""}, failure.what(), "or leave it out with image.exclude");
    }
}

// Only what can be executed: the first line of a text is nobody's business otherwise.
void Closure::scan_script(const std::string& path, const std::string& host) {
    const Entry& entry = *contents_.find(path);
    // Modules of an interpreter that could be executed, too, are not.
    if ((entry.mode & 0111) == 0 || entry.reasons.front().what.starts_with(loads_it)) return;
    const Strings commands = script_commands(host, settings_.platform);
    Search search = search_at(path);
    // Who runs it is not known for sure: what only the application's or mvinit's own PATH has may be found there.
    for (std::string& each : search_of(settings_.config.app).path) search.path.push_back(std::move(each));
    for (std::string& each : search_of(conf::Environment{}).path) search.path.push_back(std::move(each));
    for (std::size_t index = 0; index < commands.size(); ++index)
        want_command(commands[index], {path, index == 0 ? script_interpreter : run_by_env}, search);
}

void Closure::want_lazy(const std::string& path, const Loaded& loaded) {
    for (const Lazy& lazy : lazy_) {
        if (!triggers(lazy, path, loaded.elf.imports) || (settings_.image.slim && !lazy.slim)) continue;
        for (const std::string& pattern : lazy.patterns) want_pattern(lazy, pattern, path);
    }
    if (name_user_.empty() && loaded.linker == Linker::glibc && !is_libc(path) && looks_up_names(loaded.elf.imports))
        name_user_ = path;
}

void Closure::want_pattern(const Lazy& lazy, const std::string& pattern, const std::string& path) {
    const Strings directories = lazy.trigger.starts_with("sym:")
                                    ? Strings(libc_directories_.begin(), libc_directories_.end())
                                    : Strings{parent_of(path)};
    const std::string what = loads_it + (" (" + lazy.trigger + ")");
    std::size_t found = 0;
    const std::size_t lib = pattern.find("{lib}");
    for (const std::string& directory : directories) {
        std::string here = pattern;
        if (lib != std::string::npos) here.replace(lib, 5, directory);
        if (const std::size_t name = here.find("{name}"); name != std::string::npos)
            here.replace(name, 6, base_of(path));
        for (const std::string& each : roots_.expand(here)) {
            want_tree(each, {path, what});
            ++found;
        }
        if (lib == std::string::npos) break;
    }
    if (found == 0 && !lazy.where.empty())
        problem({"", lazy.where}, pattern + " fits nothing in " + roots_.text() + ", and " + path + " is to load it",
                "correct the pattern");
}

}  // namespace image
