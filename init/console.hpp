// The console: descriptors 0 to 2 of mvinit itself, and the one its messages go to.
#pragma once

#include <string>

#include "plumb/error.hpp"

namespace init {

// Makes 0 to 2 the device, whatever they were: a kernel may start PID 1 with none, illumos with strange ones.
plumb::Result<void> reopen_console(const std::string& device);

// Fills those of 0 to 2 that are closed with /dev/null, so that no file of ours ever lands on them.
void fill_standard_descriptors();

// A second, non-blocking description of what fd is open on, so that a stalled console cannot stop PID 1 and the
// application's own descriptor is not made non-blocking with it. Where it cannot be had (a socket, no /proc), fd
// itself.
int open_for_messages(int fd, const std::string& device);

}  // namespace init
