// Linux has no process contracts.
#include <cerrno>

#include "plumb/contracts.hpp"

namespace plumb {

bool have_contracts() {
    return false;
}

bool is_started_again() {
    return false;
}

Result<void> open_contract(std::uint64_t /*cookie*/) {
    return {};
}

void close_contract_template() {}

ContractId latest_contract() {
    return 0;
}

Result<int> open_contract_events() {
    return Error{"open", "contract events", ENOSYS, "", "Linux has no process contracts"};
}

ContractEvent read_contract_event(int /*descriptor*/) {
    return {};
}

int signal_contract(ContractId /*id*/, std::int32_t /*signo*/) {
    return ESRCH;
}

void abandon_contract(ContractId /*id*/) {}

std::vector<HeldContract> find_contracts() {
    return {};
}

}  // namespace plumb
