// Files as the steps want them: whole contents in, whole contents out.
#pragma once

#include <string>
#include <string_view>

#include "plumb/error.hpp"
#include "plumb/plan.hpp"

namespace plumb {

// Under /proc and /sys: one write(2) to the file that is there, as the kernel wants it. Elsewhere a temporary file
// beside the target, fsync and rename, so that a power cut leaves the old or the new text; symbolic links are followed
// first, because an image that has /etc/resolv.conf -> /run/resolv.conf means the latter. Where the directory does not
// take a new file (read-only) or the target cannot be replaced (a container's bind-mounted
// /etc/resolv.conf: EBUSY), it is written in place.
Result<void> put_file(const std::string& path, const std::string& text);

// What is left to read of an open file; path: its name for errors.
Result<std::string> read_descriptor(int file, const std::string& path, std::size_t limit);

// All of text; 0 or errno.
int write_all(int file, std::string_view text);

// Parents are made; anything that is at step.path already is success.
Result<void> put_symlink(const Symlink& step);

}  // namespace plumb
