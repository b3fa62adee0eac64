#include "packaging/image/plan.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <elf.h>
#include <sys/stat.h>
#include <utility>

#include "packaging/image/env_files.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/illumos.hpp"
#include "packaging/image/initrd.hpp"
#include "packaging/image/modules.hpp"

namespace image {
namespace {

using conf::ImageTarget;

bool is_disk(ImageTarget target) {
    return target == ImageTarget::ext4 || target == ImageTarget::squashfs;
}

bool is_for_illumos(ImageTarget target) {
    return target == ImageTarget::zone || target == ImageTarget::ramdisk;
}

void check_target(const Settings& settings) {
    const ImageTarget target = settings.image.target;
    const bool illumos = settings.platform == conf::Platform::illumos;
    if ((is_for_illumos(target) && !illumos) || (is_disk(target) && illumos))
        fail(exit_incomplete, "build target", target_name(target),
             settings.image.init + " is a program for " + (illumos ? "illumos" : "Linux"),
             std::string("name the mvinit for ") + (illumos ? "Linux" : "illumos") + " with image.init or --init");
}

void check_directory(const std::string& path, const Settings& settings, std::string_view key, int item) {
    struct stat status {};
    const int error = ::stat(path.c_str(), &status) != 0 ? errno : S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    if (error == 0) return;
    throw Failure(exit_files, settings.where("image", key, -1, item) + ": " + path + ": " + std::strerror(error) +
                                  ": correct the path, or make what is to be there first");
}

void check_directories(const Settings& settings) {
    const conf::Image& image = settings.image;
    for (std::size_t at = 0; at < image.roots.size(); ++at)
        check_directory(image.roots[at], settings, "roots", static_cast<int>(at));
    for (std::size_t at = 0; at < image.overlays.size(); ++at)
        check_directory(image.overlays[at], settings, "overlays", static_cast<int>(at));
    if (!image.kernel.empty()) check_directory(image.kernel, settings, "kernel", -1);
}

std::unique_ptr<Roots> open_roots(const conf::Image& image, const std::vector<Package>& packages) {
    Strings directories(image.overlays.rbegin(), image.overlays.rend());
    directories.insert(directories.end(), image.roots.begin(), image.roots.end());
    const std::size_t named = directories.size();
    for (const Package& each : packages) directories.push_back(each.directory);
    auto roots = std::make_unique<Roots>(directories);
    roots->call_rest(named, "the packages of image.packages");
    return roots;
}

void add_packages(Plan& plan, const Overrides& overrides) {
    plan.packages = overrides.packages != nullptr
                        ? *overrides.packages
                        : fetch_packages(plan.settings, plan.init, overrides.offline, plan.notes);
    if (const Package* kernel = kernel_package(plan.packages); kernel != nullptr && plan.settings.image.kernel.empty())
        plan.settings.image.kernel = kernel->directory;
}

std::string place(const Roots& roots, const std::string& path) {
    return roots.walk(path).path;
}

// The links on the way to a directory, /sbin -> usr/sbin, come along.
void add_links(const Roots& roots, const std::string& path, const Reason& reason, Contents& contents) {
    for (const Found& link : roots.walk(path).links) contents.add_found(roots, link, reason);
}

void add_mvinit(const Plan& plan, Contents& contents) {
    const Roots& roots = *plan.roots;
    const Reason reason{"", "mvinit itself"};
    add_links(roots, "/sbin", reason, contents);
    const std::string sbin = place(roots, "/sbin");
    contents.add_host_file(roots, sbin + "/mvinit", plan.settings.image.init, reason);
    contents.add_symlink(roots, sbin + "/init", "mvinit", {sbin + "/mvinit", "name that kernels start it by"});
    if (plan.settings.image.target == conf::ImageTarget::initramfs)
        contents.add_symlink(roots, "/init", "sbin/mvinit", {sbin + "/mvinit", "name that a kernel starts it by"});
    contents.add_file(roots, "/etc/mvinit.toml", plan.settings.text, 0644, {"", "mvinit's configuration"});
}

// What mvinit mounts onto, and where programs expect to write.
void add_directories(const Plan& plan, Contents& contents) {
    static constexpr std::pair<const char*, unsigned> directories[] = {{"/dev", 0755}, {"/proc", 0555}, {"/sys", 0555},
                                                                       {"/run", 0755}, {"/tmp", 01777}, {"/etc", 0755},
                                                                       {"/root", 0700}};
    const Reason reason{"", "made by mvimage: every machine has it"};
    const conf::Image& image = plan.settings.image;
    const Roots overlays({image.overlays.rbegin(), image.overlays.rend()});
    for (const auto& [path, mode] : directories) {
        add_links(*plan.roots, path, reason, contents);
        const std::optional<Found> own = overlays.walk(path).end;
        const bool given = own && S_ISDIR(own->status.st_mode);
        contents.add_directory(*plan.roots, place(*plan.roots, path), given ? own->status.st_mode & 07777 : mode,
                               reason);
    }
    if (is_for_illumos(plan.settings.image.target)) return add_illumos_places(plan, contents);
    if (!is_disk(plan.settings.image.target) && plan.settings.image.target != conf::ImageTarget::initramfs) return;
    const Reason device{"", "made by mvimage: the kernel opens it before anything is mounted"};
    contents.add_device(*plan.roots, "/dev/console", 0600, 5, 1, device);
    contents.add_device(*plan.roots, "/dev/null", 0666, 1, 3, device);
}

void want_modules(const Settings& settings, const Roots& roots, Closure& closure, Contents& contents) {
    const conf::Config& config = settings.config;
    if (settings.image.kernel.empty()) {
        if (!settings.image.modules.empty())
            closure.problem({"", settings.where("image", "modules")}, "no kernel is named to take them from",
                            "add image.kernel");
        // A kernel may have all of them built in; an initramfs without the others does not boot.
        if (settings.image.target == conf::ImageTarget::initramfs && !config.system.modules.empty())
            closure.note(settings.where("system", "modules") +
                         ": no module is in the image, as image.kernel is not given");
        return;
    }
    Modules modules(settings.image.kernel, roots);
    for (std::size_t index = 0; index < config.system.modules.size(); ++index) {
        const std::string& line = config.system.modules[index];
        modules.want(line.substr(0, line.find(' ')),
                     {"", settings.where("system", "modules", -1, static_cast<int>(index))}, Need::required, closure);
    }
    for (std::size_t index = 0; index < settings.image.modules.size(); ++index)
        modules.want(settings.image.modules[index],
                     {"", settings.where("image", "modules", -1, static_cast<int>(index))}, Need::required, closure);
    if (config.system.power_button)
        modules.want("button", {"", settings.where("system", "power_button")}, Need::optional, closure);
    modules.add_to(roots, contents);
}

// "hosts: files" is what glibc takes without the file: names in /etc/hosts alone would be missed, or DNS.
void add_name_services(const Roots& roots, Closure& closure, Contents& contents) {
    if (closure.name_user().empty()) return;
    contents.add_file(roots, "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n", 0644,
                      {closure.name_user(), "looks up names, for which libc reads it"});
}

// Both ways of not fitting mvinit, as "/bin/app is for aarch64, mvinit for x86_64"; "": it fits.
std::string misfit(const Plan& plan, const std::string& path, const ElfFile& elf) {
    const bool illumos = plan.settings.platform == conf::Platform::illumos;
    const System own = illumos ? System::illumos : System::linux_os;
    const auto text = [&](std::string_view one, std::string_view other) {
        return conf::cat({path, " is for ", one, ", ", plan.settings.image.init, " for ", other});
    };
    const bool runs = plan.init.machine == elf.machine || (plan.init.machine == EM_X86_64 && elf.machine == EM_386);
    if (!runs) return text(machine_name(elf.machine), machine_name(plan.init.machine));
    return elf.system == System::unknown || elf.system == own ? "" : text(system_name(elf.system), system_name(own));
}

// One architecture: what mvinit cannot execute does no good to have found.
void check_machine(const Plan& plan, const std::string& command, Closure& closure) {
    const auto found =
        closure.loaded().find(place(*plan.roots, closure.find_command(command, search_of(plan.settings.config.app))));
    if (found == closure.loaded().end()) return;
    const std::string what = misfit(plan, found->first, found->second.elf);
    if (what.empty()) return;
    closure.problem({"", plan.settings.where("app", "command")}, what,
                    "name the mvinit for the application's machine and system with image.init or --init");
}

// The same of what runs the scripts of the image.
void check_interpreters(const Plan& plan, Closure& closure) {
    for (const auto& [path, loaded] : closure.loaded()) {
        const std::string what = misfit(plan, path, loaded.elf);
        if (what.empty()) continue;
        const Entry* entry = plan.contents.find(path);
        for (const Reason& reason : entry == nullptr ? std::vector<Reason>{} : entry->reasons)
            if (reason.what == script_interpreter || reason.what == run_by_env)
                closure.problem(reason, what, "take both for one machine and system");
    }
}

[[noreturn]] void fail_incomplete(const Closure& closure) {
    std::string all;
    for (const std::string& each : closure.problems()) all += (all.empty() ? "" : "\n") + each;
    throw Failure(closure.code(), all);
}

}  // namespace

Plan make_plan(const Overrides& overrides) {
    Plan plan{read_settings(overrides), nullptr, {}, {}, {}, {}, {}};
    check_target(plan.settings);
    check_directories(plan.settings);
    plan.init = read_elf(plan.settings.image.init).value_or(ElfFile{});
    add_packages(plan, overrides);
    plan.roots = open_roots(plan.settings.image, plan.packages);
    add_env_files(plan.settings.config.app, *plan.roots);
    Closure closure(plan.settings, *plan.roots, plan.contents);
    add_mvinit(plan, plan.contents);
    add_directories(plan, plan.contents);
    closure.look_at(place(*plan.roots, "/sbin") + "/mvinit");
    want_configured(plan.settings, *plan.roots, closure, plan.contents);
    closure.run();
    if (plan.settings.image.target == ImageTarget::zone) {
        keep_own_init(plan, closure, plan.contents);
        add_inittab(plan, closure, plan.contents);
    }
    closure.run();
    want_modules(plan.settings, *plan.roots, closure, plan.contents);
    if (is_disk(plan.settings.image.target) && !plan.settings.image.kernel.empty())
        plan.initrd = make_initrd(plan.settings, plan.init, closure);
    add_accounts(plan.settings, *plan.roots, closure, plan.contents);
    add_name_services(*plan.roots, closure, plan.contents);
    check_machine(plan, plan.settings.config.app.command.front(), closure);
    check_interpreters(plan, closure);
    if (!closure.problems().empty()) fail_incomplete(closure);
    plan.contents.join_links();
    for (std::string& each : closure.notes()) plan.notes.push_back(std::move(each));
    return plan;
}

}  // namespace image
