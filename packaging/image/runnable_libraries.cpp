// What a dynamic linker would find of a program's libraries in the image, and what not.
#include <algorithm>
#include <cstring>
#include <deque>
#include <map>

#include "packaging/image/failure.hpp"
#include "packaging/image/runnable.hpp"

namespace image {
namespace {

// A file of the process, with what it inherits of search paths.
struct Part {
    std::string path;
    ElfFile elf;
    Strings rpath;  // its own and those of what loads it
};

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
    std::uint32_t word = 0;
    if (at + sizeof word <= bytes.size()) std::memcpy(&word, bytes.data() + at, sizeof word);
    return word;
}

std::string string_at(std::string_view bytes, std::size_t at) {
    return at < bytes.size() ? std::string(bytes.substr(at, bytes.find('\0', at) - at)) : std::string();
}

// /etc/ld.so.cache of glibc: the paths in it by name, sysdeps/generic/dl-cache.h of its source.
std::multimap<std::string, std::string> cached_libraries(const Roots& tree) {
    constexpr std::string_view magic = "glibc-ld.so.cache1.1";
    constexpr std::size_t head = 48;
    constexpr std::size_t entry = 24;
    const std::string text = tree.read("/etc/ld.so.cache").value_or("");
    const std::size_t begin = text.find(magic);
    if (begin == std::string::npos) return {};
    const std::string_view cache = std::string_view(text).substr(begin);
    std::multimap<std::string, std::string> libraries;
    for (std::size_t at = head; at < cache.size() && libraries.size() < word_at(cache, magic.size()); at += entry)
        libraries.emplace(string_at(cache, word_at(cache, at + 4)), string_at(cache, word_at(cache, at + 8)));
    return libraries;
}

bool is_for_some_processors(const std::string& path) {
    return path.find("/glibc-hwcaps/") != std::string::npos;
}

class Libraries {
public:
    Libraries(const Subject& subject, const Call& call, std::set<std::string>& imports)
        : subject_(subject), tree_(subject.tree()), call_(call), imports_(imports) {}

    std::vector<Missing> run(const Found& program) {
        add(program.path, *read_elf(program), {});
        linker_ = left_.front().elf.linker;
        interpreter_ = left_.front().elf.interpreter;
        if (linker_ == Linker::unknown) linker_ = Linker::glibc;
        if (linker_ == Linker::glibc) add_linker();
        while (!left_.empty()) {
            const Part part = std::move(left_.front());
            left_.pop_front();
            for (const std::string& name : part.elf.needed) want(name, part);
            for (const NeededVersion& each : part.elf.needed_versions) versions_.push_back({part.path, each});
        }
        if (linker_ == Linker::glibc) look_at_versions();
        return std::move(missing_);
    }

private:
    enum class Look : std::uint8_t { found, none, unreadable, untold };
    struct Version {
        std::string by;
        NeededVersion needed;
    };
    struct Given {
        std::string path;
        Strings versions;
    };

    // It is there before all libraries, by whatever name they need it.
    void add_linker() {
        cached_ = cached_libraries(tree_);
        const Walk way = tree_.walk(interpreter_);
        if (!way.end || !S_ISREG(way.end->status.st_mode)) return;
        linker_bytes_ = bytes_of(*way.end);
        const std::optional<ElfFile> elf = read_elf(*way.end);
        for (const std::string& name : {base_of(interpreter_), elf ? elf->name : std::string()}) {
            if (name.empty()) continue;
            loaded_.insert(name);
            given_[name] = {way.path, elf ? elf->versions : Strings{}};
        }
    }

    // A library without any versions gives each.
    void look_at_versions() {
        for (const auto& [by, needed] : versions_) {
            const Given& given = given_[needed.library];
            if (given.versions.empty()) continue;
            if (std::find(given.versions.begin(), given.versions.end(), needed.version) == given.versions.end())
                missing_.push_back({given.path, by, Missing::Why::version, needed.version});
        }
    }

