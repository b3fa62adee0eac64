// What check looks at, room by room. Each adds what it finds.
#pragma once

#include <set>
#include <string>

#include "packaging/image/findings.hpp"
#include "packaging/image/subject.hpp"

namespace image {

// Everything that mvinit executes. imports: symbols that the application's files want of others.
void check_commands(const Subject& subject, Findings& findings, std::set<std::string>& imports);
void check_accounts(const Subject& subject, Findings& findings);
// Directories and files that mvinit opens: cwd, env_files, log files, LD_PRELOAD.
void check_places(const Subject& subject, Findings& findings);
void check_mounts(const Subject& subject, Findings& findings);
void check_modules(const Subject& subject, Findings& findings);
// /etc/resolv.conf and /etc/hosts.
void check_names(const Subject& subject, const std::set<std::string>& imports, Findings& findings);
// setuid and world-writable files.
void check_modes(const Subject& subject, Findings& findings);
// That the kernel, or a container's runtime, finds mvinit.
void check_init(const Subject& subject, Findings& findings);
void check_illumos(const Subject& subject, Findings& findings);
// Why the planner says that it cannot work.
void check_plan(const Subject& subject, Findings& findings);

// Is the file system of this type in a module that system.modules does not load? See check_mounts().
void check_file_system(const Subject& subject, const std::string& type, const Place& place, conf::Severity severity,
                       Findings& findings);

}  // namespace image
