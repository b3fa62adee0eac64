#include "packaging/image/settings.hpp"

#include <array>
#include <cstdio>
#include <limits.h>
#include <unistd.h>
#include <utility>

#include "packaging/image/elf.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/roots.hpp"

namespace image {
namespace {

// init/program.hpp: what mvinit gives where the file does not say.
constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void check(const conf::Parsed& parsed, Strings& warnings) {
    std::string errors;
    warnings.clear();
    for (const conf::Diagnostic& each : parsed.diagnostics) {
        if (each.severity == conf::Severity::error) errors += (errors.empty() ? "" : "\n") + conf::to_text(each);
        if (each.severity == conf::Severity::warning) warnings.push_back(conf::to_text(each));
    }
    if (!errors.empty()) throw Failure(exit_bad, errors);
}

// A relative path is meant from where the file is.
void resolve_paths(const std::string& file, conf::Image& image) {
    const auto resolve = [&file](std::string& path) {
        if (path.empty() || path.starts_with('/') || file.find('/') == std::string::npos) return;
        path = join(file.substr(0, file.rfind('/') + 1), path);
    };
    for (std::string& each : image.roots) resolve(each);
    for (std::string& each : image.overlays) resolve(each);
    for (std::string* each : {&image.output, &image.init, &image.kernel}) resolve(*each);
}

// Installed in bin and sbin, or just built.
std::string find_init() {
    const std::string here = own_directory();
    for (const std::string& place : {here + "/../sbin/mvinit", here + "/mvinit"})
        if (::access(place.c_str(), R_OK) == 0) return place;
    fail(exit_incomplete, "find", "mvinit", "not beside mvimage in " + here,
         "name the program with image.init or --init");
}

struct TargetName {
    std::string_view name;
    conf::ImageTarget value;
};
constexpr TargetName target_names[] = {{"initramfs", conf::ImageTarget::initramfs},
                                       {"tar", conf::ImageTarget::tar},
                                       {"oci", conf::ImageTarget::oci},
                                       {"ext4", conf::ImageTarget::ext4},
                                       {"squashfs", conf::ImageTarget::squashfs},
                                       {"zone", conf::ImageTarget::zone},
                                       {"ramdisk", conf::ImageTarget::ramdisk}};

conf::ImageTarget target_of(const std::string& word) {
    std::string all;
    std::vector<std::string_view> words;
    for (const TargetName& each : target_names) {
        if (each.name == word) return each.value;
        all += (all.empty() ? "one of " : ", ") + std::string(each.name);
        words.push_back(each.name);
    }
    fail(exit_unusable, "build target", word, "unknown" + conf::did_you_mean(word, words), all);
}

void parse_for(Settings& settings, Strings& warnings) {
    conf::Parsed parsed = conf::parse(settings.text, settings.file, settings.platform, true);
    check(parsed, warnings);
    settings.config = std::move(parsed.config);
    settings.image = conf::parse_image(settings.text, settings.platform);
    resolve_paths(settings.file, settings.image);
}

const conf::Node* find_value(const conf::Node* table, std::string_view key, int index, int item) {
    if (table != nullptr && index >= 0 && table->kind == conf::Kind::array)
        table = static_cast<std::size_t>(index) < table->items.size() ? &table->items[static_cast<std::size_t>(index)]
                                                                      : nullptr;
    const conf::Node* value = conf::find(table, key);
    if (value != nullptr && item >= 0 && static_cast<std::size_t>(item) < value->items.size())
        return &value->items[static_cast<std::size_t>(item)];
    return value;
}

const conf::Node* find_node(const Settings& settings, std::string_view table, std::string_view key, int index,
                            int item) {
    const std::string_view name = settings.platform == conf::Platform::linux_os ? "linux" : "illumos";
    const conf::Node* overlay = conf::find(conf::find(&settings.root, "platform"), name);
    if (const conf::Node* node = find_value(conf::find(overlay, table), key, index, item)) return node;
    return find_value(conf::find(&settings.root, table), key, index, item);
}

}  // namespace

Place Settings::place(std::string_view table, std::string_view key, int index, int item) const {
    const conf::Node* node = find_node(*this, table, key, index, item);
    Place place{file, 0, 0, conf::cat({table, ".", key})};
    if (node != nullptr) {
        place.line = node->line;
        place.column = node->column;
    }
    return place;
}

std::string Settings::where(std::string_view table, std::string_view key, int index, int item) const {
    const Place at = place(table, key, index, item);
    if (at.line == 0) return file + ": " + at.key;
    return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + at.key;
}

std::string own_directory() {
    std::array<char, PATH_MAX> text{};
    const ssize_t length = ::readlink("/proc/self/exe", text.data(), text.size());
    return length < 0 ? "/" : parent_of(std::string_view(text.data(), static_cast<std::size_t>(length)));
}

std::string_view target_name(conf::ImageTarget target) {
    for (const TargetName& each : target_names)
        if (each.value == target) return each.name;
    return {};
}

bool Settings::has(std::string_view table, std::string_view key) const {
    return find_node(*this, table, key, -1, -1) != nullptr;
}

std::string_view Settings::env_key(std::string_view variable) const {
    const bool written = conf::find(find_node(*this, "app", "env", -1, -1), variable) != nullptr;
    return written || config.app.env_files.empty() ? "env" : "env_files";
}

Settings read_text(std::string file, std::string text, conf::Platform platform, conf::Diagnostics& found) {
    Settings settings;
    settings.file = std::move(file);
    settings.text = std::move(text);
    settings.platform = platform;
    conf::Parsed parsed = conf::parse(settings.text, settings.file, platform, false);
    settings.config = std::move(parsed.config);
    found = std::move(parsed.diagnostics);
    settings.image = conf::parse_image(settings.text, platform);
    conf::Diagnostics told;
    conf::read_document(settings.text, settings.file, settings.root, told);
    return settings;
}

Settings read_settings(const Overrides& overrides) {
    Settings settings;
    settings.file = overrides.config.empty() ? "mvinit.toml" : overrides.config;
    try {
        settings.text = read_host_file(settings.file);
    } catch (const Failure& failure) {
        throw Failure(exit_unusable, std::string(failure.what()) + " (-c FILE names another one)");
    }
    Strings warnings;
    parse_for(settings, warnings);
    conf::Diagnostics none;
    conf::read_document(settings.text, settings.file, settings.root, none);
    std::string init = overrides.init.empty() ? settings.image.init : overrides.init;
    if (init.empty()) init = find_init();
    const std::optional<ElfFile> elf = read_elf(init);
    if (!elf) fail(exit_incomplete, "use as mvinit", init, "not an ELF file", "name the program for the image");
    if (elf->linker == Linker::illumos) {
        settings.platform = conf::Platform::illumos;
        parse_for(settings, warnings);
    }
    // With slim it is report's second look at the same file.
    if (!overrides.slim)
        for (const std::string& each : warnings) std::fprintf(stderr, "%s\n", each.c_str());
    settings.image.init = init;
    settings.image.slim = settings.image.slim || overrides.slim;
    if (!overrides.target.empty()) settings.image.target = target_of(overrides.target);
    if (!overrides.output.empty()) settings.image.output = overrides.output;
    // With packages the host's own files are not meant, unless it says so.
    if (!settings.image.packages.empty() && !settings.has("image", "roots")) settings.image.roots.clear();
    return settings;
}

std::string add_remedy(const Settings& settings) {
    return settings.image.packages.empty() ? "add the directory that has it to image.roots"
                                           : "add its package to image.packages";
}

Search search_of(const conf::App& app) {
    Search search = search_of(app.env);
    if (!app.cwd.empty()) search.cwd = app.cwd;
    return search;
}

Search search_of(const conf::Environment& env) {
    const auto value = [&env](const char* name, std::string_view otherwise) {
        const auto given = env.find(name);
        return split(given == env.end() ? otherwise : std::string_view(given->second), ':');
    };
    return {value("PATH", default_path), "/", value("LD_LIBRARY_PATH", "")};
}

}  // namespace image
