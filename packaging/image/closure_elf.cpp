// The part of the closure that a dynamic linker would see to.
#include <algorithm>
#include <utility>

#include "packaging/image/closure.hpp"
#include "packaging/image/library.hpp"
#include "packaging/image/strip.hpp"

namespace image {

// The ELF file that brought this one in; empty: it is the first of its process.
std::string Closure::loader_of(const std::string& path) const {
    const Entry* entry = contents_.find(path);
    while (entry != nullptr && !entry->reasons.empty() && !loaded_.contains(entry->reasons.front().by))
        entry = contents_.find(entry->reasons.front().by);
    return entry == nullptr || entry->reasons.empty() ? std::string() : entry->reasons.front().by;
}

// The library is loaded by somebody, who passes on the linker and, where it has no RUNPATH, its RPATH.
void Closure::inherit(const std::string& path, Loaded& loaded) const {
    loaded.linker = loaded.elf.linker;
    loaded.interpreter = loaded.elf.interpreter;
    const std::string origin = parent_of(path);
    if (loaded.elf.runpath.empty())
        for (const std::string& each : loaded.elf.rpath)
            loaded.rpath.push_back(expand_origin(each, origin, loaded.elf));
    if (const std::string above = loader_of(path); !above.empty()) {
        const Loaded& loader = loaded_.at(above);
        if (loaded.linker == Linker::unknown) loaded.linker = loader.linker;
        if (loaded.interpreter.empty()) loaded.interpreter = loader.interpreter;
        loaded.rpath.insert(loaded.rpath.end(), loader.rpath.begin(), loader.rpath.end());
        loaded.library_path = loader.library_path;
    } else {
        loaded.library_path = search_at(path).library_path;
    }
    if (loaded.linker == Linker::unknown) loaded.linker = Linker::glibc;
}

void Closure::strip(Entry& entry) {
    std::optional<std::string> bytes = stripped(entry.host);
    if (!bytes) return;
    entry.bytes = std::move(*bytes);
    entry.size = entry.bytes.size();
    entry.host.clear();
    entry.debug = 0;
}

void Closure::scan_elf(const std::string& path, ElfFile elf) {
    Loaded loaded;
    loaded.elf = std::move(elf);
    inherit(path, loaded);
    Entry& entry = *contents_.find(path);
    entry.shared_elf = loaded.elf.interpreter.empty() && !loaded.elf.name.empty();
    entry.debug = loaded.elf.debug_bytes;
    if (settings_.image.slim && entry.debug > 0) strip(entry);
    const Loaded& kept = loaded_[path] = std::move(loaded);
    want_interpreter(path, kept);
    for (const std::string& name : kept.elf.needed) want_library(path, name, kept);
    want_lazy(path, kept);
}

void Closure::want_interpreter(const std::string& path, const Loaded& loaded) {
    if (!loaded.elf.interpreter.empty()) want(loaded.elf.interpreter, {path, "ELF interpreter"});
}

void Closure::want_library(const std::string& path, const std::string& name, const Loaded& loaded) {
    const Reason reason{path, "needed library " + name};
    if (is_linker_itself(name, loaded.linker)) {
        if (!loaded.interpreter.empty()) want(loaded.interpreter, reason);
        return;
    }
    std::optional<std::string> found = find_library(path, name, loaded);
    // A process has it before all libraries.
    if (loaded.linker == Linker::glibc && name == base_of(loaded.interpreter)) found = loaded.interpreter;
    // What those above need too is loaded by then, and not looked for again.
    for (std::string above = loader_of(path); !found && !above.empty(); above = loader_of(above)) {
        const Loaded& loader = loaded_.at(above);
        if (std::find(loader.elf.needed.begin(), loader.elf.needed.end(), name) != loader.elf.needed.end())
            found = find_library(above, name, loader);
    }
    if (!found) {
        problem(
            reason,
            name + ", a library for " + std::string(machine_name(loaded.elf.machine)) + ", is not in " + roots_.text(),
            "add the directory of the package that has it to image.roots");
        return;
    }
    want(*found, reason);
    look_at_versions(path, name, *found, loaded);
    if (name != "libc.so.6" && name != "libc.so.1") return;
    // Its plug-ins lie beside it, or where /usr is a file system of its own behind that.
    const std::string directory = parent_of(*found);
    libc_directories_.insert(directory);
    libc_directories_.insert(directory.starts_with("/usr/") ? directory.substr(4) : "/usr" + directory);
}

// As ld.so of glibc does: a library without any versions gives each.
void Closure::look_at_versions(const std::string& path, const std::string& name, const std::string& library,
                               const Loaded& loaded) {
    const Walk way = roots_.walk(library);
    if (loaded.linker != Linker::glibc || loaded.elf.needed_versions.empty() || !way.end) return;
    const std::optional<ElfFile> elf = read_elf(way.end->host);
    const Strings versions = elf ? elf->versions : Strings{};
    if (versions.empty()) return;
    for (const NeededVersion& each : loaded.elf.needed_versions)
        if (each.library == name && std::find(versions.begin(), versions.end(), each.version) == versions.end())
            problem({path, "needed library " + name}, way.end->host + " has no version " + each.version,
                    "take a newer library, or build " + path + " for this one");
}

// An ELF file of the same kind: a linker passes over others.
bool Closure::fits(const std::string& candidate, const Loaded& loaded) const {
    const Walk way = roots_.walk(candidate);
    if (!way.end || !S_ISREG(way.end->status.st_mode)) return false;
    const std::optional<ElfFile> elf = read_elf(way.end->host);
    return elf && elf->machine == loaded.elf.machine && elf->wide == loaded.elf.wide &&
           elf->little == loaded.elf.little;
}

// musl's file stands in place of its default directories, and so in the image too.
Strings Closure::standard_directories(const std::string& path, const Loaded& loaded) {
    if (loaded.linker == Linker::musl) {
        Strings configured = configured_directories(roots_, loaded.interpreter, loaded.elf, loaded.linker);
        const std::string file = musl_path_file(loaded.interpreter, loaded.elf);
        const Reason reason{path, "tells its linker where libraries are"};
        if (!configured.empty() && want(file, reason, Need::optional)) return configured;
    }
    return default_directories(loaded.elf, loaded.linker,
                               loaded.linker == Linker::glibc ? bytes_of_linker(loaded) : std::string());
}

const std::string& Closure::bytes_of_linker(const Loaded& loaded) {
    const auto [place, is_new] = linkers_.try_emplace(loaded.interpreter);
    if (is_new && !loaded.interpreter.empty()) place->second = roots_.read(loaded.interpreter).value_or("");
    return place->second;
}

// Better than none, and to be told of.
std::optional<std::string> Closure::find_for_processors(const Strings& directories, const std::string& name,
                                                        const Loaded& loaded) {
    for (const std::string& directory : directories) {
        for (const std::string& each : processor_directories(roots_, directory, bytes_of_linker(loaded))) {
            const std::string place = join(each, name);
            if (!fits(place, loaded)) continue;
            note(place + " is for some processors only: there is no " + name + " for all of them");
            return place;
        }
    }
    return std::nullopt;
}

// Not all glibcs look into all of the default directories; its own is one that this one does look into.
std::string Closure::searched_directory(const Strings& standard, const Loaded& loaded) const {
    for (const std::string& directory : standard)
        if (fits(join(directory, "libc.so.6"), loaded)) return directory;
    return standard.front();
}

std::optional<std::string> Closure::find_library(const std::string& path, const std::string& name,
                                                 const Loaded& loaded) {
    const std::string origin = parent_of(path);
    if (name.find('/') != std::string::npos) {
        const std::string place = expand_origin(name, origin, loaded.elf);
        return fits(place, loaded) ? std::optional(place) : std::nullopt;
    }
    Strings directories;
    if (loaded.elf.runpath.empty()) directories = loaded.rpath;
    directories.insert(directories.end(), loaded.library_path.begin(), loaded.library_path.end());
    for (const std::string& each : loaded.elf.runpath) directories.push_back(expand_origin(each, origin, loaded.elf));
    const Strings standard = standard_directories(path, loaded);
    directories.insert(directories.end(), standard.begin(), standard.end());
    for (const std::string& directory : directories)
        if (fits(join(directory, name), loaded)) return join(directory, name);
    if (loaded.linker != Linker::glibc) return std::nullopt;
    for (const std::string& directory : configured_directories(roots_, loaded.interpreter, loaded.elf, loaded.linker)) {
        const std::string place = join(directory, name);
        if (!fits(place, loaded)) continue;
        // glibc looks there only by way of ldconfig's cache, which an image has not: a link where it does look.
        const std::string link = join(roots_.walk(searched_directory(standard, loaded)).path, name);
        contents_.add_symlink(roots_, link, place, {path, "needed library " + name + ", found by ld.so.conf"});
        return place;
    }
    return find_for_processors(directories, name, loaded);
}

}  // namespace image
