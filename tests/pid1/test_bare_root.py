"""Root file systems in which something is missing that mvinit likes to have."""

import json
import signal

import harness as h
from namespaces import Root

PROBE = "/sbin/probe"


def stopped_with_escapee(root, *options, **keywords):
    """Stops a container whose application left a daemon that refuses SIGTERM; returns the code."""
    root.write("/etc/mvinit.toml", f"""
[app]
command = ["{PROBE}", "escape", "/out/fate", "refuse", "obey"]
stop_timeout = "200ms"
""")
    process = h.start(["--container", "-c", "/etc/mvinit.toml", *options], root=root, **keywords)
    h.until(lambda: h.lines(root.file("/out/fate")) == ["up"], "the escapee is up")
    process.expect("^ready")
    process.send(signal.SIGTERM)
    return process.code()


@h.case
def no_dev():
    """no /dev: the exit code is passed on, and a stop takes effect"""
    h.equal(h.run(["--", PROBE, "exit", "3"], root=Root(dev=False)).code(), 3)
    h.equal(stopped_with_escapee(Root(dev=False)), 0)


@h.case
def no_dev_closed():
    """no /dev and descriptors 0 to 2 closed: the application has all three, and none is a file of mvinit's"""
    root = Root(dev=False)
    h.equal(h.run(["--", PROBE, "report", "/out/report"], root=root, stdio="closed").code(), 0)
    fds = json.loads(h.lines(root.file("/out/report"))[0])["fds"]
    h.equal(set(fds) - {"0", "1", "2"}, set(), f"more descriptors: {fds}")


@h.case
def no_proc():
    """no /proc: the exit code is passed on, and a daemon that refuses is killed"""
    h.equal(h.run(["--", PROBE, "exit", "3"], root=Root(proc=False)).code(), 3)
    h.equal(stopped_with_escapee(Root(proc=False)), 0)


@h.case
def nothing():
    """no /dev, no /proc, no /run, all read-only: the exit code is passed on"""
    root = Root(dev=False, proc=False, run=None, read_only=True)
    h.equal(h.run(["--", PROBE, "exit", "3"], root=root).code(), 3)


@h.case
def read_only_run():
    """a read-only /run: a container and a machine both start the application and end it"""
    h.equal(stopped_with_escapee(Root(run="ro")), 0)
    process = h.machine('[app]\ncommand = ["%P", "sleep"]\n', run="ro")
    process.expect("^ready")
    process.send(signal.SIGUSR2)
    h.equal(process.death(), signal.SIGINT)


@h.case
def read_only_root():
    """a machine whose root is read-only and lacks /run starts the application"""
    process = h.machine('[app]\ncommand = ["%P", "sleep"]\n', run=None, read_only=True)
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def machine_without_dev():
    """a machine with no /dev, and none to be made, starts the application and ends; the messages go to the old console"""
    process = h.machine('[app]\ncommand = ["%P", "catch", "15", "0"]\nstdin = "inherit"\n', dev=False, read_only=True)
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def machine_without_proc():
    """a machine where /proc is not there yet gets it from mvinit"""
    process = h.machine('[app]\ncommand = ["%P", "report"]\nrestart = "never"\n', proc=False)
    got = process.report()
    h.check(got["oom_score_adj"] != "", "the application saw no /proc")
    h.equal(process.death(), signal.SIGINT)


h.main()
