// mount -o words -> the flags of mount(2), and what is left for the file system.
#pragma once

#include <string>
#include <string_view>

namespace plumb {

struct MountOptions {
    unsigned long flags = 0;        // MS_RDONLY, MS_NOSUID ..., MS_BIND, MS_REMOUNT, MS_REC with MS_BIND
    unsigned long propagation = 0;  // MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE, with MS_REC; 0: none
    std::string data;               // the words that are no flags, comma separated
    bool operator==(const MountOptions&) const = default;
};

// Later words win over earlier ones ("ro,rw" is rw). Words for mount(8) and fstab alone ("defaults", "auto",
// "nofail", "_netdev", "user", "x-...") mean nothing to the kernel and are dropped. A comma inside "..." does not
// split.
MountOptions parse_mount_options(std::string_view options);

}  // namespace plumb
