// What the other illumos files need of contracts beside contracts.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plumb/contracts.hpp"

namespace plumb {

// The contracts that this process holds: /proc/self/contracts.
std::vector<ContractId> held_contracts();

// The contract that this process is a member of (psinfo), 0: not to be had; and its cookie.
ContractId own_contract();
std::optional<std::uint64_t> contract_cookie(ContractId id);

}  // namespace plumb
