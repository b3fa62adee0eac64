// The kernel as machine monitors take it that have no firmware, Firecracker and QEMU's microvm: an ELF file for x86.
#pragma once

#include <string>

#include "packaging/image/paths.hpp"

namespace image {

// All boot/vmlinuz-* of an unpacked package, as files of this machine.
Strings kernels_in(const std::string& tree);
// The one of an unpacked kernel package. Throws Failure where there is not just one.
std::string kernel_file(const std::string& tree);

// Of x86's bzImage the kernel that is compressed in it; another machine's Image as it is, unpacked. Throws Failure.
std::string bare_kernel(const std::string& file);

}  // namespace image
