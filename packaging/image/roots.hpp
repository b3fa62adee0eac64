// The directories that files are taken from, seen as one tree: the first one that has a path wins. No symbolic link
// leads out of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "packaging/image/held.hpp"
#include "packaging/image/paths.hpp"

namespace image {

struct Found {
    std::string path;    // in the image; no directory of it is a link
    std::string host;    // on this machine; empty: it is in an archive
    std::string target;  // of a symbolic link
    struct stat status {};
    std::shared_ptr<const Held> bytes{};  // of a file that is in an archive
    unsigned layer = 0;                   // of an OCI image: the last one that has it, or something in it
};

// What an archive holds, by path: with the directories above each entry, and no path through a link.
using Unpacked = std::map<std::string, Found>;

inline constexpr std::size_t most_links = 40;  // on one way, as the kernel has it

// The way along a path.
struct Walk {
    std::string path;          // where it ends, links followed
    std::vector<Found> links;  // the symbolic links on it, in order
    std::optional<Found> end;  // none: there is nothing, or links without end
};

class Roots {
public:
    // Takes directories of this machine; the first wins. Throws Failure where one cannot be opened.
    explicit Roots(const Strings& directories);
    // The tree of an archive. name: for messages.
    Roots(std::string name, Unpacked tree) : name_(std::move(name)), unpacked_(std::move(tree)) {}
    ~Roots();
    Roots(const Roots&) = delete;
    Roots& operator=(const Roots&) = delete;

    // The entry itself; links are followed in its directories alone.
    std::optional<Found> at(const std::string& path) const;
    // Follows links, the last one too where follow_last is set. Goes on behind a directory that is missing, as if it
    // were made.
    Walk walk(std::string_view path, bool follow_last = true) const;
    // What is in a directory, of all roots together, sorted.
    Strings names(const std::string& directory) const;
    // The paths that match, sorted; without wildcards the path itself where it exists.
    Strings expand(std::string_view pattern) const;
    // The bytes of a file; nullopt where there is none.
    std::optional<std::string> read(std::string_view path) const;
    // For messages: the directories from this one on go by one name.
    void call_rest(std::size_t first, const std::string& name) {
        first_unnamed_ = first;
        rest_ = name;
    }
    std::string text() const;  // the directories, for messages

private:
    struct Root {
        std::string directory;
        int descriptor;
    };
    void add_names(const Root& root, const std::string& directory, std::vector<std::string>& names) const;
    void expand_part(const std::string& directory, const Strings& parts, std::size_t index, Strings& found) const;

    std::vector<Root> roots_;
    std::size_t first_unnamed_ = SIZE_MAX;
    std::string rest_;
    std::string name_;  // of the archive; empty: there are directories
    Unpacked unpacked_;
};

// The bytes of a file that was found. Throws Failure where it cannot be read.
std::string bytes_of(const Found& found);

// Throws Failure where it cannot be read.
std::string read_host_file(const std::string& path);

}  // namespace image
