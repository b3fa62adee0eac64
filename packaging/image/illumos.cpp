#include "packaging/image/illumos.hpp"

#include <sys/stat.h>

#include "conf/inittab_check.hpp"
#include "conf/inittab_edit.hpp"

namespace image {
namespace {

constexpr const char* inittab_path = "/etc/inittab";
constexpr const char* init_path = "/sbin/init";
constexpr const char* directories[] = {
    "/devices", "/system/contract", "/system/object", "/system/boot", "/etc/svc/volatile", "/var/run", "/mnt"};
constexpr const char* mount_point_files[] = {"/etc/mnttab", "/etc/dfs/sharetab"};

std::string errors_of(const std::string& text) {
    const conf::InittabRoot root{conf::Found::executable, conf::Found::executable, true};
    std::string all;
    for (const conf::Diagnostic& each : conf::judge_inittab(conf::parse_inittab(text), root, inittab_path))
        if (each.severity == conf::Severity::error) all += (all.empty() ? "" : "; ") + each.message;
    return all;
}

}  // namespace

void add_illumos_places(const Plan& plan, Contents& contents) {
    const Reason reason{"", "made by mvimage: illumos mounts there"};
    for (const char* path : directories) contents.add_directory(*plan.roots, plan.roots->walk(path).path, 0755, reason);
    for (const char* path : mount_point_files) contents.add_file(*plan.roots, path, "", 0444, reason);
}

// An init of the roots' own stays: mvinit is what its smf entry runs then, and no init itself.
void keep_own_init(const Plan& plan, Closure& closure, Contents& contents) {
    const std::optional<Found> own = plan.roots->walk(init_path).end;
    if (!own || !S_ISREG(own->status.st_mode)) return;
    contents.remove(plan.roots->walk("/sbin").path + "/init");
    closure.want(init_path, {"", "the zone's own init, whose smf entry runs mvinit"});
}

void add_inittab(const Plan& plan, Closure& closure, Contents& contents) {
    // A zone whose init is mvinit itself has no use for it: that is what the target tar is for.
    if (!plan.roots->walk("/sbin/sh").end)
        return closure.problem(
            {"", "made by mvimage: the zone's inittab"},
            "/sbin/sh is in none of image.roots and image.overlays: illumos' init runs its entries with it",
            "add it with what it needs; or build the target tar, and make mvinit itself the zone's "
            "init, with -i /sbin/mvinit in its bootargs");
    const std::string before = plan.roots->read(inittab_path).value_or("is:3:initdefault:\n");
    const conf::InittabEdit edit = conf::install_entries(before, "/sbin/mvinit");
    const Reason reason{"", "made by mvimage: its smf entry runs mvinit"};
    const std::string wrong = edit.refusal.empty() ? errors_of(edit.text) : edit.refusal;
    if (!wrong.empty())
        return closure.problem(reason, std::string(inittab_path) + ": " + wrong,
                               "correct it in image.roots or image.overlays");
    closure.want("/sbin/sh", {inittab_path, "illumos' init runs its entries with it"});
    contents.remove(inittab_path);  // as an overlay has it
    contents.add_file(*plan.roots, inittab_path, edit.text, 0644, reason);
}

}  // namespace image
