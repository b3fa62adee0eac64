"""An application that is not well, or whose watchdog message does not come, is started again."""

import os
import signal
import time

import harness as h
from readiness import app, touch


def application(process):
    return h.until(lambda: h.children(process.pid), "the application")[0][0]


def serving(more):
    """A machine whose application serves the page in /out/page, healthy at first."""
    process = h.machine(app("/sbin/probe", "serve", "80", "/out/page")
                        + '[health]\nhttp = "http://127.0.0.1:80/"\ninterval = "10ms"\n' + more,
                        files={"/out/page": r"HTTP/1.1 200 Fine\n\n"})
    process.expect("^serving")
    return process


@h.case
def page():
    """so many failures in a row restart it, with what was answered; it is well again"""
    process = serving("failures = 3\n")
    process.root.write("/out/page", r"HTTP/1.1 500 Ill\n\n")
    process.expect(r"application unwell: 3 questions in a row failed: http://127\.0\.0\.1:80/: answered 500")
    process.root.write("/out/page", r"HTTP/1.1 200 Fine\n\n")
    process.expect("^serving")


@h.case
def stopped():
    """one that hangs, though its connections are taken by the kernel, is killed and started again"""
    process = serving('timeout = "100ms"\nfailures = 2\n')
    os.kill(application(process), signal.SIGSTOP)
    process.expect(r"application unwell: 2 questions in a row failed: http://127\.0\.0\.1:80/: no answer")
    process.expect("^serving")


@h.case
def command():
    """a command: its code is told"""
    process = h.container(app("%P", "run", "%D/runs", "x", "0", "3600000")
                          + "[health]\ncommand = ['/bin/sh', '-c', 'test ! -e %D/ill || exit 7']\ninterval = '10ms'\n"
                          "failures = 1\n")
    h.until(lambda: h.lines(os.path.join(process.directory, "runs")), "the first run")
    touch(process, "ill")
    process.expect("application unwell: 1 questions in a row failed: the command exited with code 7")
    os.unlink(os.path.join(process.directory, "ill"))
    h.until(lambda: len(h.lines(os.path.join(process.directory, "runs"))) >= 2, "the second run")


@h.case
def stopping():
    """an application that is being stopped is not asked any more, and nothing of the questions is left"""
    process = h.container(app("%P", "catch", "15", "5")
                          + "[health]\ncommand = ['/bin/sleep', '3600']\ninterval = '10ms'\ntimeout = '1h'\n")
    process.expect("^ready")
    h.until(lambda: len(h.children(process.pid)) == 2, "the question")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 5)


@h.case
def watchdog():
    """WATCHDOG=1 that does not come restarts it; WATCHDOG_USEC tells how soon it is to"""
    process = h.container(app("%P", "notify", "READY=1", "WATCHDOG=1", "say:told")
                          + '[ready]\nnotify = true\n[watchdog]\napp = "200ms"\n')
    for _ in range(2):
        process.expect("^told")
        process.expect("application hangs: its watchdog message did not come in time")
        process.expect("restarting")
    process = h.container(app("%P", "report") + '[watchdog]\napp = "2s"\n')
    process.expect("WATCHDOG_USEC=2000000")


@h.case
def trigger():
    """WATCHDOG=trigger restarts it at once, WATCHDOG_USEC=0 takes the watchdog away"""
    process = h.container(app("%P", "notify", "WATCHDOG_USEC=0", "READY=1", "wait:%D/go", "WATCHDOG=trigger")
                          + '[ready]\nnotify = true\n[watchdog]\napp = "250ms"\n')
    process.expect("application ready after")
    ready = time.monotonic()
    h.until(lambda: time.monotonic() > ready + 0.75, "three times what the watchdog would have waited")
    h.equal(process.output.count("application hangs"), 0, "told to hang without a watchdog")
    touch(process)
    process.expect("application hangs")
    h.equal(process.output.count("application hangs"), 1)


@h.case
def no_device():
    """a hardware watchdog that is not there is told with the remedy, and the application runs"""
    process = h.machine(app("/sbin/probe", "catch") + '[watchdog]\ndevice = "/dev/watchdog"\n')
    process.shows("ready", "watchdog /dev/watchdog: No such file or directory: load its module, such as ", "i6300esb")
    h.check(process.alive(), process.output)


h.main()
