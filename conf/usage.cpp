// What `mvinit help` prints.
#include "conf/arguments.hpp"

namespace conf {

std::string usage() {
    return
        R"(mvinit - makes a machine or container usable, runs one application and ends cleanly

  mvinit                            as PID 1: does what /etc/mvinit.toml says
  mvinit [OPTION]... [--] COMMAND [ARGUMENT]...
                                    runs the command under a small init
  mvinit check [--json] [--platform linux|illumos] [FILE]
                                    reports every error of a configuration
  mvinit plan [--json] [--platform linux|illumos] [--facts FILE] [FILE]
                                    prints the steps that would be taken
  mvinit inittab check|install|remove [--root DIR] [--json] [--command COMMAND]
                                    mvinit as the smf entry of illumos init
  mvinit poweroff | reboot | halt | reload
                                    tells the mvinit that runs to; also as
                                    mvinit 5 | 6 | 0 | q
  mvinit version | help

  -c, --config FILE         the configuration (default /etc/mvinit.toml)
      --machine             act as a machine's init
      --container           act as a container's init
  -s, --subreaper           adopt orphans without being PID 1
  -g, --group               forward signals to the application's process group
  -w, --warn                tell of every orphan that is reaped
  -v, --verbose             say more; repeat for more yet
  -e, --remap-exit CODE     exit with 0 where the application exits with CODE
  -r, --rewrite FROM:TO     forward signal FROM as TO; TO 0 drops it
  -p, --parent-death SIGNAL send mvinit SIGNAL when its parent dies

Exit status: the application's, 128+n where signal n killed it, 126 where it
cannot be executed, 127 where it is not there, 125 where mvinit itself failed.
check and plan: 0, 1 where the configuration has errors or the plan cannot work,
2 where it is unreadable.
inittab: 0, 1 where init would not boot with it or a change is refused, 2 where it
cannot be read or written.
poweroff, reboot, halt, reload: 0 once it was told, 1 where that failed or no
mvinit runs.
)";
}

}  // namespace conf
