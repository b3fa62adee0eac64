// Addresses and routes, through netlink.
#pragma once

#include <string>

#include "plumb/error.hpp"
#include "plumb/plan.hpp"

namespace plumb {

// There already: success.
Result<void> add_address_step(const std::string& nic, const std::string& address);

// There already, by the same gateway and interface: success. Another route to the same destination is an error.
Result<void> add_route_step(const std::string& nic, const Route& route);

}  // namespace plumb
