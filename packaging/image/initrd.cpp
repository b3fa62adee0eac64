#include "packaging/image/initrd.hpp"

#include <unistd.h>

#include "packaging/image/failure.hpp"
#include "packaging/image/modules.hpp"

namespace image {
namespace {

struct Wish {
    const char* module;
    Need need;
};
// What Firecracker and QEMU give a machine. Its bus is the machine's affair: a kernel without one of them is for
// others.
constexpr Wish disk_modules[] = {
    {"virtio_mmio", Need::optional}, {"virtio_pci", Need::optional}, {"virtio_blk", Need::required}};

std::string find_mvroot(const ElfFile& init) {
    const std::string here = own_directory();
    for (const std::string& place : {here + "/../libexec/mvinit/mvroot", here + "/mvroot"}) {
        if (::access(place.c_str(), R_OK) != 0) continue;
        const int machine = read_elf(place).value_or(ElfFile{}).machine;
        if (machine == init.machine) return place;
        fail(exit_incomplete, "use", place,
             "it is for " + std::string(machine_name(machine)) + ", mvinit for " +
                 std::string(machine_name(init.machine)),
             "build this image on a machine of mvinit's kind, or take a kernel that has the disk's drivers built in");
    }
    fail(exit_incomplete, "find", "mvroot", "not beside mvimage in " + here, "install it there");
}

}  // namespace

Contents make_initrd(const Settings& settings, const ElfFile& init, Closure& closure) {
    Contents contents;
    const Roots none({});
    Modules modules(settings.image.kernel, none);
    const Reason disk{"", settings.where("image", "kernel") + ": its disk"};
    for (const Wish& each : disk_modules) modules.want(each.module, disk, each.need, closure);
    modules.want(std::string(target_name(settings.image.target)), disk, Need::required, closure);
    const Strings order = modules.load_order();
    if (order.empty() || !closure.problems().empty()) return contents;
    modules.add_to(none, contents);
    std::string list;
    for (const std::string& path : order) list += path + "\n";
    const Reason made{"", "made by mvimage: what mounts the disk"};
    contents.add_file(none, "/modules", list, 0644, made);
    contents.add_host_file(none, "/init", find_mvroot(init), made);
    contents.add_directory(none, "/dev", 0755, made);
    contents.add_device(none, "/dev/console", 0600, 5, 1, made);
    return contents;
}

}  // namespace image
