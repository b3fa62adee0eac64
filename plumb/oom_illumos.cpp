// illumos has no OOM killer: memory is reserved before it is used, and who asks for more than there is gets ENOMEM.
#include "plumb/oom.hpp"

namespace plumb {

OomCount count_oom_kills(bool /*owns_kernel*/) {
    return {};
}

Oom was_oom_killed(const OomCount& /*before*/, std::int32_t /*pid*/, std::uint64_t /*started_ms*/,
                   bool /*owns_kernel*/) {
    return Oom::none;
}

bool spare_us(std::int32_t /*sharing*/) {
    return true;
}

void go_on_sparing_us() {}

void as_started() {}

bool as_spared(std::int32_t /*sharing*/) {
    return true;
}

}  // namespace plumb
