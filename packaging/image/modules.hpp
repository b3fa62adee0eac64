// Kernel modules with all that has to be loaded before them, out of one unpacked kernel.
#pragma once

#include <map>
#include <set>
#include <string>

#include "packaging/image/closure.hpp"
#include "packaging/image/contents.hpp"
#include "packaging/image/roots.hpp"
#include "packaging/image/settings.hpp"

struct kmod_ctx;

namespace image {

// Debian's package has no modules.dep (depmod writes it when it is installed), so that dependencies are read where
// depmod has them from: each module's own .modinfo section.
class Modules {
public:
    // tree: directory with lib/modules or usr/lib/modules of one kernel; roots: what the image's /lib is. Throws
    // Failure where it has not just one.
    Modules(const std::string& tree, const Roots& roots);
    ~Modules();
    Modules(const Modules&) = delete;
    Modules& operator=(const Modules&) = delete;

    // With its dependencies; one that is missing is a problem where it is required.
    void want(const std::string& given, const Reason& reason, Need need, Closure& closure);
    // The wanted modules, uncompressed, with modules.dep, modules.softdep and modules.builtin as mvinit reads them.
    void add_to(const Roots& roots, Contents& contents) const;

    // The paths in the image of the wanted modules, each behind those that it needs.
    Strings load_order() const;

private:
    struct Module {
        std::string path;  // below the kernel's directory
        Strings needs;     // normal names, the nearest first
        Strings softdeps;  // lines of modules.softdep
        Reason reason;
    };
    void find_files_below(const std::string& directory);
    Module inspect(const std::string& name, const Reason& reason, Strings& wished);
    std::string without_aliases(const std::string& softdep);
    const Strings& providers(const std::string& alias);
    Reason first_reason(const Reason& reason) const;
    void load_before(const std::string& name, std::set<std::string>& seen, Strings& paths) const;
    Strings order(const std::string& name, Strings& above) const;

    std::string folder_;   // on this machine
    std::string version_;  // of the kernel
    std::string base_;     // in the image, behind the link that /lib may be
    kmod_ctx* context_ = nullptr;
    std::map<std::string, std::string> files_;  // normal name -> path below folder_
    std::set<std::string> builtin_;
    std::map<std::string, Strings> aliases_;  // other name -> normal names; empty until one is looked for
    std::map<std::string, Module> wanted_;
};

}  // namespace image
