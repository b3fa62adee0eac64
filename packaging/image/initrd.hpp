// What a kernel needs before it can mount a disk.
#pragma once

#include "packaging/image/closure.hpp"
#include "packaging/image/contents.hpp"
#include "packaging/image/settings.hpp"

namespace image {

// mvroot and the modules for a disk with this target's file system; empty where the kernel has them built in.
Contents make_initrd(const Settings& settings, const ElfFile& init, Closure& closure);

}  // namespace image
