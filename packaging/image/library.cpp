#include "packaging/image/library.hpp"

#include <algorithm>
#include <elf.h>
#include <optional>
#include <set>

namespace image {
namespace {

constexpr int deepest_include = 8;

std::string triplet(const ElfFile& elf) {
    switch (elf.machine) {
        case EM_386:
            return "i386-linux-gnu";
        case EM_ARM:
            return "arm-linux-gnueabihf";
        case EM_PPC64:
            return "powerpc64le-linux-gnu";
        default:
            return std::string(machine_name(elf.machine)) + "-linux-gnu";
    }
}

void read_conf(const Roots& roots, const std::string& path, int depth, Strings& directories) {
    const std::optional<std::string> text = roots.read(path);
    if (!text || depth > deepest_include) return;
    for (const std::string& line : split(*text, '\n')) {
        const std::string bare = line.substr(0, line.find('#'));
        Strings words;
        for (const std::string& part : split(bare, ' '))
            for (std::string& word : split(part, '\t')) words.push_back(std::move(word));
        if (words.empty()) continue;
        if (words[0] != "include") {
            if (words[0].starts_with('/')) directories.push_back(words[0]);
            continue;
        }
        for (std::size_t index = 1; index < words.size(); ++index) {
            const std::string pattern =
                words[index].starts_with('/') ? words[index] : join(parent_of(path), words[index]);
            for (const std::string& each : roots.expand(pattern)) read_conf(roots, each, depth + 1, directories);
        }
    }
}

// In a glibc's linker there is one list of them, each ending in a slash.
Strings directories_in(std::string_view bytes) {
    constexpr std::string_view end("/\0", 2);
    Strings directories;
    for (std::size_t at = bytes.find(end); at != std::string_view::npos; at = bytes.find(end, at + 1)) {
        const std::size_t begin = bytes.rfind('\0', at) + 1;
        std::string text(bytes.substr(begin, at - begin));
        if (!text.starts_with('/') || text.find("/lib") == std::string::npos) continue;
        if (std::find(directories.begin(), directories.end(), text) == directories.end())
            directories.push_back(std::move(text));
    }
    return directories;
}

void replace_all(std::string& text, std::string_view word, std::string_view by) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
        text.replace(at, word.size(), by);
}

}  // namespace

Strings default_directories(const ElfFile& elf, Linker linker, std::string_view bytes) {
    if (linker == Linker::illumos)
        return elf.wide ? Strings{"/lib/64", "/usr/lib/64", "/lib/amd64", "/usr/lib/amd64"}
                        : Strings{"/lib", "/usr/lib"};
    if (linker == Linker::musl) return {"/lib", "/usr/local/lib", "/usr/lib"};
    Strings known = directories_in(bytes);
    if (!known.empty()) return known;
    const std::string own = triplet(elf);
    Strings directories{"/lib/" + own, "/usr/lib/" + own};
    if (elf.wide) directories.insert(directories.end(), {"/lib64", "/usr/lib64"});
    directories.insert(directories.end(), {"/lib", "/usr/lib"});
    return directories;
}

Strings processor_directories(const Roots& roots, const std::string& directory, std::string_view bytes) {
    constexpr std::string_view name = "glibc-hwcaps";
    const std::string above = join(directory, name);
    if (bytes.find(name) == std::string_view::npos || !roots.walk(above).end) return {};
    Strings directories;
    for (const std::string& each : roots.names(roots.walk(above).path)) directories.push_back(join(above, each));
    return directories;
}

Strings configured_directories(const Roots& roots, const std::string& interpreter, const ElfFile& elf, Linker linker) {
    Strings directories;
    if (linker == Linker::glibc) read_conf(roots, "/etc/ld.so.conf", 0, directories);
    if (linker == Linker::musl) {
        if (const std::optional<std::string> text = roots.read(musl_path_file(interpreter, elf)))
            for (const std::string& line : split(*text, '\n'))
                for (std::string& each : split(line, ':')) directories.push_back(std::move(each));
    }
    return directories;
}

std::string musl_path_file(const std::string& interpreter, const ElfFile& elf) {
    // musl has names of its own for machines: ld-musl-armhf.so.1.
    const std::string own = base_of(interpreter);
    const std::string machine(machine_name(elf.machine));
    return "/etc/" + (own.starts_with("ld-musl-") ? own.substr(0, own.find('.')) : "ld-musl-" + machine) + ".path";
}

std::string expand_origin(std::string path, const std::string& origin, const ElfFile& elf) {
    replace_all(path, "${ORIGIN}", origin);
    replace_all(path, "$ORIGIN", origin);
    replace_all(path, "${LIB}", "lib/" + triplet(elf));
    replace_all(path, "$LIB", "lib/" + triplet(elf));
    return path;
}

bool is_linker_itself(const std::string& name, Linker linker) {
    static const std::set<std::string> names = {"libc.so",  "libpthread.so", "librt.so",  "libm.so",
                                                "libdl.so", "libutil.so",    "libxnet.so"};
    return linker == Linker::musl && (names.contains(name) || name.starts_with("libc.musl-"));
}

}  // namespace image
