// Leaving file systems clean, and the end of the machine.
#include <algorithm>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "plumb/mount_options_linux.hpp"
#include "plumb/mountinfo.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

// 0 or errno. MNT_FORCE only where a peer that has gone would keep us waiting.
int unmount(const MountEntry& entry) {
    const int force = is_network_file_system(entry.type) ? MNT_FORCE : 0;
    if (::umount2(entry.point.c_str(), UMOUNT_NOFOLLOW | force) == 0) return 0;
    return errno == EINVAL || errno == ENOENT ? 0 : errno;  // it went with another one
}

// Unmounting one can make another one free (a loop device, an overlay), so as long as that goes on: again. What is done
// has no point any more.
void unmount_all(std::vector<MountEntry>& mounts) {
    for (bool again = true; again;) {
        again = false;
        for (MountEntry& entry : mounts) {
            if (entry.point.empty() || unmount(entry) != 0) continue;
            entry.point.clear();
            again = true;
        }
    }
}

int remount_read_only(const MountEntry& entry) {
    const unsigned long kept = parse_mount_options(entry.options).flags;
    const unsigned long flags = kept | MS_REMOUNT | MS_RDONLY;
    return ::mount(nullptr, entry.point.c_str(), nullptr, flags, nullptr) == 0 ? 0 : errno;
}

bool is_read_only(const MountEntry& entry) {
    return (parse_mount_options(entry.super_options).flags & MS_RDONLY) != 0;
}

void leave_mounted(const MountEntry& entry, std::vector<Error>& dirty) {
    if (is_read_only(entry)) return;
    if (is_network_file_system(entry.type)) {
        ::umount2(entry.point.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH);  // the server keeps it clean
        return;
    }
    const int error = remount_read_only(entry);
    if (error == 0) return;
    dirty.emplace_back("remount read-only", entry.point, error, "",
                       error == EBUSY ? "a file there is still open for writing" : "");
}

}  // namespace

std::vector<Error> leave_file_systems() {
    std::vector<Error> dirty;
    ::sync();
    const auto text = read_file("/proc/self/mountinfo", std::size_t{1} << 20);
    if (text.has_error()) {
        dirty.push_back(text.error());
        dirty.back().remedy = "without /proc nothing can be unmounted; everything was synced";
        // The root is always there; as an API file system it has nothing to lose.
        (void)::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
        return dirty;
    }
    const std::vector<MountEntry> mounts = parse_mountinfo(*text);
    std::vector<MountEntry> left = unmount_order(mounts);
    unmount_all(left);
    for (const MountEntry& entry : left)
        if (!entry.point.empty()) leave_mounted(entry, dirty);
    const MountEntry* root = find_mount(mounts, "/");
    if (root != nullptr && !is_api_file_system(root->type)) leave_mounted(*root, dirty);
    ::sync();
    return dirty;
}

Error end_machine(conf::EndAction action) {
    int command = 0;
    const char* what = "";
    switch (action) {
        case conf::EndAction::poweroff:
            command = static_cast<int>(RB_POWER_OFF);
            what = "power off";
            break;
        case conf::EndAction::reboot:
            command = static_cast<int>(RB_AUTOBOOT);
            what = "reboot";
            break;
        case conf::EndAction::halt:
            command = static_cast<int>(RB_HALT_SYSTEM);
            what = "halt";
            break;
        case conf::EndAction::automatic:
        case conf::EndAction::exit:
        case conf::EndAction::rescue:
            return Error{"end", "the machine", 0, "this action does not end a machine", ""};
    }
    ::reboot(command);
    return Error{what, "the machine", errno, "", "CAP_SYS_BOOT is needed"};
}

}  // namespace plumb
