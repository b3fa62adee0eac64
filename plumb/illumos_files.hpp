// What the plan for illumos asks about an image: the facts look for these, and only these.
#pragma once

#include <array>

namespace plumb {

// Programs and files that a step needs. Found with stat(2), links followed; anything but a directory counts.
inline constexpr std::array illumos_files{
    "/sbin/soconfig",
    "/sbin/autopush",
    "/etc/iu.ap",
    "/usr/sbin/devfsadm",
    "/sbin/dlmgmtd",
    "/lib/inet/ipmgmtd",
    "/sbin/ifconfig",
    "/sbin/route",
    "/sbin/dhcpagent",
    "/sbin/dhcpinfo",
    "/etc/dhcp/inittab",
    "/etc/dhcp/inittab6",
    "/usr/lib/inet/in.ndpd",
    "/etc/fs/ufs/mount",
    "/usr/lib/fs/ufs/mount",
    "/etc/nsswitch.conf",
    "/etc/default/dhcpagent",
    "/etc/inet/ndpd.conf",
    "/etc/dladm/datalink.conf",
    "/etc/ipadm/ipadm.conf",
    "/etc/svc/volatile/resetting",
};

// Mount points and directories of configuration.
inline constexpr std::array illumos_directories{
    "/proc",   "/system/contract", "/etc/svc/volatile", "/var/run",         "/tmp",
    "/dev/fd", "/dev/net",         "/etc/dhcp",         "/etc/sock2path.d",
};

}  // namespace plumb
