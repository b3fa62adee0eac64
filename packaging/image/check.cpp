// mvimage check: a configuration held against the image that it is to run in.
#include <cstdio>

#include "packaging/image/checks.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/verbs.hpp"

namespace image {
namespace {

void check_all(const Subject& subject, Findings& findings) {
    std::set<std::string> imports;
    check_commands(subject, findings, imports);
    check_accounts(subject, findings);
    check_places(subject, findings);
    check_mounts(subject, findings);
    check_modules(subject, findings);
    check_names(subject, imports, findings);
    check_modes(subject, findings);
    check_init(subject, findings);
    check_illumos(subject, findings);
    check_plan(subject, findings);
}

}  // namespace

int run_check(const Options& options) {
    Findings findings;
    const conf::Role role = options.machine     ? conf::Role::machine
                            : options.container ? conf::Role::container
                                                : conf::Role::automatic;
    const Subject subject = open_subject(options.path, {options.overrides.config, options.platform, role}, findings);
    if (!findings.has_errors()) check_all(subject, findings);
    findings.sort();
    const std::string text = options.json ? findings.json() : findings.text(options.path);
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (!options.json) std::fprintf(stderr, "mvimage: %s: %s\n", options.path.c_str(), findings.sum().c_str());
    return findings.has_errors() ? exit_bad : exit_ok;
}

}  // namespace image
