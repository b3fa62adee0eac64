// apt, asked for packages of any architecture with a state of its own: neither what this machine has installed nor its
// own lists matter, no root is needed, and nothing of this machine's is changed. Its sources, keys and proxies are
// apt's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "packaging/image/child.hpp"
#include "packaging/image/paths.hpp"

namespace image {

struct Package {
    std::string name;
    std::string version;
    std::string architecture;  // "all" of those that have none
    std::string directory;     // of this machine, with its files

    // As the package's file is called, without .deb: it stands for the version.
    std::string stem() const;
};

// A directory of the cache, with those above it. Throws Failure.
void make_directories(const std::string& path);

class Apt {
public:
    // home: a directory for its state, made where it is missing. Throws Failure.
    Apt(std::string home, std::string architecture);

    // The lists were fetched within the last day, and after apt's sources were changed.
    bool is_fresh() const;
    // A file that is as old as the lists.
    std::string stamp() const { return home_ + "/updated"; }
    // Fetches the lists; what went wrong, in apt's words, or "".
    std::string update() const;
    // All that installing these on an empty machine would bring, in apt's order; wrong: in apt's words, why it cannot.
    std::vector<Package> resolve(const Strings& names, std::string& wrong) const;
    // Fetches their .deb files, checked, into a directory; what went wrong, or "".
    std::string download(const std::vector<Package>& packages, const std::string& directory) const;

private:
    // meanwhile: called each second.
    Said run(const Strings& words, const std::string& directory, const std::function<void()>& meanwhile) const;

    std::string home_;
    std::string architecture_;
};

}  // namespace image
