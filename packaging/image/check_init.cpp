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

namespace {

// What a kernel starts by itself, and what it starts where that is missing and its command line names it.
struct Start {
    const char* path;
    const char* other;
    const char* word;
    const char* link;  // what path usually is a link to
};

void check_started(const Subject& subject, Findings& findings, const Call& call, const Start& started) {
    if (subject.tree().walk(started.path).end) return Runnable(subject, findings).check({started.path}, call);
    const bool named = subject.tree().walk(started.other).end.has_value();
    const std::string without = std::string("there is no ") + started.path + ", which the kernel starts";
    const std::string other = std::string(named ? ": it boots with " : ", nor ") + (named ? started.word : "") +
                              started.other + (named ? " alone" : "");
    findings.add({named ? conf::Severity::warning : conf::Severity::error,
                  "init-missing",
                  without + other,
                  started.path,
                  {},
                  std::string("make it a link to ") + started.link});
}

// A runtime looks for it on the PATH that it is to give it.
Call by_runtime(const Subject& subject) {
    Search search = search_of(subject.opened.started.env);
    if (!subject.opened.started.directory.empty()) search.cwd = subject.opened.started.directory;
    return {subject.self, search, search.library_path, {}, conf::Severity::error};
}

// A directory may be a root of either kind: only that a kernel starts none of what it could is told.
void check_root(const Subject& subject, Findings& findings) {
    for (const char* path : {"/init", "/sbin/init", "/sbin/mvinit"})
        if (subject.tree().walk(path).end) return;
    findings.add({conf::Severity::error,
                  "init-missing",
                  "there is neither /init nor /sbin/init nor /sbin/mvinit, one of which a kernel is to start",
                  "/sbin/init",
                  {},
                  "put mvinit at /sbin/mvinit, and make /sbin/init a link to it"});
}

}  // namespace

void check_init(const Subject& subject, Findings& findings) {
    Call call{User{}, search_of(conf::Environment{}), {}, {}, conf::Severity::error};
    if (subject.opened.kind == ImageKind::initramfs)
        check_started(subject, findings, call, {"/init", "/sbin/init", "rdinit=", "sbin/mvinit"});
    if (subject.opened.kind == ImageKind::disk && subject.is_linux())
        check_started(subject, findings, call, {"/sbin/init", "/sbin/mvinit", "init=", "mvinit"});
    const bool is_root = subject.opened.kind == ImageKind::directory || subject.opened.kind == ImageKind::tar;
    if (is_root && subject.told_machine && subject.is_linux()) check_root(subject, findings);
    if (subject.opened.kind != ImageKind::oci) return;
    const Started& started = subject.opened.started;
    if (started.entrypoint.empty())
        findings.add({conf::Severity::error,
                      "init-missing",
                      "the image has neither entrypoint nor command",
                      "",
                      {},
                      "make mvinit its entrypoint"});
    else
        Runnable(subject, findings).check({started.entrypoint.front()}, by_runtime(subject));
}

}  // namespace image
