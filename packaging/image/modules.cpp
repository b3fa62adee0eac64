#include "packaging/image/modules.hpp"

#include <algorithm>
#include <dirent.h>
#include <libkmod.h>
#include <memory>
#include <sys/stat.h>
#include <utility>

#include "packaging/image/archive.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/host.hpp"
#include "plumb/modules.hpp"

namespace image {
namespace {

using plumb::normal_module_name;
using Info = std::vector<std::pair<std::string, std::string>>;

Strings names_in(const std::string& directory) {
    Strings names;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (stream == nullptr) return names;
    while (const dirent* entry = ::readdir(stream.get()))
        if (entry->d_name[0] != '.') names.emplace_back(static_cast<const char*>(entry->d_name));
    std::sort(names.begin(), names.end());
    return names;
}

// "kernel/x.ko.xz" -> "kernel/x.ko".
std::string without_compression(const std::string& path) {
    return path.substr(0, path.rfind(".ko") + 3);
}

// depmod's order where a name is there twice: "search updates built-in".
int rank(const std::string& path) {
    if (path.starts_with("updates/")) return 0;
    return path.starts_with("kernel/") ? 1 : 2;
}

// What stands in the module's .modinfo section. Throws Failure where it is no module.
Info read_info(kmod_ctx* context, const std::string& host) {
    Info info;
    kmod_module* module = nullptr;
    kmod_list* list = nullptr;
    if (kmod_module_new_from_path(context, host.c_str(), &module) < 0 || kmod_module_get_info(module, &list) < 0) {
        kmod_module_unref(module);
        fail(exit_incomplete, "read module", host, "no module that libkmod can read", "unpack the kernel again");
    }
    kmod_list* item = nullptr;
    kmod_list_foreach(item, list) info.emplace_back(kmod_module_info_get_key(item), kmod_module_info_get_value(item));
    kmod_module_info_free_list(list);
    kmod_module_unref(module);
    return info;
}

}  // namespace

Modules::Modules(const std::string& tree, const Roots& roots) {
    Strings kernels;
    for (const char* place : {"/lib/modules", "/usr/lib/modules"}) {
        if (!kernels.empty()) break;
        for (const std::string& name : names_in(tree + place))
            if (is_directory(tree + place + "/" + name)) kernels.push_back(tree + place + "/" + name);
    }
    if (kernels.size() != 1)
        fail(exit_incomplete, "read kernel", tree, std::to_string(kernels.size()) + " versions below lib/modules",
             "image.kernel names the directory of one unpacked kernel package");
    folder_ = kernels[0];
    version_ = base_of(folder_);
    base_ = roots.walk("/lib").path + "/modules/" + version_ + "/";
    const char* no_configuration = nullptr;
    context_ = kmod_new(folder_.c_str(), &no_configuration);
    if (context_ == nullptr) fail(exit_files, "read kernel", folder_, "libkmod cannot", "is there memory left?");
    find_files_below("");
    if (::access((folder_ + "/modules.builtin").c_str(), R_OK) != 0) return;
    for (const std::string& line : split(read_host_file(folder_ + "/modules.builtin"), '\n'))
        builtin_.insert(normal_module_name(line));
}

Modules::~Modules() {
    kmod_unref(context_);
}

void Modules::find_files_below(const std::string& directory) {
    for (const std::string& name : names_in(join(folder_, directory))) {
        const std::string path = directory.empty() ? name : join(directory, name);
        if (name.find(".ko") != std::string::npos) {
            const auto [place, added] = files_.emplace(normal_module_name(name), path);
            if (!added && rank(path) < rank(place->second)) place->second = path;
        } else if (name != "build" && name != "source" && is_directory(join(folder_, path))) {
            find_files_below(path);
        }
    }
}

// "softdep=pre: crc32c" of ext4 names an alias, which two modules have; mvinit knows names of files alone.
std::string Modules::without_aliases(const std::string& softdep) {
    std::string out;
    for (const std::string& word : split(softdep, ' ')) {
        const std::string name = normal_module_name(word);
        const bool plain = word.ends_with(':') || files_.contains(name) || builtin_.contains(name);
        const Strings none{word};
        const Strings& found = plain ? none : providers(name);
        for (const std::string& each : found.empty() ? none : found) out += (out.empty() ? "" : " ") + each;
    }
    return out;
}

// All modules are read for it, once: a second or two.
const Strings& Modules::providers(const std::string& alias) {
    if (aliases_.empty()) {
        for (const auto& [name, path] : files_)
            for (const auto& [key, value] : read_info(context_, join(folder_, path)))
                if (key == "alias" && value.find_first_of("*:") == std::string::npos)
                    aliases_[normal_module_name(value)].push_back(name);
        aliases_[""];
    }
    return aliases_[alias];
}

Modules::Module Modules::inspect(const std::string& name, const Reason& reason, Strings& wished) {
    Module out{files_.at(name), {}, {}, reason};
    for (const auto& [key, value] : read_info(context_, join(folder_, out.path))) {
        if (key == "depends")
            for (const std::string& each : split(value, ',')) out.needs.push_back(normal_module_name(each));
        if (key != "softdep") continue;
        out.softdeps.push_back("softdep " + name + " " + without_aliases(value));
        for (std::string& each : plumb::soft_dependencies(out.softdeps.back(), name)) wished.push_back(std::move(each));
    }
    return out;
}

// The place in mvinit.toml: the image has the modules on the way there only once all of them are found.
Reason Modules::first_reason(const Reason& reason) const {
    for (const auto& [name, module] : wanted_)
        if (!reason.by.empty() && reason.by == base_ + without_compression(module.path))
            return first_reason(module.reason);
    return reason;
}

void Modules::want(const std::string& given, const Reason& reason, Need need, Closure& closure) {
    const std::string name = normal_module_name(given);
    if (wanted_.contains(name) || builtin_.contains(name)) return;
    if (!files_.contains(name)) {
        if (need == Need::required)
            closure.problem(first_reason(reason),
                            "kernel " + version_ + " has no module " + given +
                                (reason.by.empty() ? "" : " (for " + reason.by + ": " + reason.what + ")"),
                            "take the name of a file below " + folder_ + ", or another kernel");
        return;
    }
    Strings wished;
    Module module = inspect(name, reason, wished);
    const std::string path = base_ + without_compression(module.path);
    const Strings needs = module.needs;
    wanted_.emplace(name, std::move(module));
    for (const std::string& each : wished) want(each, {path, "softdep of module " + name}, Need::optional, closure);
    for (const std::string& each : needs) want(each, {path, "depends of module " + name}, Need::required, closure);
}

// All that has to be loaded before name: to be loaded from the last to the first, as depmod writes it. above: those on
// the way to it, which are not gone through again where modules depend on each other.
Strings Modules::order(const std::string& name, Strings& above) const {
    Strings found;
    above.push_back(name);
    for (const std::string& direct : wanted_.at(name).needs) {
        if (!wanted_.contains(direct) || std::find(above.begin(), above.end(), direct) != above.end()) continue;
        Strings below = order(direct, above);
        below.insert(below.begin(), direct);
        for (std::string& each : below) {
            std::erase(found, each);
            found.push_back(std::move(each));
        }
    }
    above.pop_back();
    return found;
}

void Modules::load_before(const std::string& name, std::set<std::string>& seen, Strings& paths) const {
    const auto found = wanted_.find(name);
    if (found == wanted_.end() || !seen.insert(name).second) return;
    for (const std::string& line : found->second.softdeps)
        for (const std::string& each : plumb::soft_dependencies(line, name)) load_before(each, seen, paths);
    for (const std::string& each : found->second.needs) load_before(each, seen, paths);
    paths.push_back(base_ + without_compression(found->second.path));
}

Strings Modules::load_order() const {
    Strings paths;
    std::set<std::string> seen;
    for (const auto& [name, module] : wanted_) load_before(name, seen, paths);
    return paths;
}

void Modules::add_to(const Roots& roots, Contents& contents) const {
    if (wanted_.empty()) return;
    const Reason made{"", "made by mvimage: what mvinit loads modules by"};
    for (const Found& link : roots.walk("/lib").links) contents.add_found(roots, link, made);
    std::string dependencies;
    std::string softdeps;
    for (const auto& [name, module] : wanted_) {
        const std::string path = without_compression(module.path);
        dependencies += path + ":";
        Strings above;
        for (const std::string& each : order(name, above))
            dependencies += " " + without_compression(wanted_.at(each).path);
        dependencies += "\n";
        for (const std::string& line : module.softdeps) softdeps += line + "\n";
        contents.add_file(roots, base_ + path, read_unpacked(join(folder_, module.path)), 0644, module.reason);
    }
    contents.add_file(roots, base_ + "modules.dep", std::move(dependencies), 0644, made);
    if (!softdeps.empty()) contents.add_file(roots, base_ + "modules.softdep", std::move(softdeps), 0644, made);
    if (!builtin_.empty())
        contents.add_file(roots, base_ + "modules.builtin", read_host_file(folder_ + "/modules.builtin"), 0644, made);
}

}  // namespace image
