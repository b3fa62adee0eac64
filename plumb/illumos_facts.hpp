// What the illumos facts are decided from, as plain values: pure, and compiled on every host. facts_illumos.cpp asks
// the kernel and hands the answers over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plumb/facts.hpp"
#include "plumb/mountinfo.hpp"

namespace plumb {

struct Origin {
    bool global = true;  // zone 0
    std::int32_t pid = 0;
    std::int32_t parent = 0;
    std::int32_t init_pid = 0;                     // ZONE_ATTR_INITPID; 0: not to be had
    std::optional<std::uint64_t> contract_cookie;  // of the contract that we are a member of
};
// The init of a zone has an ordinary pid, and so has its shim: only what the kernel says of them tells them apart.
// illumos init starts its smf entry in a contract of cookie 1, every other entry with 0 (usr/src/cmd/init/init.c).
Start start_of(const Origin& origin);

// mnttab(5): "special, point, type, options, time" with tabs between; lines that do not fit are passed over.
std::vector<MountEntry> parse_mnttab(std::string_view text);

// ZONE_NETWORK_ADDRESS: addresses with prefix, a comma between them, as zoneadmd put them together; a NUL ends them.
std::vector<std::string> zone_addresses(std::string_view bytes);
// ZONE_NETWORK_DEFROUTER: in6_addr, one after another, IPv4 mapped; an unspecified one ends them. The first as text, ""
// where there is none.
std::string zone_router(std::string_view bytes);

// Kernels with LX zones give the orphans of a zone to its init, others to the global PID 1. version: uname -v.
bool gives_orphans_to_zone_init(std::string_view version);

// A device node or link name, and the driver where the name has that of one known: "e1000g0" -> e1000g.
Nic nic_of(std::string_view name);
// Whether a node in /dev is a network card: a driver of one, and its instance.
bool is_nic_node(std::string_view name);

// A contract's directory entry: its number, 0 for anything else.
std::int32_t contract_number(std::string_view entry);

}  // namespace plumb
