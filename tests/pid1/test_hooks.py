"""[[hook]] commands: what is run before the application starts, before it is stopped and after it has ended."""

import os
import signal

import asking
import harness as h

APP = '[app]\ncommand = ["%P", "catch", "15", "0", "12", "3"]\nbackoff = "1ms"\nmax_backoff = "1ms"\n'


def hook(when, script, **settings):
    text = f"[[hook]]\nwhen = \"{when}\"\ncommand = [\"/bin/sh\", \"-c\", '''{script}''']\n"
    return text + "".join(f"{name} = {value}\n" for name, value in settings.items())


def note(when, text, **settings):
    return hook(when, f"echo {text} >>%D/log", **settings)


def log(process):
    return h.lines(os.path.join(process.directory, "log"))


def application(process):
    return h.children(process.pid)[0][0]


@h.case
def around():
    """they run in order around every start and end, and are told of the application"""
    process = h.container(APP + note("before_start", "one $MVINIT_RESTARTS $MVINIT_APP_PID") +
                          note("before_start", "two") + note("before_stop", "stop $MVINIT_APP_PID") +
                          note("after_stop", "after $MVINIT_APP_PID $MVINIT_EXIT_CODE $MVINIT_EXIT_SIGNAL"))
    first = int(process.expect(r"^ready (\d+)").group(1))
    h.equal(log(process), ["one 0", "two"])
    process.send(signal.SIGUSR2)
    second = int(process.expect(r"^ready (\d+)").group(1))
    # None before the stop of what has ended by itself.
    h.equal(log(process), ["one 0", "two", f"after {first} 3", "one 1", "two"])
    os.kill(application(process), signal.SIGKILL)
    third = int(process.expect(r"^ready (\d+)").group(1))
    h.equal(log(process)[5:], [f"after {second} SIGKILL", "one 2", "two"])
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)
    h.equal(log(process)[8:], [f"stop {third}", f"after {third} 0"])


@h.case
def environment():
    """a hook has its own variables, and mvinit's"""
    process = h.container(APP + hook("before_start", 'echo "$MINE $THEIRS" >>%D/log', env='{ MINE = "a b" }'),
                          env={"THEIRS": "c"})
    process.expect("^ready")
    h.equal(log(process), ["a b c"])


@h.case
def machine():
    """on a machine: the boot goes on, and the application is started once its hooks have ended"""
    process = h.machine(APP + '[[hook]]\nwhen = "before_start"\ncommand = ["%P", "run", "/out/log", "prepared", "0"]\n')
    process.expect("^ready")
    h.equal(h.lines(process.root.file("/out/log")), ["prepared"])
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def required():
    """a required one before the start that fails: told with its code and the remedy, and tried again"""
    process = h.container(APP + hook("before_start", "test -e %D/mended || exit 4") + note("after_stop", "never"))
    for _ in range(2):
        process.expect(r"error: hook before_start /bin/sh: exited with code 4: the application is not started; .*optional")
        process.expect("application was not started, its hook failed; tried again in")
    with open(os.path.join(process.directory, "mended"), "w"):
        pass
    process.expect("^ready")
    h.equal(log(process), [])


@h.case
def never():
    """a required one that fails where nothing is restarted ends it, with code 1"""
    process = h.container(APP + 'restart = "never"\n' + hook("before_start", "kill -9 $$"))
    process.expect("hook before_start /bin/sh: was killed by SIGKILL")
    h.equal(process.code(), 1)
    h.check("ready" not in process.output, process.output)


@h.case
def optional():
    """an optional one that fails, or is not there, is told, and the application started"""
    process = h.container(APP + hook("before_start", "exit 4", optional="true") +
                          '[[hook]]\nwhen = "before_start"\ncommand = ["/no/such/hook"]\noptional = true\n')
    process.expect("hook before_start /bin/sh: exited with code 4")
    process.expect("hook before_start /no/such/hook: exec: No such file or directory")
    process.expect("^ready")


@h.case
def too_long():
    """one that takes too long is killed with all that it has started"""
    process = h.container(APP + hook("before_start", "sleep 1000 & echo $! >%D/pid; wait", timeout='"100ms"',
                                     optional="true"))
    process.expect(r"hook before_start /bin/sh: did not end within 100ms: SIGKILL")
    process.expect("^ready")
    h.until(lambda: len(h.children(process.pid)) == 1, "what it had started to be gone")


@h.case
def leftovers():
    """what a hook leaves in its process group is killed when it has ended"""
    process = h.container(APP + hook("before_start", "sleep 1000 &"))
    process.expect("^ready")
    h.until(lambda: len(h.children(process.pid)) == 1, "the application alone is there")


