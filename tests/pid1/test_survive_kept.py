"""What an application has of PID 1 beside its life is there after a fault of PID 1 as well: its readiness is still waited
for, its terminal is its own, and what is set up beside it is done once."""

import os
import re
import signal

import control
import harness as h
from readiness import app, touch
from survive import Injector, needs_injector, phase

CONTROL = '[control]\npath = "%D/control"\n'


def faults(process, count=5):
    """What it says of itself after so many faults."""
    Injector(process, count=count, early=0).wait()
    return h.until(lambda: control.status(process, os.path.join(process.directory, "control")), "an answer")


@phase
def newline():
    """[ready] fd: the newline that comes after the faults makes it ready, once"""
    process = h.container(app("%P", "line", "5", "not yet", "wait:%D/go", r"now\n") + "[ready]\nfd = 5\n" + CONTROL)
    process.expect("application .* started, pid")
    h.equal(faults(process)["ready_ms"], "0", "not ready before its newline")
    touch(process)
    process.expect(r"application ready after [\d.]+s: newline on descriptor 5$")
    h.check(faults(process)["ready_ms"] != "0", "ready across faults")
    h.equal(process.output.count("application ready after"), 1)


@phase
def message():
    """[ready] notify: NOTIFY_SOCKET is the same after the faults, and READY=1 on it counts"""
    process = h.container(app("%P", "notify", "STATUS=before", "wait:%D/go", "READY=1") + "[ready]\nnotify = true\n"
                          + CONTROL)
    process.expect("application .* started, pid")
    h.equal(faults(process)["ready_ms"], "0", "not ready before its message")
    touch(process)
    process.expect("application ready after")
    h.check(faults(process)["ready_ms"] != "0", "ready across faults")


@phase
def timeout():
    """[ready] timeout goes on with what is left of it: the application is started again"""
    process = h.container(app("%P", "sleep") + '[ready]\nnotify = true\ntimeout = "3s"\n' + CONTROL)
    process.expect("application .* started, pid")
    faults(process, 3)
    process.expect("not ready within 3s")
    process.expect("restarting")


@phase
def watchdog():
    """[watchdog] app: the messages that come after the faults feed it, and when they end it is told"""
    process = h.container(app("%P", "notify", "READY=1", "WATCHDOG=1", "wait:%D/go", "WATCHDOG=1")
                          + '[ready]\nnotify = true\n[watchdog]\napp = "2s"\n' + CONTROL)
    process.expect("application ready after")
    faults(process, 3)
    process.expect("application hangs: its watchdog message did not come in time")


@phase
def before_anything():
    """a fault before anything was recorded: mvinit boots as if new, and what was there before it goes on"""
    directory = h.scratch()
    path = os.path.join(directory, "mvinit.toml")
    with open(path, "w") as file:
        file.write(app(h.PROBE, "sleep"))
    words = [h.BINARY, "--container", "-c", path]
    process = h.start(["sh", "-c", f"busybox sleep 1000 & until [ -e {directory}/go ]; do busybox usleep 2000; done; "
                       f"exec {' '.join(words)}"], binary="/bin/busybox")
    process.directory = directory
    beside = h.until(lambda: h.children(process.pid), "what is beside it")[0][0]
    injector = Injector(process, count=1, first=1, calls=0, steps=0)

    def traced():
        with open(f"/proc/{process.pid}/status") as file:
            return re.search(r"^TracerPid:\t[1-9]", file.read(), re.M)
    h.until(traced, "the injector is there")
    touch(process)
    injector.wait()
    process.expect("application .* started, pid")
    h.equal(process.output.count(": executing mvinit again"), 1)
    h.check("not used" not in process.output, process.output)
    h.check(h.state(beside) not in ("Z", ""), f"what was beside it: {h.state(beside)}")


@phase
def number_of_another():
    """the number of a main process that has ended is another process' by now: that one is not taken for the application"""
    directory = h.scratch()
    script = (r"""#!/bin/sh
%P sleep & main=$!
%P notify "MAINPID=$main" READY=1 & teller=$!
until [ -e %D/go ]; do busybox usleep 2000; done
start() { busybox cut -d" " -f22 "/proc/$1/stat"; }
# The kernel counts the time of a start by ticks: a process that begins in the same one cannot be told.
until [ "$(start self)" != "$(start $main)" ]; do :; done
rm %D/go; kill -KILL $main $teller; wait $main $teller
echo $((main - 1)) >/proc/sys/kernel/ns_last_pid; %P sleep &
echo "$main is $! now" >%D/now; wait""").replace("%D", directory).replace("%P", h.PROBE)
    script_path = os.path.join(directory, "app")
    with open(script_path, "w") as file:
        file.write(script)
    os.chmod(script_path, 0o755)
    process = h.container(app(script_path) + "[ready]\nnotify = true\n")
    number = process.expect(r"its main process is pid (\d+) now").group(1)
    process.expect("application ready after")
    with open(os.path.join(directory, "go"), "w"):
        pass
    h.until(lambda: h.lines(os.path.join(directory, "now")), "another process")
    if h.lines(os.path.join(directory, "now")) != [f"{number} is {number} now"]:
        raise h.Failure(f"the kernel gave no number twice: {h.lines(os.path.join(directory, 'now'))}")
    Injector(process, count=1, early=0).wait()
    process.expect(r"application .*exited with code 1")
    process.expect(r"application .* started, pid (?!" + number + r"\b)")


@phase
def terminal():
    """the terminal of `docker run -t` stays the application's: Ctrl-C reaches it, and nothing else did"""
    process = h.start(h.probe("catch", "3", "0"), stdio="pty")
    process.expect("^ready")
    Injector(process, count=10, early=0).wait()
    process.type("\x03")
    process.expect("^(\\^C)?signal 2 from 0$")
    process.type("\x1c")
    h.equal(process.code(), 0)
    h.equal(process.output.count("signal 2 "), 1, process.output)
    h.check("signal 1 " not in process.output and "signal 18 " not in process.output, process.output)


@phase
def late():
    """[[setup]] parallel: what runs beside other steps while PID 1 has faults runs once, and is waited for"""
    for count in (1, 2, 5):
        steps = "".join(f'[[setup]]\ncommand = ["%P", "run", "%D/steps", "{n}", "0", "150"]\nparallel = true\n'
                        for n in range(3))
        process = h.container(app("%P", "catch", "15", "5") + steps + CONTROL)
        injector = Injector(process, count=count, early=0, pause=3000)
        process.expect("^ready", h.DEADLINE * 2)
        injector.wait()
        h.equal(sorted(h.lines(os.path.join(process.directory, "steps"))), ["0", "1", "2"], f"{count} faults")
        process.send(signal.SIGTERM)
        h.equal(process.code(), 5)


needs_injector()
h.main()
