#include "plumb/adoption.hpp"

namespace plumb {

std::int32_t find_application(const std::vector<std::string>& /*words*/) {
    return 0;
}

std::uint64_t start_of(std::int32_t /*pid*/) {
    return 0;
}

}  // namespace plumb