@h.case
def signals_while_preparing():
    """a request to end while they run before the first start: it is heeded at once"""
    process = h.container(APP + hook("before_start", "echo begun; sleep 1000", timeout='"0"'))
    process.expect("^begun")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)
    h.check("ready" not in process.output, process.output)


@h.case
def hurried():
    """a second request to end cuts off those before the stop"""
    process = h.container(APP + hook("before_stop", "echo begun; sleep 1000", timeout='"0"') + note("after_stop", "never"))
    process.expect("^ready")
    process.send(signal.SIGTERM)
    process.expect("^begun")
    process.send(signal.SIGTERM)
    process.expect("asked again: SIGKILL")
    h.equal(process.code(), 137)
    h.equal(log(process), [])


@h.case
def ends_by_hook():
    """a hook before the stop that makes the application end is let finish"""
    process = h.container(APP + hook("before_stop", "kill -USR2 $MVINIT_APP_PID; while kill -0 $MVINIT_APP_PID "
                                     "2>/dev/null; do :; done; echo finished >>%D/log") + note("after_stop", "after"))
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 3)
    h.equal(log(process), ["finished", "after"])


@h.case
def after_kill():
    """the hooks after the stop run also where the application had to be killed"""
    process = h.container('[app]\ncommand = ["%P", "catch"]\nstop_timeout = "100ms"\n' +
                          note("after_stop", "after $MVINIT_EXIT_SIGNAL"))
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 137)
    h.equal(log(process), ["after SIGKILL"])


@h.case
def final():
    """the hooks after the stop run before it ends, where nothing is restarted"""
    process = h.container('[app]\ncommand = ["%P", "exit", "5"]\nrestart = "never"\n' +
                          note("after_stop", "after $MVINIT_EXIT_CODE"))
    h.equal(process.code(), 5)
    h.equal(log(process), ["after 5"])


def machine_hook(when, *words):
    return f'[[hook]]\nwhen = "{when}"\ncommand = ["/sbin/probe", ' + ", ".join(f'"{word}"' for word in words) + "]\n"


def logged(process):
    return h.lines(process.root.file("/out/log"))


@h.case
def steered():
    """a stop that was asked for has them before and after it, a restart and a start those before the start, too"""
    process = asking.machine("catch", "15", "0", more="".join(
        machine_hook(when, "run", "/out/log", when, "0") for when in ("before_start", "before_stop", "after_stop")))
    h.equal(logged(process), ["before_start"])
    h.equal(asking.ask(process, "stop").returncode, 0)
    h.equal(logged(process)[1:], ["before_stop", "after_stop"])
    h.equal(asking.ask(process, "start").returncode, 0)
    h.equal(logged(process)[3:], ["before_start"])
    h.equal(asking.ask(process, "restart").returncode, 0)
    h.equal(logged(process)[4:], ["before_stop", "after_stop", "before_start"])


@h.case
def stopped_while_preparing():
    """a stop while those before the start run: they are killed, and the application is down"""
    process = asking.machine("catch", "15", "0", more=machine_hook("before_start", "until", "/out/log", "held", "/out/go",
                                                                   "0"), files={"/out/go": ""})
    h.equal(asking.ask(process, "stop").returncode, 0)
    os.unlink(process.root.file("/out/go"))
    asking.ask(process, "start", "--no-wait")
    h.until(lambda: logged(process) == ["held", "held"], "the hook runs again")
    h.equal(asking.ask(process, "stop").returncode, 0)
    h.until(lambda: not h.children(process.pid), "nobody is left")


@h.case
def reloaded():
    """a reload exchanges them, also while they run: those that run are finished first"""
    config = APP.replace("%P", "/sbin/probe") + ('[[hook]]\nwhen = "before_start"\ncommand = ["/sbin/probe", "{}", '
                                                 '"/out/log", "{}", "/out/go", "0"]\n')
    process = h.machine(config.format("until", "old") + '[[hook]]\nwhen = "before_start"\ncommand = ["/sbin/probe", '
                        '"run", "/out/log", "old too", "0"]\n')
    lines = lambda: h.lines(process.root.file("/out/log"))  # noqa: E731
    h.until(lambda: lines() == ["old"], "the first hook runs")
    process.root.write("/etc/mvinit.toml", config.format("until", "new"))
    process.send(signal.SIGHUP)
    process.expect("reload: .*hook.* before_start: from now on")
    process.root.write("/out/go", "")
    process.expect("^ready")
    h.equal(lines(), ["old", "old too"])
    os.kill(application(process), signal.SIGKILL)
    process.expect("^ready")
    h.equal(lines(), ["old", "old too", "new"])


h.main()
