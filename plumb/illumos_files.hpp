// The files of an illumos image that its plan asks about: what each is for, and who has it.
#pragma once

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

}  // namespace plumb
