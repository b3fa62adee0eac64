// As much of an ELF file, of any machine, as its dynamic linker looks at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "packaging/image/roots.hpp"

namespace image {

// Whose rules hold for finding its libraries.
enum class Linker : std::uint8_t { unknown, glibc, musl, illumos };

// Whose kernel and C library it is for.
enum class System : std::uint8_t { unknown, linux_os, illumos };

struct NeededVersion {
    std::string library;  // as DT_NEEDED has it
    std::string version;
};

struct ElfFile {
    int machine = 0;          // e_machine
    bool wide = true;         // 64 bits
    bool little = true;       // endian
    std::string interpreter;  // empty: a library, or static
    std::string name;         // DT_SONAME
    std::vector<std::string> needed;
    std::vector<std::string> rpath;
    std::vector<std::string> runpath;
    std::vector<std::string> imports;            // symbols that others are to define
    std::vector<NeededVersion> needed_versions;  // of symbols; without those that are weak
    std::vector<std::string> versions;           // that it has itself; empty: its symbols are without
    bool has_nss = false;                        // a libc that has NSS's files and dns in it: glibc since 2.34
    std::uint64_t debug_bytes = 0;               // of sections that only a debugger reads
    Linker linker = Linker::unknown;             // as far as the file itself tells
    System system = System::unknown;             // the same
};

// nullopt: no ELF file. Throws Failure where it is damaged or cannot be read.
std::optional<ElfFile> read_elf(const std::string& host_path);
std::optional<ElfFile> read_elf(const Found& found);

std::string_view system_name(System system);
std::string_view machine_name(int machine);  // as uname -m has it; "unknown"
std::string_view oci_machine_name(const ElfFile& elf);

}  // namespace image
