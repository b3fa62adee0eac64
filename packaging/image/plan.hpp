// From mvinit.toml to what the image holds.
#pragma once

#include <memory>

#include "packaging/image/closure.hpp"
#include "packaging/image/contents.hpp"
#include "packaging/image/elf.hpp"
#include "packaging/image/packages.hpp"
#include "packaging/image/roots.hpp"
#include "packaging/image/settings.hpp"

namespace image {

struct Plan {
    Settings settings;
    std::unique_ptr<Roots> roots;  // overlays first, the last one before the others
    Contents contents;
    Contents initrd;  // of its own, beside a disk; empty: none is needed
    ElfFile init;
    std::vector<Package> packages;  // of image.packages
    Strings notes;
};

// Throws Failure with all that is missing: who wants it, where mvinit.toml says so, and what to do.
Plan make_plan(const Overrides& overrides);

// What mvinit.toml names: programs, files, directories.
void want_configured(const Settings& settings, const Roots& roots, Closure& closure, Contents& contents);

// /etc/passwd and /etc/group with root and those whom mvinit.toml names, unless an overlay or image.files bring them.
void add_accounts(const Settings& settings, const Roots& roots, Closure& closure, Contents& contents);

}  // namespace image
