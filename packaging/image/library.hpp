// Where a dynamic linker looks for libraries: ld.so(8) of glibc and musl, ld.so.1(1) of illumos.
#pragma once

#include <string>

#include "packaging/image/elf.hpp"
#include "packaging/image/paths.hpp"
#include "packaging/image/roots.hpp"

namespace image {

// The directories that the linker itself knows, without any file that configures it. bytes: the linker's own, as each
// glibc is built with others; where they tell nothing, those of most.
Strings default_directories(const ElfFile& elf, Linker linker, std::string_view bytes);

// The directories below this one that glibc looks into where the processor has what they are named for, since 2.33.
Strings processor_directories(const Roots& roots, const std::string& directory, std::string_view bytes);

// /etc/ld.so.conf with what it includes; musl: the file below. interpreter: of the program that loads it.
Strings configured_directories(const Roots& roots, const std::string& interpreter, const ElfFile& elf, Linker linker);

// /etc/ld-musl-MACHINE.path, by which musl replaces its default directories.
std::string musl_path_file(const std::string& interpreter, const ElfFile& elf);

// $ORIGIN, ${ORIGIN} and $LIB of a run path; origin: the directory of the file that has it.
std::string expand_origin(std::string path, const std::string& origin, const ElfFile& elf);

// musl's linker is its C library, under each of these names.
bool is_linker_itself(const std::string& name, Linker linker);

}  // namespace image
