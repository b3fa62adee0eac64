#include <algorithm>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "plumb/acpi.hpp"
#include "plumb/mountinfo.hpp"
#include "plumb/nics_linux.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

// What an image may want mounted, and what the plan asks about.
constexpr const char* api_directories[] = {"/proc",
                                           "/sys",
                                           "/dev",
                                           "/dev/pts",
                                           "/dev/shm",
                                           "/dev/mqueue",
                                           "/run",
                                           "/tmp",
                                           "/sys/fs/cgroup",
                                           "/sys/kernel/security",
                                           "/sys/kernel/debug",
                                           "/sys/kernel/tracing",
                                           "/sys/fs/bpf",
                                           "/sys/firmware/efi/efivars"};

bool is_mount_point(const std::string& path) {
    struct stat here {};
    struct stat above {};
    return ::lstat(path.c_str(), &here) == 0 && S_ISDIR(here.st_mode) &&
           ::stat(std::string(directory_of(path)).c_str(), &above) == 0 && here.st_dev != above.st_dev;
}

void look_at_directories(Facts& facts) {
    struct statvfs root {};
    if (::statvfs("/", &root) == 0) facts.root_writable = (root.f_flag & ST_RDONLY) == 0;
    facts.directories.clear();
    for (const char* const path : api_directories) {
        if (is_directory(path)) facts.directories.emplace_back(path);
        if (is_mount_point(path) && !is_mounted(facts, path)) facts.mounted.emplace_back(path);
    }
}

void read_mounts(Facts& facts) {
    const auto text = read_file("/proc/self/mountinfo", std::size_t{1} << 20);
    if (text.has_error()) return;  // no /proc: what stat(2) told has to do
    const std::vector<MountEntry> mounts = parse_mountinfo(*text);
    for (const MountEntry& entry : mounts) {
        if (!is_mounted(facts, entry.point)) facts.mounted.push_back(entry.point);
    }
    if (const MountEntry* root = find_mount(mounts, "/"); root != nullptr) {
        facts.root_source = root->source;
        facts.root_type = root->type;
    }
}

void read_nics(Facts& facts) {
    facts.nics.clear();
    const auto links = list_links();
    if (links.has_error()) return;  // the steps that need one will say so
    for (const Link& link : *links) {
        if (link.nic.name != "lo") facts.nics.push_back(link.nic);
    }
}

std::string first_line(const std::string& path) {
    auto text = read_file(path, 65536);
    if (text.has_error()) return {};
    return text->substr(0, text->find('\n'));
}

PowerOff pc_power_off() {
    // A Xen guest asks its hypervisor, with or without ACPI.
    if (first_line("/sys/hypervisor/type") == "xen") return {true, "Xen"};
    if (!is_directory("/sys/kernel")) return {true, "assumed, without /sys"};
    const auto table = read_file("/sys/firmware/acpi/tables/FACP", 65536);
    return acpi_power_off(table.has_error() ? std::string_view() : std::string_view(*table));
}

PowerOff find_power_off(const Facts& facts) {
    if (facts.pid1 && !facts.owns_kernel) return {true, "reboot(2) ends the pid namespace"};
    if (facts.role == conf::Role::container) return {true, "left to the container's runtime"};
    const std::string& cpu = facts.architecture;
    if (cpu == "x86_64" || (cpu.size() == 4 && cpu.ends_with("86"))) return pc_power_off();
    if (cpu == "aarch64") return {true, "PSCI"};
    return {true, concat({"assumed for ", cpu})};
}

}  // namespace

Facts identify(conf::Role wanted) {
    Facts facts;
    facts.platform = conf::Platform::linux_os;
    facts.pid1 = ::getpid() == 1;
    facts.start = facts.pid1 ? Start::kernel : Start::program;
    // Only asked as PID 1: any other privileged process would change the machine by asking.
    facts.owns_kernel = facts.pid1 && ::reboot(RB_DISABLE_CAD) == 0;
    facts.role = wanted;
    if (wanted == conf::Role::automatic) {
        facts.role = facts.owns_kernel ? conf::Role::machine : conf::Role::container;
    }
    return facts;
}

void look_around(Facts& facts) {
    look_at_directories(facts);
}

// A container's file systems and links are its runtime's.
bool facts_can_wait(const Facts& facts) {
    return facts.role == conf::Role::container && !facts.owns_kernel;
}

void gather_facts(Facts& facts) {
    utsname name{};
    ::uname(&name);
    facts.kernel_release = name.release;
    facts.architecture = name.machine;
    facts.kernel_command_line = first_line("/proc/cmdline");
    look_at_directories(facts);
    read_mounts(facts);
    read_nics(facts);
    const PowerOff power_off = find_power_off(facts);
    facts.can_power_off = power_off.possible;
    facts.power_off_why = power_off.why;
}

}  // namespace plumb
