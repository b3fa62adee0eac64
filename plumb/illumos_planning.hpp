// What the parts of the planner for illumos share. Internal to plumb.
#pragma once

#include <string>
#include <string_view>

#include "plumb/planning.hpp"

namespace plumb {

// Known to be absent. An image of which no files are known is not judged.
bool image_lacks(const Facts& facts, std::string_view path);

// False where the image lacks the file: a problem where it is required, else a note, said once.
bool check_file(Planner& planner, std::string_view path, bool required);

// A command with the deadline of all of them: words with single blanks between, % standing for the next of arguments,
// none of which has blanks. The first word is its path. An optional one whose program the image lacks
// is left out, with a note: null then. The pointer is good until the next step is added.
Step* run_step(Planner& planner, const char* text, Words arguments, std::string_view reason, bool required);

// Sockets, links, daemons, loopback, interfaces, routes; in a zone what is ours of them.
void plan_illumos_network(Planner& planner);

// An interface of a zone with allowed-address entries (zonecfg): ipmgmtd sets those by itself, with the default router,
// for every brand but native (libipadm, ipadm_ngz.c), and ip-nospoof refuses all others. Takes out of interface what is
// done by it. True: it plumbs the link, too.
bool leave_to_ipmgmtd(Planner& planner, conf::Interface& interface, const std::string& nic, const std::string& object);
void allowed_notes(Planner& planner);
void shared_network_notes(Planner& planner);

}  // namespace plumb
