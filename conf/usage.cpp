// What `mvinit help` prints.
#include "conf/arguments.hpp"

namespace conf {

std::string usage() {
    return
        R"(mvinit - makes a machine or container usable and keeps one application running

  mvinit                            as PID 1: does what /etc/mvinit.toml says
  mvinit [OPTION]... [--] COMMAND [ARGUMENT]...
                                    runs the command under a small init
Without an init:
  mvinit check [--json] [--platform linux|illumos] [FILE]
                                    reports every error of a configuration
  mvinit plan [--json] [--platform linux|illumos] [--facts FILE] [FILE]
                                    prints the steps that would be taken
  mvinit inittab check|install|remove [--root DIR] [--json] [--command COMMAND]
                                    mvinit as the smf entry of illumos init
  mvinit version | help
To the mvinit that runs, all with [--json] [--control PATH]:
  mvinit status                     what the application and the machine do
  mvinit start | stop | restart [--no-wait] [--timeout DURATION]
                                    the application; waits until it is done
  mvinit kill SIGNAL                sends the application a signal
  mvinit reload                     has the configuration read again
  mvinit wait [--ready|--down] [--timeout DURATION]
                                    returns once the application is so
  mvinit log [-f|--follow] [-n|--lines N]
                                    what the application wrote
  mvinit exec [--rescue] [--] COMMAND [ARGUMENT]...
                                    runs it as the application is run;
                                    --rescue: as a plain shell is
  mvinit analyze [--svg FILE]       what booting took its time for
  mvinit upgrade [--check] [PATH]   goes on with another program (default:
                                    what was executed at the start)
  mvinit poweroff | reboot | halt   end the machine; also when called so, or
                                    as shutdown, init or telinit

  -c, --config FILE         the configuration (default /etc/mvinit.toml)
      --control PATH        the control socket (default: the usual place)
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
cannot be executed, 127 where it is not there, 125 where mvinit itself failed;
exec: the same of its command.
check, plan: 0, 1 where the configuration has errors or the plan cannot work, 2
where it is unreadable. inittab: 0, 1 where init would not boot with it or a
change is refused, 2 where it cannot be read or written.
The others: 0 done, 1 failed or refused, 2 wrong usage, 3 no mvinit to ask,
4 not allowed, 5 timed out, 6 nothing of that kind here; status: 7 where the
application does not run, 8 where it is not ready.
)";
}

}  // namespace conf
