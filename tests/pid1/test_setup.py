"""[[setup]] commands: in order, before the application; what a failure or a time-out of one does."""

import json
import os
import signal

import harness as h

APP = '[app]\ncommand = ["%P", "run", "%D/log", "app", "0"]\nrestart = "never"\n'


def setup(*words, **settings):
    text = "[[setup]]\ncommand = [" + ", ".join(f'"{word}"' for word in words) + "]\n"
    return text + "".join(f"{name} = {value}\n" for name, value in settings.items())


def log(process):
    return h.lines(os.path.join(process.directory, "log"))


@h.case
def in_order():
    """they run one after the other, all before the application"""
    process = h.container(APP + setup("%P", "run", "%D/log", "one", "0", "50") + setup("%P", "run", "%D/log", "two", "0")
                          + setup("%P", "run", "%D/log", "three", "0"))
    h.equal(process.code(), 0)
    h.equal(log(process), ["one", "two", "three", "app"])


@h.case
def required():
    """one that fails ends it with 125: the message names the command and its code, nothing after it is run"""
    process = h.container(APP + setup("%P", "run", "%D/log", "one", "7") + setup("%P", "run", "%D/log", "two", "0"))
    h.equal(process.code(), 125)
    h.equal(log(process), ["one"])
    process.expect(r"error: .*probe.* code 7")


@h.case
def killed():
    """one that a signal kills is a failure too, and the signal is named"""
    process = h.container(APP + setup("%P", "raise", "11"))
    h.equal(process.code(), 125)
    process.expect(r"probe.*SIGSEGV")


@h.case
def not_there():
    """one that is not there is a failure, with the cause"""
    process = h.container(APP + setup("/no/such/setup"))
    h.equal(process.code(), 125)
    process.expect(r"/no/such/setup.*No such file or directory")
    h.equal(log(process), [])


@h.case
def optional():
    """an optional one that fails is told, and the rest goes on"""
    process = h.container(APP + setup("%P", "run", "%D/log", "one", "7", optional="true")
                          + setup("/no/such/setup", optional="true") + setup("%P", "run", "%D/log", "two", "0"))
    h.equal(process.code(), 0)
    h.equal(log(process), ["one", "two", "app"])
    process.expect(r"warning: .*probe.*code 7")
    process.expect(r"warning: .*/no/such/setup")


@h.case
def timeout():
    """one that is not done within its timeout is killed, with its descendants in its group, and is a failure"""
    process = h.container(APP + setup("/bin/sh", "-c", "%P hold %D/held child deaf & %P hold %D/held self deaf",
                                      timeout='"200ms"'))
    h.equal(process.code(), 125)
    process.expect(r"200ms|200 ms")
    h.equal(log(process), [])


@h.case
def optional_timeout():
    """an optional one that is not done in time is killed, and the rest goes on"""
    process = h.container(APP + setup("%P", "hold", "%D/held", "x", "deaf", timeout='"100ms"', optional="true"))
    h.equal(process.code(), 0)
    h.equal(log(process), ["app"])
    h.until(lambda: h.lines(os.path.join(process.directory, "held")) == ["x"], "it was there")


@h.case
def stop_during():
    """a stop while one of them runs ends it: nothing after it is run"""
    process = h.container(APP + setup("%P", "hold", "%D/held", "x", "deaf", timeout='"0"'))
    h.until(lambda: h.lines(os.path.join(process.directory, "held")), "it runs")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)
    h.equal(log(process), [])


@h.case
def stop_during_optional():
    """a stop while an optional one runs ends all of it too"""
    process = h.container(APP + setup("%P", "hold", "%D/held", "x", timeout='"0"', optional="true"))
    h.until(lambda: h.lines(os.path.join(process.directory, "held")), "it runs")
    process.send(signal.SIGINT)
    h.equal(process.code(), 130)
    h.equal(log(process), [])


@h.case
def machine_stop_during():
    """on a machine a signal during setup means what it means later: TERM reboots, USR2 powers off"""
    for number, wanted in ((signal.SIGTERM, signal.SIGHUP), (signal.SIGUSR2, signal.SIGINT)):
        process = h.machine('[app]\ncommand = ["%P", "sleep"]\n'
                            '[[setup]]\ncommand = ["%P", "hold", "/out/held", "x"]\ntimeout = "0"\n')
        h.until(lambda: h.lines(process.root.file("/out/held")), "it runs")
        process.send(number)
        h.equal(process.death(), wanted)
        h.check("ready" not in process.output, process.output)


@h.case
def environment():
    """env of a setup command is its own; it sees no blocked or ignored signal and no foreign descriptor"""
    process = h.container(APP + setup("%P", "report", "%D/report", env='{ ONLY = "here" }'))
    h.equal(process.code(), 0)
    got = json.loads(h.lines(os.path.join(process.directory, "report"))[0])
    h.check("ONLY=here" in got["environment"], str(got["environment"]))
    h.equal((got["blocked"], got["ignored"], sorted(got["fds"])), (0, 0, ["0", "1", "2"]))


@h.case
def orphans_of_setup():
    """daemons that a setup command leaves in a session of their own live on, and are ended with the application"""
    process = h.container('[app]\ncommand = ["%P", "catch", "15", "0"]\n'
                          + setup("%P", "escape", "%D/fate", "obey", "obey", "leave"))
    process.expect("^ready")
    fate = os.path.join(process.directory, "fate")
    h.until(lambda: h.lines(fate) == ["up"], "the daemon is up")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)
    h.equal(h.lines(fate), ["up", "term"])


h.main()
