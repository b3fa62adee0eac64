// Kernel modules as mvinit finds them: by modules.dep of the running kernel's version.
#include <algorithm>
#include <set>
#include <variant>

#include "packaging/image/checks.hpp"
#include "packaging/image/failure.hpp"
#include "plumb/modules.hpp"

namespace image {
namespace {

constexpr const char* place_of_modules = "/lib/modules";

struct Kernel {
    std::string version;
    std::string folder;
    bool listed = false;  // it has modules.dep
    std::string dependencies;
    std::string builtin;
};

std::vector<Kernel> kernels_of(const Roots& tree) {
    std::vector<Kernel> kernels;
    const Walk way = tree.walk(place_of_modules);
    if (!way.end) return kernels;
    for (const std::string& version : tree.names(way.path)) {
        const std::string folder = join(way.path, version);
        const std::optional<std::string> listed = tree.read(folder + "/modules.dep");
        kernels.push_back({version, folder, listed.has_value(), listed.value_or(""),
                           tree.read(folder + "/modules.builtin").value_or("")});
    }
    return kernels;
}

// "vermagic=6.1.0-13-amd64 SMP ..." of .modinfo; "" where there is none.
std::string version_of(const std::string& bytes) {
    constexpr std::string_view key = "vermagic=";
    const std::size_t begin = bytes.find(key);
    if (begin == std::string::npos) return {};
    const std::size_t end = bytes.find_first_of(std::string_view(" \0", 2), begin);
    return bytes.substr(begin + key.size(), end - begin - key.size());
}

class Modules {
public:
    Modules(const Subject& subject, Findings& findings)
        : subject_(subject), tree_(subject.tree()), kernels_(kernels_of(subject.tree())), findings_(findings) {}

    void run() {
        for (const plumb::Step& step : subject_.plan.steps) {
            const auto* load = std::get_if<plumb::LoadModule>(&step.action);
            // The power button's is a kindness, and the kernel may have it built in.
            if (load == nullptr || !step.required) continue;
            const Place place = place_of(load->name);
            if (kernels_.empty())
                add(conf::Severity::warning, "modules-absent",
                    "there are no modules in the image: the kernel must have " + load->name + " built in",
                    place_of_modules, place, "name the kernel's directory in image.kernel");
            for (const Kernel& kernel : kernels_) look(load->name, kernel, place);
        }
    }

private:
    void add(conf::Severity severity, const char* id, const std::string& what, const std::string& path,
             const Place& place, const std::string& remedy) {
        findings_.add({severity, id, what, path, place, remedy});
    }

    Place place_of(const std::string& name) const {
        const auto& lines = subject_.config().system.modules;
        int index = 0;
        while (index < static_cast<int>(lines.size()) &&
               lines[static_cast<std::size_t>(index)].substr(0, lines[static_cast<std::size_t>(index)].find(' ')) !=
                   name)
            ++index;
        return subject_.settings.place("system", "modules", -1, index);
    }

    void look(const std::string& name, const Kernel& kernel, const Place& place) {
        const std::optional<plumb::ModuleFiles> files = plumb::find_module(kernel.dependencies, name);
        if (!files) {
            if (plumb::is_builtin_module(kernel.builtin, name)) return;
            return add(conf::Severity::error, "module-missing",
                       kernel.listed ? "kernel " + kernel.version + " has no module " + name
                                     : "there is no " + kernel.folder + "/modules.dep, by which modules are found",
                       kernel.folder, place,
                       kernel.listed ? "copy it into the image and run depmod, or correct the name"
                                     : "run depmod for the image");
        }
        for (const std::string& each : files->dependencies) look_at(each, name, kernel, place);
        look_at(files->path, name, kernel, place);
    }

