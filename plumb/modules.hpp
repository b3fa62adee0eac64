// What depmod leaves in /lib/modules/RELEASE, read as text: which files a module needs, in which order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumb {

// "kernel/drivers/net/virtio-net.ko.xz" and "virtio-net" -> "virtio_net": the kernel takes - and _ for the same.
std::string normal_module_name(std::string_view path_or_name);

// ".ko.xz", ".ko.gz", ".ko.zst": to be unpacked, by the kernel or before.
bool is_compressed_module(std::string_view path);

struct ModuleFiles {
    std::string path;                       // as in modules.dep: relative to its directory, or absolute
    std::vector<std::string> dependencies;  // in the order in which they are to be loaded
    bool operator==(const ModuleFiles&) const = default;
};

// depmod(8), modules.dep(5): "path: dependency dependency", all of them, the one to load first standing last.
std::optional<ModuleFiles> find_module(std::string_view modules_dep, std::string_view name);

// modules.builtin: one path a line.
bool is_builtin_module(std::string_view modules_builtin, std::string_view name);

// modules.softdep: "softdep name pre: a b post: c" -> a, b.
std::vector<std::string> soft_dependencies(std::string_view modules_softdep, std::string_view name);

}  // namespace plumb
