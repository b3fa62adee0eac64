// None are run: [inittab] honour, which asks for it, is refused by the plan (see plan_notes()).
#include "init/services_runner.hpp"

namespace init {

void ServicesRunner::Delete::operator()(Running* /*running*/) const {}

bool ServicesRunner::read(const conf::HonourInittab& /*wanted*/, const ProgramInputs& /*inputs*/) {
    return false;
}

ServicesRunner::operator bool() const {
    return false;
}

void ServicesRunner::proceed() {}

void ServicesRunner::resume(const std::vector<plumb::HeldContract>& /*held*/) {}

bool ServicesRunner::child_ended(const Ended& /*ended*/) {
    return false;
}

bool ServicesRunner::power_failed() {
    return false;
}

void ServicesRunner::retry() {}

void ServicesRunner::stop() {}

bool ServicesRunner::all_begun() const {
    return true;
}

std::optional<std::uint64_t> ServicesRunner::deadline() const {
    return {};
}

void note_inittab(std::vector<std::string>& /*notes*/, const conf::HonourInittab& /*wanted*/) {}

}  // namespace init
