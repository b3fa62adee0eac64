// A file without a name, for text that is kept for later but hardly ever looked at: the configuration as it was taken,
// the stamps of booting. Its pages are the kernel's, so that PID 1 itself stays as small as it was, and a copy of the
// descriptor hands it to somebody else.
#pragma once

#include <array>
#include <cstdint>

#include "plumb/error.hpp"

namespace plumb {

// An empty file, readable and writable, close-on-exec, owned by the caller, gone with its last descriptor. name: a word
// that tells it from others in /proc/PID/fd.
// Linux: memfd_create(2), in kernels since 3.17. illumos: a file that is unlinked at once, in /etc/svc/volatile, the
// tmpfs that every zone and machine has from its start (usr/src/cmd/init/init.c of illumos-gate).
Result<int> make_memory_file(const char* name);

// The one that goes on to the next image of this process: its descriptor is always the same, 3. The one that was left
// there; -1: there is none, what is there (if anything) is something else. On illumos there is none: descriptors do not
// outlive an init there.
int inherited_memory_file();
// Has its number, which is free as yet, taken by something that costs next to nothing, until execute_in_place() puts
// the next one there (see survival.hpp): hardly any start is followed by a fault. False: the number could not be had.
bool keep_memory_file_number();
// A new one, in the place of that; -1 and errno.
int make_inheritable_memory_file(const char* name);

// Closes the descriptors from 3 to 255 whose bit is not set, and all after them; the others are closed by an exec from
// now on.
void close_all_but(const std::array<std::uint64_t, 4>& kept);

}  // namespace plumb
