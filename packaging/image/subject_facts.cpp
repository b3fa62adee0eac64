// The machine that plumb plans for, as far as its image tells of it.
#include <array>

#include "packaging/image/subject.hpp"
#include "plumb/illumos_files.hpp"

namespace image {
namespace {

constexpr std::array linux_directories{"/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/run", "/tmp"};

bool is_there(const Roots& tree, const std::string& path, bool directory) {
    const Walk way = tree.walk(path);
    if (!way.end) return false;
    const bool is_directory = S_ISDIR(way.end->status.st_mode);
    return is_directory == directory;
}

conf::Role role_of(const Subject& subject, conf::Role wanted) {
    if (wanted != conf::Role::automatic) return wanted;
    const conf::Role configured = subject.config().system.role;
    if (configured != conf::Role::automatic) return configured;
    if (subject.opened.kind == ImageKind::initramfs || !subject.is_linux()) return conf::Role::machine;
    if (subject.opened.kind == ImageKind::disk) return conf::Role::machine;
    if (subject.opened.kind == ImageKind::oci) return conf::Role::container;
    // A root file system: whoever starts a kernel with it has put modules there.
    return subject.tree().names("/lib/modules").empty() && subject.tree().names("/usr/lib/modules").empty()
               ? conf::Role::container
               : conf::Role::machine;
}

// The cards are the machine's: each one that is configured is taken to be there.
void assume_cards(const Subject& subject, plumb::Facts& facts) {
    for (const conf::Interface& each : subject.config().interfaces) {
        const std::string driver = each.driver == "e1000" ? "e1000g" : each.driver;
        if (subject.is_linux()) continue;
        facts.nics.push_back({each.name.empty() ? driver + "0" : each.name, driver, each.mac});
    }
}

void add_illumos(const Subject& subject, plumb::Facts& facts) {
    const Roots& tree = subject.tree();
    const bool global = is_there(tree, "/platform", true) || is_there(tree, "/kernel", true);
    facts.zone = global ? "global" : "zone";
    facts.start = global ? plumb::Start::kernel : plumb::Start::zone_init;
    facts.owns_kernel = global;
    const auto have = [&](const std::string& path) {
        // In a sparse zone the global zone's are there.
        const std::string top = "/" + split(path, '/').front();
        const bool empty = !global && is_there(tree, top, true) && tree.names(tree.walk(top).path).empty() &&
                           (top == "/usr" || top == "/lib" || top == "/sbin");
        return empty || is_there(tree, path, false);
    };
    for (const plumb::IllumosFile& each : plumb::illumos_files())
        if (have(each.path)) facts.files.emplace_back(each.path);
    for (const plumb::Nic& nic : facts.nics)
        if (tree.walk("/dev/" + nic.name, false).end) facts.files.push_back("/dev/" + nic.name);
    // With none at all the planner would take the image for one that nobody has looked into.
    if (facts.files.empty()) facts.files.emplace_back("/etc/mvinit.toml");
    for (const char* path : plumb::illumos_directories)
        if (is_there(tree, path, true)) facts.directories.emplace_back(path);
}

}  // namespace

plumb::Facts facts_of(const Subject& subject, conf::Role wanted) {
    plumb::Facts facts;
    facts.platform = subject.settings.platform;
    facts.role = role_of(subject, wanted);
    facts.start = plumb::Start::kernel;
    facts.owns_kernel = facts.role == conf::Role::machine;
    facts.architecture = subject.init ? machine_name(subject.init->machine) : "";
    facts.root_writable = subject.config().system.root != conf::RootMode::ro || subject.is_linux();
    assume_cards(subject, facts);
    if (!subject.is_linux()) {
        add_illumos(subject, facts);
        return facts;
    }
    for (const char* path : linux_directories)
        if (is_there(subject.tree(), path, true)) facts.directories.emplace_back(path);
    return facts;
}

}  // namespace image
