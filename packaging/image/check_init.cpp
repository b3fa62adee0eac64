// What is started first, and the planner's own word.
#include "packaging/image/checks.hpp"
#include "packaging/image/runnable.hpp"
#include "plumb/planning.hpp"

namespace image {
namespace {

// A problem begins with the table that it is about.
Place place_of(const Subject& subject, const std::string& problem) {
    const auto& interfaces = subject.config().interfaces;
    for (std::size_t index = 0; index < interfaces.size(); ++index)
        if (problem.starts_with(plumb::interface_text(interfaces[index])))
            for (const char* key : {"gateway", "dhcp", "name", "driver", "mac"}) {
                const bool about = problem.find(key) != std::string::npos;
                Place place = subject.settings.place("interface", key, static_cast<int>(index));
                if (place.line != 0 && about) return place;
            }
    if (problem.starts_with("[system] root")) return subject.settings.place("system", "root");
    if (problem.starts_with("[inittab] honour")) return subject.settings.place("inittab", "honour");
    return {};
}

}  // namespace

void check_plan(const Subject& subject, Findings& findings) {
    for (const std::string& problem : subject.plan.problems) {
        if (problem.starts_with('/')) continue;  // a file of illumos: check_illumos()
        const std::size_t colon = problem.rfind(": ");
        findings.add({conf::Severity::error, "plan", problem.substr(0, colon), "", place_of(subject, problem),
                      colon == std::string::npos ? "" : problem.substr(colon + 2)});
    }
}

void check_init(const Subject& subject, Findings& findings) {
    Call call{User{}, search_of(conf::Environment{}), {}, {}, conf::Severity::error};
    if (subject.opened.kind == ImageKind::initramfs) {
        const bool named = subject.tree().walk("/sbin/init").end.has_value();
        if (!subject.tree().walk("/init").end)
            findings.add({named ? conf::Severity::warning : conf::Severity::error,
                          "init-missing",
                          std::string("there is no /init, which the kernel starts") +
                              (named ? ": it boots with rdinit=/sbin/init alone" : ", nor /sbin/init"),
                          "/init",
                          {},
                          "make it a link to sbin/mvinit"});
        else
            Runnable(subject, findings).check({"/init"}, call);
    }
    if (subject.opened.kind == ImageKind::disk && subject.is_linux()) {
        const bool named = subject.tree().walk("/sbin/mvinit").end.has_value();
        if (!subject.tree().walk("/sbin/init").end)
            findings.add({named ? conf::Severity::warning : conf::Severity::error,
                          "init-missing",
                          std::string("there is no /sbin/init, which the kernel starts") +
                              (named ? ": it boots with init=/sbin/mvinit alone" : ", nor /sbin/mvinit"),
                          "/sbin/init",
                          {},
                          "make it a link to mvinit"});
        else
            Runnable(subject, findings).check({"/sbin/init"}, call);
    }
    if (subject.opened.kind != ImageKind::oci) return;
    if (subject.opened.entrypoint.empty())
        findings.add({conf::Severity::error,
                      "init-missing",
                      "the image has neither entrypoint nor command",
                      "",
                      {},
                      "make mvinit its entrypoint"});
    else
        Runnable(subject, findings).check({subject.opened.entrypoint.front()}, call);
}

}  // namespace image
