// What a dynamic linker would find of a program's libraries in the image, and what not.
#include <algorithm>
#include <cstring>
#include <deque>

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

// /etc/ld.so.cache of glibc: the directories in it, sysdeps/generic/dl-cache.h of its source.
Strings cached_directories(const Roots& tree) {
    constexpr std::string_view magic = "glibc-ld.so.cache1.1";
    constexpr std::size_t head = 48;
    constexpr std::size_t entry = 24;
    const std::string text = tree.read("/etc/ld.so.cache").value_or("");
    const std::size_t begin = text.find(magic);
    if (begin == std::string::npos) return {};
    const std::string_view cache = std::string_view(text).substr(begin);
    Strings directories;
    for (std::uint32_t index = 0; index < word_at(cache, magic.size()); ++index) {
        const std::size_t value = word_at(cache, head + index * entry + 8);
        if (value >= cache.size()) break;
        std::string directory = parent_of(cache.substr(value, cache.find('\0', value) - value));
        if (std::find(directories.begin(), directories.end(), directory) == directories.end())
            directories.push_back(std::move(directory));
    }
    return directories;
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
        while (!left_.empty()) {
            const Part part = std::move(left_.front());
            left_.pop_front();
            for (const std::string& name : part.elf.needed) want(name, part);
        }
        return std::move(missing_);
    }

private:
    enum class Look : std::uint8_t { found, none, unreadable, untold };

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
            const Look seen = look(place, by);
            if (seen == Look::found) return;
            untold = untold || seen == Look::untold;
            if (seen == Look::unreadable && unreadable.empty()) unreadable = place;
        }
        if (!untold || !unreadable.empty())
            missing_.push_back({unreadable.empty() ? name : unreadable, by.path, !unreadable.empty()});
    }

    Look look(const std::string& place, const Part& by) {
        const Walk way = tree_.walk(place);
        const Sight sight = subject_.sight(way.path);
        if (sight != Sight::image) return sight == Sight::untold ? Look::untold : Look::none;
        if (!way.end || !S_ISREG(way.end->status.st_mode)) return Look::none;
        std::optional<ElfFile> elf = read_elf(*way.end);
        if (!elf || elf->machine != by.elf.machine || elf->wide != by.elf.wide) return Look::none;
        if (barred(call_.user, tree_, place) || !may(call_.user, way.end->status, Want::read)) return Look::unreadable;
        add(way.path, std::move(*elf), by.rpath);
        return Look::found;
    }

    Strings candidates(const std::string& name, const Part& by) const {
        const std::string origin = parent_of(by.path);
        if (name.find('/') != std::string::npos) return {expand_origin(name, origin, by.elf)};
        Strings directories;
        if (by.elf.runpath.empty()) directories = by.rpath;
        directories.insert(directories.end(), call_.library_path.begin(), call_.library_path.end());
        for (const std::string& each : by.elf.runpath) directories.push_back(expand_origin(each, origin, by.elf));
        const Strings known = known_directories(by.elf);
        directories.insert(directories.end(), known.begin(), known.end());
        for (std::string& each : directories) each = join(each, name);
        return directories;
    }

    Strings known_directories(const ElfFile& elf) const {
        if (linker_ == Linker::musl) {
            Strings own = configured_directories(tree_, interpreter_, elf, linker_);
            if (!own.empty()) return own;
        }
        Strings known = linker_ == Linker::glibc ? cached_directories(tree_) : Strings{};
        const Strings standard = default_directories(elf, linker_);
        known.insert(known.end(), standard.begin(), standard.end());
        return known;
    }

    const Subject& subject_;
    const Roots& tree_;
    const Call& call_;
    std::set<std::string>& imports_;
    Linker linker_ = Linker::unknown;
    std::string interpreter_;
    std::deque<Part> left_;
    std::set<std::string> loaded_;
    std::vector<Missing> missing_;
};

}  // namespace

std::vector<Missing> missing_libraries(const Subject& subject, const Found& program, const Call& call,
                                       std::set<std::string>& imports) {
    return Libraries(subject, call, imports).run(program);
}

}  // namespace image
