"""Stopping: the application, then everything else, then SIGKILL; a second request hurries."""

import os
import signal

import harness as h

CONFIG = """
[app]
command = ["%P", "escape", "%D/fate", "{escapee}", "{main}"]
stop_timeout = "{timeout}"
{more}
"""


def started(escapee, main, timeout, more="", number=signal.SIGTERM):
    process = h.container(CONFIG.format(escapee=escapee, main=main, timeout=timeout, more=more))
    process.expect("^ready")
    fate = os.path.join(process.directory, "fate")
    h.until(lambda: h.lines(fate) == ["up"], "the escapee is up")
    process.send(number)
    return process, fate


@h.case
def obeying():
    """a daemon in a session of its own is sent SIGTERM on stop, and waited for"""
    process, fate = started("obey", "obey", "60s")
    h.equal(process.code(), 0)
    h.equal(h.lines(fate), ["up", "term"])


@h.case
def refusing():
    """one that refuses is killed after stop_timeout"""
    process, fate = started("refuse", "obey", "300ms")
    h.equal(process.code(), 0)
    h.equal(h.lines(fate), ["up", "refused"])
    h.check("SIGKILL" in process.output, f"SIGKILL is not told: {process.output!r}")


@h.case
def refusing_application():
    """an application that refuses is killed after stop_timeout, and mvinit ends with 137"""
    process, _ = started("obey", "refuse", "300ms")
    h.equal(process.code(), 137)


@h.case
def every_stop_signal():
    """TERM, INT, PWR and RTMIN+3, +4, +5 all stop a container with a configuration"""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPWR, h.RTMIN + 3, h.RTMIN + 4, h.RTMIN + 5):
        process, fate = started("obey", "obey", "60s", number=number)
        h.equal(process.code(), 0, f"signal {number}")
        h.equal(h.lines(fate), ["up", "term"], f"signal {number}")


@h.case
def hurried():
    """a second request kills at once what refuses the first, however long stop_timeout is"""
    process, fate = started("refuse", "refuse", "1h")
    process.expect("^main refused$")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 137)


@h.case
def for_ever():
    """stop_timeout = "0" waits until the application goes by itself"""
    process = h.container("""
[app]
command = ["%P", "catch", "10", "5"]
stop_timeout = "0"
""")
    process.expect("^ready")
    process.send(signal.SIGTERM)
    process.expect("^signal 15 from 1$")
    process.send(signal.SIGUSR1)  # forwarded while stopping: the application ends by it
    h.equal(process.code(), 5)


@h.case
def stop_signal():
    """stop_signal is what the application gets instead of SIGTERM"""
    process = h.container("""
[app]
command = ["%P", "catch", "3", "0"]
stop_signal = "QUIT"
""")
    process.expect("^ready")
    process.send(signal.SIGTERM)
    process.expect("^signal 3 from 1$")
    h.equal(process.code(), 0)
    h.check("signal 15 " not in process.output, process.output)


@h.case
def whole_group():
    """the stop signal goes to the application's whole process group"""
    process = h.container("""
[app]
command = ["%P", "family"]
stop_signal = "USR1"
""")
    process.shows("member ready", "leader ready")
    process.send(signal.SIGTERM)
    process.code()
    h.check("member 10" in process.output, process.output)


@h.case
def stopped_processes():
    """an application that is stopped by SIGSTOP is continued, so that it can obey"""
    process = h.container("""
[app]
command = ["%P", "catch", "15", "8"]
stop_timeout = "1h"
""")
    process.expect("^ready")
    os.kill(h.children(process.pid)[0][0], signal.SIGSTOP)
    h.until(lambda: h.children(process.pid)[0][1] == "T", "the application is stopped")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 8)


@h.case
def left_behind():
    """a daemon that the application leaves behind is ended when the application has ended for good"""
    process = h.container("""
[app]
command = ["%P", "escape", "%D/fate", "obey", "obey", "leave"]
restart = "never"
""")
    h.equal(process.code(), 0)
    h.equal(h.lines(os.path.join(process.directory, "fate")), ["up", "term"])


@h.case
def while_backing_off():
    """a stop while the application waits to be started again is acted on at once"""
    process = h.container("""
[app]
command = ["%P", "exit", "3"]
backoff = "1h"
max_backoff = "1h"
""")
    process.expect(r"exited with code 3")
    process.send(signal.SIGTERM)
    process.code()


h.main()