    void look_at(const std::string& listed, const std::string& name, const Kernel& kernel, const Place& place) {
        const std::string path = listed.starts_with('/') ? listed : join(kernel.folder, listed);
        const bool itself = plumb::normal_module_name(path) == plumb::normal_module_name(name);
        const Walk way = tree_.walk(path);
        if (!way.end || !S_ISREG(way.end->status.st_mode))
            return add(conf::Severity::error, itself ? "module-missing" : "module-dependency-missing",
                       path + (itself ? "" : ", which " + name + " needs,") + " is in modules.dep and not in the image",
                       path, place, "copy it into the image, or run depmod again");
        if (plumb::is_compressed_module(path))
            return add(conf::Severity::warning, "module-compressed",
                       path + " is compressed: only a kernel with CONFIG_MODULE_DECOMPRESS loads it", path, place,
                       "decompress the image's modules, and run depmod");
        look_at_bytes(*way.end, kernel, place);
    }

    void look_at_bytes(const Found& found, const Kernel& kernel, const Place& place) {
        const std::string version = version_of(bytes_of(found));
        if (!version.empty() && version != kernel.version)
            add(conf::Severity::error, "module-version",
                found.path + " was built for kernel " + version + ", and lies with those of " + kernel.version,
                found.path, place, "take the module of this very kernel");
        const std::optional<ElfFile> elf = read_elf(found);
        if (!elf)
            add(conf::Severity::error, "module-damaged", found.path + " is no kernel module", found.path, place,
                "get a whole copy of it");
        else if (subject_.init && elf->machine != subject_.init->machine)
            add(conf::Severity::error, "architecture",
                found.path + " is for " + std::string(machine_name(elf->machine)) + ", the image's mvinit for " +
                    std::string(machine_name(subject_.init->machine)),
                found.path, place, "take both for one architecture");
    }

    const Subject& subject_;
    const Roots& tree_;
    std::vector<Kernel> kernels_;
    Findings& findings_;
};

bool is_loaded(const Subject& subject, const Kernel& kernel, const std::string& module) {
    for (const std::string& line : subject.config().system.modules) {
        const std::string name = line.substr(0, line.find(' '));
        if (plumb::normal_module_name(name) == module) return true;
        const auto files = plumb::find_module(kernel.dependencies, name);
        if (files && std::any_of(files->dependencies.begin(), files->dependencies.end(),
                                 [&](const std::string& each) { return plumb::normal_module_name(each) == module; }))
            return true;
    }
    return false;
}

}  // namespace

void check_modules(const Subject& subject, Findings& findings) {
    if (subject.is_linux() && subject.is_machine()) Modules(subject, findings).run();
}

void check_file_system(const Subject& subject, const std::string& type, const Place& place, conf::Severity severity,
                       Findings& findings) {
    // Those that Linux may have in a module, which is called as they are but for the last three.
    static const std::set<std::string> modular{"9p",   "btrfs", "cifs", "erofs",   "exfat",    "ext4",
                                               "f2fs", "fuse",  "nfs",  "overlay", "squashfs", "virtiofs",
                                               "xfs",  "ext2",  "ext3", "iso9660", "vfat"};
    if (!modular.contains(type) || subject.tree().walk("/sbin/modprobe").end) return;
    const std::string module = type == "iso9660" ? "isofs" : type == "ext2" || type == "ext3" ? "ext4" : type;
    for (const Kernel& kernel : kernels_of(subject.tree())) {
        if (plumb::is_builtin_module(kernel.builtin, module) || is_loaded(subject, kernel, module)) continue;
        const bool there = plumb::find_module(kernel.dependencies, module).has_value();
        // Without the list of what is built in, only a module that is there tells that it is one.
        if (kernel.builtin.empty() && !there) continue;
        findings.add({severity, "file-system-unknown",
                      "file system " + type + " is in a module of kernel " + kernel.version + ", and nothing loads it",
                      kernel.folder, place,
                      "add \"" + module + "\" to system.modules" + (there ? "" : ", and to the image")});
    }
}

}  // namespace image
