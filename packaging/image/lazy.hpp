// What programs load while they run, which no header of theirs tells: a table, and what the file adds to it.
#pragma once

#include <string>
#include <vector>

#include "conf/image.hpp"
#include "packaging/image/paths.hpp"

namespace image {

// trigger: "sym:NAME", an ELF file that imports NAME; else a pattern of a file's name, or of its whole path where it
// begins with '/'. patterns: of paths; {lib} is the directory of the file, with sym: that of its libc;
// {name} is the file's name.
struct Lazy {
    std::string trigger;
    Strings patterns;
    bool slim = true;   // taken in slim images too
    std::string where;  // of the file: a pattern that fits nothing is an error; empty: of the table here
};

std::vector<Lazy> lazy_table();

// Whether an import, or a path, sets it off.
bool triggers(const Lazy& lazy, const std::string& path, const Strings& imports);

// That an ELF file looks up names of users, groups or hosts.
bool looks_up_names(const Strings& imports);

}  // namespace image
