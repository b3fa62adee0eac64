#include "packaging/image/apt.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/diagnostic.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/progress.hpp"

namespace image {
namespace {

constexpr std::int64_t second = 1'000'000'000;  // in nanoseconds, as all times here
constexpr std::int64_t day = 86'400 * second;

// Of the change, not of the content: a file that was unpacked or renamed has an old time of that. 0: it is not there.
std::int64_t changed(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return 0;
    return status.st_ctim.tv_sec * second + status.st_ctim.tv_nsec;
}

std::int64_t sources_changed() {
    const std::string directory = "/etc/apt/sources.list.d";
    std::int64_t newest = std::max(changed("/etc/apt/sources.list"), changed(directory));
    if (const char* config = std::getenv("APT_CONFIG")) newest = std::max(newest, changed(config));
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (stream == nullptr) return newest;
    while (const dirent* entry = ::readdir(stream.get()))
        newest = std::max(newest, changed(join(directory, static_cast<const char*>(entry->d_name))));
    return newest;
}

// This process's, with messages in English, as they are read here.
Strings environment() {
    Strings all;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view variable(*each);
        if (!variable.starts_with("LC_ALL=") && !variable.starts_with("LANGUAGE=")) all.emplace_back(variable);
    }
    all.emplace_back("LC_ALL=C");
    return all;
}

// apt's errors, else its warnings, in one line.
std::string complaints(const std::string& text) {
    std::string all;
    for (const char* kind : {"E: ", "W: "}) {
        for (const std::string& line : split(text, '\n'))
            if (line.starts_with(kind)) all += (all.empty() ? "" : "; ") + line.substr(3);
        if (!all.empty()) return all;
    }
    return text.empty() ? "it does not say why" : text;
}

// Of the files in a directory that another program writes into meanwhile.
std::uint64_t bytes_in(const std::string& directory) {
    std::uint64_t bytes = 0;
    std::error_code ignored;
    for (auto each = std::filesystem::directory_iterator(directory, ignored); each != std::filesystem::end(each);
         each.increment(ignored)) {
        const std::uintmax_t size = each->file_size(ignored);
        if (!ignored) bytes += size;
    }
    return bytes;
}

// "Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []"
bool read_line(const std::string& line, Package& package) {
    const Strings words = split(line, ' ');
    if (words.size() < 4 || words[0] != "Inst") return false;
    const std::size_t open = line.find('(');
    const std::size_t close = line.find(')', open);
    const std::size_t bracket = line.rfind('[', close);
    if (open == std::string::npos || close == std::string::npos || bracket == std::string::npos || bracket < open)
        return false;
    package.name = words[1].substr(0, words[1].find(':'));
    package.version = line.substr(open + 1, line.find(' ', open) - open - 1);
    package.architecture = line.substr(bracket + 1, line.find(']', bracket) - bracket - 1);
    return true;
}

}  // namespace

void make_directories(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        fail(exit_files, "make directory", path, error.message(), "check its permissions, or set XDG_CACHE_HOME");
}

std::string Package::stem() const {
    std::string escaped = version;
    if (const std::size_t colon = escaped.find(':'); colon != std::string::npos) escaped.replace(colon, 1, "%3a");
    return conf::cat({name, "_", escaped, "_", architecture});
}

Apt::Apt(std::string home, std::string architecture) : home_(std::move(home)), architecture_(std::move(architecture)) {
    for (const char* each : {"/state/lists/partial", "/cache/archives/partial"}) make_directories(home_ + each);
    // What is installed: nothing.
    const int descriptor = ::open((home_ + "/status").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) fail_errno("make", home_ + "/status", "check the directory, or set XDG_CACHE_HOME");
    ::close(descriptor);
}

bool Apt::is_fresh() const {
    const std::int64_t fetched = changed(stamp());
    return fetched > sources_changed() && fetched > std::time(nullptr) * second - day;
}

// Sandbox::User: as root, apt would fetch as a user who cannot write here. pkgcache: images of containers turn it off.
Said Apt::run(const Strings& words, const std::string& directory, const std::function<void()>& meanwhile) const {
    Strings all{"apt-get", "-q", "-y"};
    for (const std::string& each :
         {"APT::Architecture=" + architecture_, "APT::Architectures=" + architecture_, "Dir::State=" + home_ + "/state",
          "Dir::State::status=" + home_ + "/status", "Dir::Cache=" + home_ + "/cache",
          std::string("Dir::Cache::pkgcache=pkgcache.bin"), std::string("Dir::Cache::srcpkgcache=srcpkgcache.bin"),
          std::string("Acquire::GzipIndexes=false"), std::string("Acquire::Languages=none"),
          "APT::Sandbox::User=" + std::to_string(::geteuid()), std::string("Debug::NoLocking=true"),
          std::string("APT::Install-Recommends=false"), std::string("APT::Update::Error-Mode=any"),
          std::string("APT::Get::List-Cleanup=true"), std::string("quiet::NoStatistic=true")})
        all.insert(all.end(), {"-o", each});
    all.insert(all.end(), words.begin(), words.end());
    Said said = run_program(all, environment(), directory, meanwhile);
    if (said.error != 0)
        fail(exit_incomplete, "run", all[0], std::strerror(said.error),
             "image.packages needs Debian's apt; elsewhere name unpacked packages with image.roots");
    return said;
}

std::string Apt::update() const {
    Progress progress("fetching the package lists", 0);
    const Said said = run({"update"}, home_, [&] { progress.reach(bytes_in(home_ + "/state/lists/partial")); });
    if (said.status != 0) return complaints(said.errors);
    const int descriptor = ::open(stamp().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0 || ::futimens(descriptor, nullptr) != 0)
        fail_errno("make", stamp(), "check the directory and the space left");
    ::close(descriptor);
    return {};
}

std::vector<Package> Apt::resolve(const Strings& names, std::string& wrong) const {
    Strings words{"--simulate", "install", "--"};
    words.insert(words.end(), names.begin(), names.end());
    Progress progress("finding out what the packages depend on", 0);
    const Said said = run(words, home_, [&] { progress.reach(0); });
    std::vector<Package> packages;
    wrong = said.status == 0 ? "" : complaints(said.errors);
    if (said.status != 0) return packages;
    for (const std::string& line : split(said.out, '\n'))
        if (Package package; read_line(line, package)) packages.push_back(std::move(package));
    return packages;
}

std::string Apt::download(const std::vector<Package>& packages, const std::string& directory) const {
    Strings words{"download", "--"};
    for (const Package& each : packages) words.push_back(conf::cat({each.name, "=", each.version}));
    Progress progress("fetching packages", 0);
    const Said said = run(words, directory, [&] { progress.reach(bytes_in(directory)); });
    return said.status == 0 ? "" : complaints(said.errors);
}

}  // namespace image