    void add(const std::string& path, ElfFile elf, const Strings& inherited) {
        Part part{path, std::move(elf), {}};
        if (part.elf.runpath.empty())
            for (const std::string& each : part.elf.rpath)
                part.rpath.push_back(expand_origin(each, parent_of(path), part.elf));
        part.rpath.insert(part.rpath.end(), inherited.begin(), inherited.end());
        if (!part.elf.name.empty()) loaded_.insert(part.elf.name);
        imports_.insert(part.elf.imports.begin(), part.elf.imports.end());
        left_.push_back(std::move(part));
    }

    void want(const std::string& name, const Part& by) {
        if (!loaded_.insert(name).second || is_linker_itself(name, linker_)) return;
        bool untold = false;
        std::string unreadable;
        for (const std::string& place : candidates(name, by)) {
            const Look seen = look(name, place, by);
            if (seen == Look::found && is_for_some_processors(place))
                missing_.push_back({place, by.path, Missing::Why::by_processor});
            if (seen == Look::found) return;
            untold = untold || seen == Look::untold;
            if (seen == Look::unreadable && unreadable.empty()) unreadable = place;
        }
        if (!untold || !unreadable.empty())
            missing_.push_back({unreadable.empty() ? name : unreadable, by.path,
                                unreadable.empty() ? Missing::Why::absent : Missing::Why::unreadable});
    }

    Look look(const std::string& name, const std::string& place, const Part& by) {
        const Walk way = tree_.walk(place);
        const Sight sight = subject_.sight(way.path);
        if (sight != Sight::image) return sight == Sight::untold ? Look::untold : Look::none;
        if (!way.end || !S_ISREG(way.end->status.st_mode)) return Look::none;
        std::optional<ElfFile> elf = read_elf(*way.end);
        if (!elf || elf->machine != by.elf.machine || elf->wide != by.elf.wide) return Look::none;
        if (barred(call_.user, tree_, place) || !may(call_.user, way.end->status, Want::read)) return Look::unreadable;
        given_[name] = given_[elf->name] = {way.path, elf->versions};
        add(way.path, std::move(*elf), by.rpath);
        return Look::found;
    }

    // Those for some processors alone come last.
    Strings candidates(const std::string& name, const Part& by) const {
        const std::string origin = parent_of(by.path);
        if (name.find('/') != std::string::npos) return {expand_origin(name, origin, by.elf)};
        Strings directories;
        if (by.elf.runpath.empty()) directories = by.rpath;
        directories.insert(directories.end(), call_.library_path.begin(), call_.library_path.end());
        for (const std::string& each : by.elf.runpath) directories.push_back(expand_origin(each, origin, by.elf));
        const std::size_t before_cache = directories.size();
        const Strings known = known_directories(by.elf);
        directories.insert(directories.end(), known.begin(), known.end());
        Strings paths;
        for (const std::string& each : directories) paths.push_back(join(each, name));
        const auto [first, last] = cached_.equal_range(name);
        for (auto each = first; each != last; ++each)
            paths.insert(paths.begin() + static_cast<std::ptrdiff_t>(before_cache), each->second);
        for (const std::string& directory : directories)
            for (const std::string& each : processor_directories(tree_, directory, linker_bytes_))
                paths.push_back(join(each, name));
        std::stable_partition(paths.begin(), paths.end(),
                              [](const std::string& each) { return !is_for_some_processors(each); });
        return paths;
    }

    Strings known_directories(const ElfFile& elf) const {
        if (linker_ == Linker::musl) {
            Strings own = configured_directories(tree_, interpreter_, elf, linker_);
            if (!own.empty()) return own;
        }
        return default_directories(elf, linker_, linker_bytes_);
    }

    const Subject& subject_;
    const Roots& tree_;
    const Call& call_;
    std::set<std::string>& imports_;
    Linker linker_ = Linker::unknown;
    std::string interpreter_;
    std::deque<Part> left_;
    std::set<std::string> loaded_;
    std::string linker_bytes_;  // of glibc
    std::multimap<std::string, std::string> cached_;
    std::map<std::string, Given> given_;  // by name
    std::vector<Version> versions_;
    std::vector<Missing> missing_;
};

}  // namespace

std::vector<Missing> missing_libraries(const Subject& subject, const Found& program, const Call& call,
                                       std::set<std::string>& imports) {
    return Libraries(subject, call, imports).run(program);
}

}  // namespace image
