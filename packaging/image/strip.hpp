// ELF files without what only a debugger reads.
#pragma once

#include <optional>
#include <string>

namespace image {

// The file without symbol table and debug sections, other bytes as they are. nullopt where it has to stay: what is to
// be linked or loaded by sections (an object, a kernel module), what has something behind its sections (a program with
// its data at the end), or those sections before what is loaded. Throws Failure where it cannot be read.
std::optional<std::string> stripped(const std::string& host_path);

}  // namespace image
