// The files of an illumos image that its plan asks about: what each is for, and who has it.
#pragma once

#include <array>
#include <span>

namespace plumb {

struct IllumosFile {
    const char* path;
    const char* package;  // IPS name of illumos-gate's manifests (usr/src/pkg/manifests)
    const char* without;  // what is lost without it, and what still works
};

// gather_facts() puts those that are there into Facts::files, and beside them /dev/LINK for every network link that has
// its node already (/dev/e1000g0).
std::span<const IllumosFile> illumos_files();

// Mount points and directories of configuration.
inline constexpr std::array illumos_directories{
    "/proc",   "/system/contract", "/etc/svc/volatile", "/var/run",         "/tmp",
    "/dev/fd", "/dev/net",         "/etc/dhcp",         "/etc/sock2path.d",
};

}  // namespace plumb
