// The end of the machine or of the zone, and who is signalled before it.
#include <array>
#include <cerrno>
#include <poll.h>
#include <signal.h>
#include <sys/uadmin.h>
#include <unistd.h>
#include <zone.h>

#include "plumb/contracts.hpp"
#include "plumb/contracts_illumos.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"

namespace plumb {

namespace {

bool in_global_zone() {
    return ::getzoneid() == GLOBAL_ZONEID;
}

struct Ending {
    conf::EndAction action;
    int function;
    const char* what;
};
// uadmin(2). In a zone AD_HALT and AD_POWEROFF are one: the zone halts (zone_kadmin() in os/zone.c).
constexpr Ending endings[] = {
    {conf::EndAction::poweroff, AD_POWEROFF, "power off"},
    {conf::EndAction::reboot, AD_BOOT, "reboot"},
    {conf::EndAction::halt, AD_HALT, "halt"},
};

}  // namespace

// The kernel unmounts and syncs as part of A_SHUTDOWN (uadmin.c, vfs_unmountall()); what is synced before is safe even
// where that hangs. A zone's file systems are the global zone's.
std::vector<Error> leave_file_systems() {
    if (in_global_zone()) ::sync();
    return {};
}

Error end_machine(conf::EndAction action) {
    const char* const object = in_global_zone() ? "the machine" : "the zone";
    for (const Ending& ending : endings) {
        if (ending.action != action) continue;
        if (::uadmin(A_SHUTDOWN, ending.function, 0) != 0) {
            return Error{ending.what, object, errno, "",
                         errno == EPERM ? "needs the privilege sys_config, in a zone sys_admin" : ""};
        }
        // A zone is ended by the global zone's zoneadmd, and we with it; who dies before us ends a poll(2) by its
        // SIGCLD.
        constexpr int patience_ms = 60'000;
        const Until patience{Deadline(patience_ms)};
        for (int left = patience_ms; ::poll(nullptr, 0, left) < 0 && errno == EINTR;)
            left = patience.milliseconds_left();
        return Error{ending.what, object, 0, "asked for, but still running after 1m",
                     in_global_zone() ? "reset it" : "end it from the global zone: zoneadm -z NAME halt"};
    }
    return Error{"end", object, 0, "this action does not end a machine", ""};
}

void signal_everyone(int signo) {
    if (in_global_zone() && ::getpid() == 1) {
        ::kill(-1, native_signal(signo));
        return;
    }
    for (const ContractId id : held_contracts()) signal_contract(id, signo);
}

Result<int> open_power_button() {
    return Error{"listen to", "the power button", 0, "illumos sends SIGPWR to PID 1 instead", ""};
}

bool read_power_button(int /*descriptor*/) {
    return false;
}

}  // namespace plumb
