// Rights and limits of processes on illumos: of capabilities, as Linux has them, there are none.
#include <cerrno>
#include <string_view>
#include <sys/resource.h>

#include "plumb/process.hpp"

namespace plumb {
namespace {

struct NamedNumber {
    std::string_view name;
    int number;
};
constexpr NamedNumber limit_names[] = {
    {"as", RLIMIT_AS},       {"core", RLIMIT_CORE},     {"cpu", RLIMIT_CPU},     {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE}, {"nofile", RLIMIT_NOFILE}, {"stack", RLIMIT_STACK},
};

}  // namespace

int forbid_new_privileges() {
    return ENOSYS;
}

int limit_capabilities(std::uint64_t /*keep*/) {
    return ENOSYS;
}

int keep_capabilities_over_setuid() {
    return ENOSYS;
}

int apply_capabilities(std::uint64_t /*keep*/) {
    return ENOSYS;
}

int capability_number(std::string_view /*name*/) {
    return -1;
}

int limit_number(std::string_view name) {
    for (const NamedNumber& limit : limit_names)
        if (limit.name == name) return limit.number;
    return -1;
}

}  // namespace plumb
