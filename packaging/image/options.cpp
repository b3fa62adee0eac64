#include "packaging/image/options.hpp"

#include <algorithm>

#include "conf/diagnostic.hpp"
#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr std::string_view verbs[] = {"build", "why", "list", "report", "check", "help", "version"};

constexpr std::string_view makers = "build why list report";

struct Option {
    std::string_view name;
    std::string_view short_name;
    std::string_view verbs;  // that take it, a blank between; empty: all do
    std::string Options::*value = nullptr;
    std::string Overrides::*over = nullptr;
    bool Options::*flag = nullptr;
    bool Overrides::*over_flag = nullptr;
};
constexpr Option table[] = {
    {"--config", "-c", "", nullptr, &Overrides::config, nullptr},
    {"--output", "-o", "build", nullptr, &Overrides::output, nullptr},
    {"--target", "-t", makers, nullptr, &Overrides::target, nullptr},
    {"--init", "", makers, nullptr, &Overrides::init, nullptr},
    {"--offline", "", makers, nullptr, nullptr, nullptr, &Overrides::offline},
    {"--dry-run", "-n", "build", nullptr, nullptr, &Options::dry_run},
    {"--json", "", "", nullptr, nullptr, &Options::json},
    {"--svg", "", "report", &Options::svg, nullptr, nullptr},
    {"--platform", "-p", "check", &Options::platform, nullptr, nullptr},
    {"--machine", "", "check", nullptr, nullptr, &Options::machine},
    {"--container", "", "check", nullptr, nullptr, &Options::container},
};

[[noreturn]] void refuse(const std::string& text) {
    throw Failure(exit_unusable, text + ": 'mvimage --help' lists what there is");
}

const Option& find_option(const std::string& word, const Options& options) {
    std::vector<std::string_view> names;
    for (const Option& each : table) {
        names.push_back(each.name);
        if (word != each.name && (each.short_name.empty() || word != each.short_name)) continue;
        const Strings takers = split(each.verbs, ' ');
        if (!takers.empty() && std::find(takers.begin(), takers.end(), options.verb) == takers.end())
            refuse("option " + word + " belongs to 'mvimage " + takers.front() + "'");
        return each;
    }
    refuse("unknown option " + word + conf::did_you_mean(word, names));
}

void take_verb(const std::string& word, Options& options) {
    if (word == "-h" || word == "--help") {
        options.verb = "help";
    } else if (word == "-V" || word == "--version") {
        options.verb = "version";
    } else if (std::find(std::begin(verbs), std::end(verbs), word) != std::end(verbs)) {
        options.verb = word;
    } else {
        refuse("unknown verb '" + word + "'" + conf::did_you_mean(word, {std::begin(verbs), std::end(verbs)}));
    }
}

void take_option(std::span<char* const> words, std::size_t& index, Options& options) {
    std::string word = words[index];
    std::string value;
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const bool attached = equals != std::string::npos;
    if (attached) {
        value = word.substr(equals + 1);
        word.resize(equals);
    }
    const Option& option = find_option(word, options);
    if (option.flag != nullptr || option.over_flag != nullptr) {
        if (attached) refuse("option " + word + " takes no value");
        (option.flag != nullptr ? options.*option.flag : options.overrides.*option.over_flag) = true;
        return;
    }
    if (!attached) {
        if (index + 1 == words.size()) refuse("option " + word + " lacks its value");
        value = words[++index];
    }
    if (value.empty()) refuse("option " + word + ": its value is empty");
    (option.value != nullptr ? options.*option.value : options.overrides.*option.over) = value;
}

}  // namespace

Options parse_options(std::span<char* const> words) {
    Options options;
    if (words.empty()) refuse("what to do is missing");
    take_verb(words[0], options);
    for (std::size_t index = 1; index < words.size(); ++index) {
        const std::string word = words[index];
        if (word == "-h" || word == "--help") {
            options.verb = "help";
            return options;
        }
        if (options.verb == "help" && index == 1) {
            take_verb(word, options);  // "help build" is "build --help"
            options.verb = "help";
        } else if (word.starts_with('-')) {
            take_option(words, index, options);
        } else if ((options.verb == "why" || options.verb == "check") && options.path.empty()) {
            options.path = word;
        } else {
            refuse("'" + word + "' is one word too many");
        }
    }
    if (options.verb == "why" && !options.path.starts_with('/'))
        refuse("why takes the absolute path that a file has in the image");
    if (options.verb == "check" && options.path.empty()) refuse("check takes a root directory or an image");
    if (options.machine && options.container) refuse("--machine and --container exclude each other");
    return options;
}

std::string_view usage() {
    return "mvimage makes images of a machine from its mvinit.toml.\n"
           "\n"
           "  mvimage build [-o OUTPUT] [-n]   make the image; -n finds out all the same, and writes nothing\n"
           "  mvimage why PATH                 who wants this file in the image\n"
           "  mvimage list                     what is in the image\n"
           "  mvimage report [--svg FILE]      what takes the room, as a table and as a picture\n"
           "  mvimage check DIR|IMAGE          hold the mvinit.toml in a root directory or an image against it\n"
           "  mvimage help|version             this page, also as 'mvimage help build'; the version\n"
           "\n"
           "  -c, --config FILE    the configuration, instead of ./mvinit.toml; check: instead of the image's own\n"
           "  -t, --target TARGET  initramfs, tar, oci, ext4, squashfs, zone or ramdisk, instead of image.target\n"
           "  -o, --output OUTPUT  instead of image.output\n"
           "  --init FILE          the mvinit for the image, instead of image.init\n"
           "  --offline            fetch no package: take what an earlier build has fetched\n"
           "  -n, --dry-run        write nothing\n"
           "  -p, --platform NAME  check: linux or illumos, instead of what the image's programs tell\n"
           "  --machine, --container   check: as the init of one, instead of what the kind of image tells\n"
           "  --json               for programs\n"
           "  -h, --help           this page; -V, --version the version\n"
           "\n"
           "Exit codes: 0 done; 1 the configuration has errors, or check found some; 2 wrong usage; 3 something that\n"
           "the image needs is missing; 4 a file cannot be read or written; 5 larger than image.budget; 6 why: it is\n"
           "not in the image.\n";
}

}  // namespace image
