// mvinit.toml as mvimage uses it: the parser's values, where each stands, and paths of this machine made absolute.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/document.hpp"
#include "conf/image.hpp"
#include "packaging/image/paths.hpp"

namespace image {

struct Package;

// What the command line lays over the file; empty: nothing.
struct Overrides {
    std::string config;  // empty: mvinit.toml; check: the one in the image
    std::string output;
    std::string target;
    std::string init;
    bool slim = false;                               // in any case
    bool offline = false;                            // no package is fetched
    const std::vector<Package>* packages = nullptr;  // those that were fetched for the same file already
};

// Of a value in mvinit.toml; line 0: it is not written there.
struct Place {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string key;  // "TABLE.KEY"
};

struct Settings {
    std::string file;  // as it was named
    std::string text;
    conf::Platform platform = conf::Platform::linux_os;
    conf::Config config;
    conf::Image image;  // paths of this machine are absolute, or from the working directory
    conf::Node root;

    // "FILE:LINE:COLUMN: TABLE.KEY" of a value. index: of the element in a list of tables, or of the item in a list of
    // values where item is set; -1: neither.
    std::string where(std::string_view table, std::string_view key, int index = -1, int item = -1) const;
    Place place(std::string_view table, std::string_view key, int index = -1, int item = -1) const;
    bool has(std::string_view table, std::string_view key) const;
    // Of [app], where it has this variable from: "env", or what else brings some.
    std::string_view env_key(std::string_view variable) const;
};

// "add the directory that has it to image.roots", or with packages those.
std::string add_remedy(const Settings& settings);

// Where mvimage itself is.
std::string own_directory();

std::string_view target_name(conf::ImageTarget target);

// Reads and checks it; warnings go to standard error. Throws Failure with all errors of the file.
Settings read_settings(const Overrides& overrides);

// The same of a text that is held against an image that is there: all that is wrong is told in found.
Settings read_text(std::string file, std::string text, conf::Platform platform, conf::Diagnostics& found);

// Where mvinit looks for a command that it starts.
struct Search {
    Strings path;            // where it is named without a directory
    std::string cwd = "/";   // that a relative name is meant from
    Strings library_path{};  // where its libraries are looked for, too
};
Search search_of(const conf::App& app);          // and of its probes
Search search_of(const conf::Environment& env);  // of a hook or of setup, for which app.env does not hold

}  // namespace image
