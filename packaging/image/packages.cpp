#include "packaging/image/packages.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <elf.h>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "conf/diagnostic.hpp"
#include "packaging/image/deb.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/host.hpp"
#include "packaging/image/scratch.hpp"
#include "packaging/image/sink.hpp"
#include "packaging/image/size_text.hpp"

namespace image {
namespace {

// The links /lib -> usr/lib and the like, of the releases that have them, are in this one.
constexpr const char* base = "base-files";

std::string architecture_of(const Settings& settings, const ElfFile& elf) {
    static constexpr std::pair<int, const char*> names[] = {
        {EM_X86_64, "amd64"},  {EM_AARCH64, "arm64"}, {EM_386, "i386"},  {EM_ARM, "armhf"},
        {EM_RISCV, "riscv64"}, {EM_PPC64, "ppc64el"}, {EM_S390, "s390x"}};
    for (const auto& [machine, name] : names)
        if (machine == elf.machine && settings.platform == conf::Platform::linux_os) return name;
    throw Failure(exit_incomplete, settings.where("image", "packages") + ": Debian has no packages for what " +
                                       settings.image.init +
                                       " is for: take the files from directories, with image.roots");
}

std::string cache_directory() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
        return join(cache, "mvimage");
    const char* home = std::getenv("HOME");
    // Not in /tmp: what anybody may have put there beforehand would go into the image.
    if (home == nullptr || *home != '/')
        fail(exit_files, "find", "the cache for packages", "neither XDG_CACHE_HOME nor HOME is a directory",
             "set XDG_CACHE_HOME");
    return join(home, ".cache/mvimage");
}

// One mvimage at a time is in the cache: a descriptor that holds it, until it is closed.
class Lock {
public:
    explicit Lock(const std::string& path) : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) {
        if (descriptor_ < 0) fail_errno("make", path, "check the directory, or set XDG_CACHE_HOME");
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
        std::fprintf(stderr, "mvimage: waiting for another mvimage that fetches packages (%s)\n", path.c_str());
        while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
        }
    }
    ~Lock() { ::close(descriptor_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    int descriptor_;
};

bool is_newer(const std::string& path, const std::string& than) {
    struct stat one {};
    struct stat other {};
    if (::stat(path.c_str(), &one) != 0 || ::stat(than.c_str(), &other) != 0) return false;
    return std::pair(one.st_mtim.tv_sec, one.st_mtim.tv_nsec) > std::pair(other.st_mtim.tv_sec, other.st_mtim.tv_nsec);
}

constexpr const char* unfinished = "new.";  // a name begins so that is no package's
constexpr const char* name_characters = "abcdefghijklmnopqrstuvwxyz0123456789+.-";

// Whether apt's words are of the package name, and not of one whose name goes on.
bool names(const std::string& words, const std::string& name) {
    for (std::size_t at = 0; (at = words.find(" " + name, at)) != std::string::npos; ++at) {
        const std::size_t end = at + 1 + name.size();
        if (end == words.size() || std::string_view(name_characters).find(words[end]) == std::string_view::npos)
            return true;
    }
    return false;
}

class Fetching {
public:
    Fetching(const Settings& settings, std::string architecture, bool offline, Strings& notes)
        : settings_(settings),
          names_(settings.image.packages),
          architecture_(std::move(architecture)),
          cache_(cache_directory()),
          trees_(cache_ + "/packages"),
          offline_(offline),
          notes_(notes) {
        make_directories(trees_);
        trees_ = std::filesystem::canonical(trees_);  // as paths in the image are told
    }

    std::vector<Package> run() {
        check_names();
        const Lock lock(cache_ + "/lock");
        remove_unfinished();
        const Apt apt(cache_ + "/" + architecture_, architecture_);
        if (!offline_ && !apt.is_fresh()) {
            std::fprintf(stderr, "mvimage: fetching the package lists of %s\n", architecture_.c_str());
            stale_ = apt.update();
        }
        std::vector<Package> packages = resolve(apt);
        std::vector<Package> missing;
        for (Package& each : packages) {
            each.directory = trees_ + "/" + each.stem();
            if (!is_there(each.directory)) missing.push_back(each);
        }
        if (!missing.empty()) fetch(apt, missing);
        if (!stale_.empty()) notes_.push_back("the package lists are not up to date: " + stale_);
        return packages;
    }

private:
    // apt would take more: patterns, and NAME- for one that is not to be there.
    void check_names() const {
        for (std::size_t index = 0; index < names_.size(); ++index) {
            const std::string name = names_[index].substr(0, names_[index].find('='));
            const bool fits = name.find_first_not_of(name_characters) == std::string::npos && name.size() > 1 &&
                              std::isalnum(static_cast<unsigned char>(name[0])) != 0 && !name.ends_with('-') &&
                              !names_[index].ends_with('=');
            if (!fits)
                throw Failure(exit_bad, settings_.where("image", "packages", -1, static_cast<int>(index)) +
                                            ": no name of a package: write NAME or NAME=VERSION");
        }
    }

    // Of an mvimage that was killed; nobody else is here while it is locked.
    void remove_unfinished() const {
        std::error_code ignored;
        for (const auto& each : std::filesystem::directory_iterator(trees_, ignored))
            if (each.path().filename().string().starts_with(unfinished))
                std::filesystem::remove_all(each.path(), ignored);
    }

    // What apt found the last time, for as long as it has the same lists: it takes seconds to find out.
    std::vector<Package> resolve(const Apt& apt) {
        std::string key;
        for (const std::string& each : names_) key += each + "\n";
        Sink hash("");
        hash.write(key);
        const std::string file = cache_ + "/" + architecture_ + "/" + hash.sha256() + ".closure";
        std::vector<Package> packages;
        if (is_newer(file, apt.stamp())) {
            for (const std::string& line : split(read_host_file(file), '\n'))
                if (const Strings words = split(line, ' '); words.size() == 3)
                    packages.push_back({words[0], words[1], words[2], ""});
            return packages;
        }
        packages = ask(apt);
        Sink sink(file);
        for (const Package& each : packages)
            sink.write(conf::cat({each.name, " ", each.version, " ", each.architecture, "\n"}));
        sink.commit();
        return packages;
    }

    std::vector<Package> ask(const Apt& apt) {
        std::string wrong;
        Strings all{base};
        all.insert(all.end(), names_.begin(), names_.end());
        std::vector<Package> packages = apt.resolve(all, wrong);
        if (wrong.empty()) {
            std::stable_partition(packages.begin(), packages.end(),
                                  [](const Package& each) { return each.name == base; });
            return packages;
        }
        packages = apt.resolve(names_, wrong);
        if (!wrong.empty()) refuse(wrong);
        return packages;
    }

    [[noreturn]] void refuse(const std::string& wrong) const {
        int item = -1;
        for (std::size_t index = 0; index < names_.size() && item < 0; ++index)
            if (names(wrong, names_[index].substr(0, names_[index].find('=')))) item = static_cast<int>(index);
        std::string remedy = "correct the name, or add the repository that has it to apt's sources";
        if (offline_) remedy = "leave --offline out once, for apt to fetch its lists";
        if (!stale_.empty()) remedy = "the package lists could not be fetched (" + stale_ + "): check the network";
        throw Failure(exit_incomplete, settings_.where("image", "packages", -1, item) + ": not to be had for " +
                                           architecture_ + ": " + wrong + ": " + remedy);
    }

    void fetch(const Apt& apt, const std::vector<Package>& missing) {
        std::string names;
        for (const Package& each : missing) names += (names.empty() ? "" : ", ") + each.name + " " + each.version;
        if (offline_)
            throw Failure(exit_incomplete, settings_.where("image", "packages") + ": not in " + trees_ + ": " + names +
                                               ": leave --offline out once");
        std::fprintf(stderr, "mvimage: fetching %zu packages of %s\n", missing.size(), architecture_.c_str());
        const Scratch scratch(trees_, unfinished);
        if (const std::string wrong = apt.download(missing, scratch.path()); !wrong.empty())
            throw Failure(exit_incomplete, settings_.where("image", "packages") + ": fetch " + names + ": " + wrong +
                                               ": check the network and apt's sources");
        unpack(missing, scratch.path());
    }

    // Under their names once all of them are whole and on the disk.
    void unpack(const std::vector<Package>& packages, const std::string& scratch) const {
        Progress progress("unpacking packages", 0);
        for (const Package& each : packages) {
            const std::string tree = scratch + "/" + each.stem();
            if (::mkdir(tree.c_str(), 0755) != 0) fail_errno("make directory", tree, "check the space left");
            unpack_deb(tree + ".deb", tree, progress);
        }
        const int descriptor = ::open(scratch.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0 || ::syncfs(descriptor) != 0) fail_errno("sync", scratch, "check the disk");
        ::close(descriptor);
        for (const Package& each : packages)
            if (::rename((scratch + "/" + each.stem()).c_str(), each.directory.c_str()) != 0)
                fail_errno("rename to", each.directory, "check the directory");
    }

    const Settings& settings_;
    const Strings& names_;
    std::string architecture_;
    std::string cache_;
    std::string trees_;
    bool offline_;
    Strings& notes_;
    std::string stale_;  // why the lists are older than they should be
};

struct Share {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

std::vector<Share> shares(const std::vector<Package>& packages, const Contents& contents) {
    std::vector<Share> out(packages.size());
    for (const auto& [path, entry] : contents.entries()) {
        for (std::size_t index = 0; index < packages.size(); ++index) {
            const std::string& directory = packages[index].directory;
            if (!has_bytes(entry) || !entry.host.starts_with(directory + "/")) continue;
            ++out[index].files;
            out[index].bytes += entry.size;
        }
    }
    return out;
}

}  // namespace

std::vector<Package> fetch_packages(const Settings& settings, const ElfFile& elf, bool offline, Strings& notes) {
    if (settings.image.packages.empty()) return {};
    return Fetching(settings, architecture_of(settings, elf), offline, notes).run();
}

const Package* kernel_package(const std::vector<Package>& packages) {
    for (const Package& each : packages)
        for (const char* modules : {"/lib/modules", "/usr/lib/modules"})
            if (is_there(each.directory + modules)) return &each;
    return nullptr;
}

std::string packages_json(const std::vector<Package>& packages, const Contents& contents) {
    const std::vector<Share> share = shares(packages, contents);
    std::string text = "[";
    for (std::size_t index = 0; index < packages.size(); ++index) {
        const Package& each = packages[index];
        text +=
            conf::cat({index == 0 ? "" : ",", "{\"name\":\"", each.name, "\",\"version\":\"", each.version,
                       "\",\"architecture\":\"", each.architecture, "\",\"directory\":\"",
                       conf::json_escape(as_utf8(each.directory)), "\",\"files\":", std::to_string(share[index].files),
                       ",\"bytes\":", std::to_string(share[index].bytes), "}"});
    }
    return text + "]";
}

std::string packages_text(const std::vector<Package>& packages, const Contents& contents) {
    const std::vector<Share> share = shares(packages, contents);
    std::string text;
    for (std::size_t index = 0; index < packages.size(); ++index) {
        if (share[index].files == 0) continue;
        const std::string size = size_text(share[index].bytes);
        text += conf::cat({"  ", std::string(size.size() < 12 ? 12 - size.size() : 0, ' '), size, "  ",
                           packages[index].name, " ", packages[index].version, "\n"});
    }
    return text.empty() ? text : "\nThe packages:\n" + text;
}

}  // namespace image
