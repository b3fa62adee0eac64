// Network interfaces: which are there, waiting for one to appear or for its carrier, bringing it up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plumb/error.hpp"
#include "plumb/plan.hpp"
#include "plumb/platform.hpp"
#include "plumb/system.hpp"

namespace plumb {

struct Link {
    int index = 0;
    std::uint32_t flags = 0;  // IFF_UP ...
    Nic nic;
};

// All interfaces in the order of their index, which is the order in which they appeared.
Result<std::vector<Link>> list_links();

// As system.hpp says. A deadline of 0 means one look: PID 1 does not wait without an end.
// stop, if there is one, is asked ten times a second while waiting: a request to end cuts it short (EINTR).
Result<std::string> find_nic_step(const NicMatch& match, Deadline deadline, CommandRunner* stop = nullptr);
Result<void> set_mtu_step(const std::string& nic, std::uint32_t mtu);
Result<void> link_up_step(const std::string& nic);
Result<void> wait_carrier_step(const std::string& nic, Deadline deadline, CommandRunner* stop = nullptr);

// The index of nic, or an error that says what was to be done to it.
Result<int> link_index(const std::string& nic, const std::string& what, const std::string& object);

}  // namespace plumb
