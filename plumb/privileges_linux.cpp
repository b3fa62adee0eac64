#include <array>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plumb/privileges.hpp"

namespace plumb {
namespace {

constexpr std::uint64_t bit(int capability) {
    return std::uint64_t{1} << capability;
}

// What for: files of any owner (configuration, logs, sockets and their groups), signals to any process, the change to
// the application's user, groups, limits, priority and capabilities, file systems and terminals, the end of the
// machine, the kernel's log (who was killed for want of memory).
constexpr std::uint64_t duties = bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_DAC_READ_SEARCH) | bit(CAP_FOWNER) |
                                 bit(CAP_KILL) | bit(CAP_SETGID) | bit(CAP_SETUID) | bit(CAP_SETPCAP) |
                                 bit(CAP_SYS_ADMIN) | bit(CAP_SYS_BOOT) | bit(CAP_SYS_NICE) | bit(CAP_SYS_RESOURCE) |
                                 bit(CAP_SYSLOG);

using Sets = std::array<__user_cap_data_struct, 2>;

bool capabilities(long call, Sets& sets) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    return syscall(call, &header, sets.data()) == 0;
}

std::uint64_t permitted(const Sets& sets) {
    return std::uint64_t{sets[1].permitted} << 32 | sets[0].permitted;
}

bool exec_gives_back() {
    const int secured = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
    return getuid() == 0 && geteuid() == 0 && secured >= 0 && (secured & SECBIT_NOROOT) == 0 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

}  // namespace

void drop_privileges(const Needs& needs) {
    Sets sets{};
    if (needs.same_as_ours || !exec_gives_back() || !capabilities(SYS_capget, sets)) return;
    const std::uint64_t kept = permitted(sets) & (duties | needs.capabilities);
    for (unsigned half = 0; half < 2; ++half) {
        const auto bits = static_cast<std::uint32_t>(kept >> (32 * half));
        sets[half].permitted = bits;
        sets[half].effective &= bits;
    }
    capabilities(SYS_capset, sets);
}

// The bounding set is what an exec gives: who has all of that has given up nothing.
bool has_privileges(const Needs& needs) {
    Sets sets{};
    if (!capabilities(SYS_capget, sets)) return true;
    const std::uint64_t have = permitted(sets);
    for (int number = 0; number < 64; ++number) {
        const bool wanted = needs.same_as_ours || (needs.capabilities & bit(number)) != 0;
        if (wanted && (have & bit(number)) == 0 && prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1) return false;
    }
    return true;
}

}  // namespace plumb
