"""A console that is closed, or that takes nothing: PID 1 does its duty all the same."""

import json
import os
import signal

import harness as h
from namespaces import Root


def fill(descriptor):
    """Writes until no more is taken."""
    os.set_blocking(descriptor, False)
    try:
        while True:
            os.write(descriptor, b"#" * 4096)
    except BlockingIOError:
        try:
            while True:
                os.write(descriptor, b"#")
        except BlockingIOError:
            os.set_blocking(descriptor, True)


def fill_terminal(root):
    # A description of its own: the one that mvinit gets is not to become non-blocking.
    descriptor = os.open(os.ttyname(root.slave), os.O_WRONLY | os.O_NOCTTY)
    fill(descriptor)
    os.close(descriptor)


@h.case
def closed():
    """descriptors 0 to 2 closed: the application has them, on /dev/null"""
    path = os.path.join(h.scratch(), "report")
    h.equal(h.run(h.probe("report", path), stdio="closed").code(), 0)
    h.equal(json.loads(h.lines(path)[0])["fds"], {"0": "/dev/null", "1": "/dev/null", "2": "/dev/null"})


@h.case
def one_closed():
    """only stdin or only stdout closed: the application gets three, and its own files do not land on them"""
    for number in (0, 1, 2):
        path = os.path.join(h.scratch(), "report")
        h.equal(h.run(h.probe("report", path), before=lambda: os.close(number)).code(), 0)
        fds = json.loads(h.lines(path)[0])["fds"]
        h.equal((sorted(fds), fds[str(number)]), (["0", "1", "2"], "/dev/null"))


@h.case
def reopened():
    """a machine whose init was given no descriptors opens the console itself"""
    process = h.machine('[app]\ncommand = ["%P", "sleep"]\n[console]\ndevice = "/dev/other"\n', stdio="closed")
    process.shows("ready", "started, pid")
    process.expect(r"^mvinit: \[ *\d+\.\d+\] ")
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)
    h.check("rebooting" in process.output, process.output)


def stuck_machine(config, stdio):
    """A machine with a terminal at /dev/console that nobody reads and that is full from the start."""
    root = Root(config)
    fill_terminal(root)
    process = h.start(["--machine", "-c", "/etc/mvinit.toml"], root=root, network=True, stdio=stdio)
    process.root = root
    return process


@h.case
def unread_terminal_stop():
    """a console that nobody reads: a stop takes effect, though the application hangs in writing to it"""
    process = stuck_machine("""
[app]
command = ["/sbin/probe", "spew", "100000", "0"]
""", "pipe")
    h.until(lambda: h.children(process.pid), "the application is there")
    process.send(signal.SIGTERM)
    process.wait(drain=False)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def unread_terminal_timeout():
    """a console that nobody reads: an application that refuses to stop is killed after stop_timeout"""
    process = stuck_machine("""
[app]
command = ["/sbin/probe", "hold", "/out/held", "deaf", "deaf"]
stop_timeout = "200ms"
""", "closed")
    h.until(lambda: h.lines(process.root.file("/out/held")), "the application is there")
    process.send(signal.SIGUSR2)
    process.wait(drain=False)
    h.equal(process.death(), signal.SIGINT)


@h.case
def unread_terminal_restart():
    """a console that nobody reads: the application is restarted, again and again"""
    process = stuck_machine("""
[app]
command = ["/sbin/probe", "run", "/out/runs", "x", "1"]
backoff = "1ms"
max_backoff = "1ms"
""", "pipe")
    h.until(lambda: len(h.lines(process.root.file("/out/runs"))) >= 30, "thirty runs")
    process.send(signal.SIGTERM)
    process.wait(drain=False)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def read_again():
    """a console that is read again after a while shows messages again"""
    process = stuck_machine("""
[app]
command = ["/sbin/probe", "run", "/out/runs", "x", "1"]
backoff = "1ms"
max_backoff = "1ms"
""", "pipe")
    h.until(lambda: len(h.lines(process.root.file("/out/runs"))) >= 10, "ten runs")
    process.expect("exited with code 1")
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def full_pipe():
    """a full pipe as stdout and stderr of a container: restarts and a stop take effect"""
    process = h.container("""
[app]
command = ["%P", "run", "%D/runs", "x", "1"]
backoff = "1ms"
max_backoff = "1ms"
""", before=lambda: fill(1))
    h.until(lambda: len(h.lines(os.path.join(process.directory, "runs"))) >= 30, "thirty runs")
    process.send(signal.SIGTERM)
    process.wait(drain=False)


@h.case
def full_pipe_verbose():
    """a full pipe and -v without a configuration: the exit code is passed on"""
    process = h.start(["-vvv", *h.probe("exit", 5)], before=lambda: fill(1))
    process.wait(drain=False)
    h.equal(process.code(), 5)


@h.case
def blocking_stays():
    """the application's descriptors stay blocking, although mvinit's own messages never wait"""
    script = "import fcntl, os, sys; sys.exit(5 if any(fcntl.fcntl(n, fcntl.F_GETFL) & os.O_NONBLOCK for n in (0, 1, 2)) else 0)"
    for options in (["-vvv"], []):
        h.equal(h.run([*options, "--", "/usr/bin/env", "python3", "-c", script]).code(), 0)


@h.case
def broken_pipe():
    """a console whose reader has gone does not end mvinit"""
    process = h.container("""
[app]
command = ["%P", "run", "%D/runs", "x", "1"]
backoff = "1ms"
max_backoff = "1ms"
""")
    os.close(process.reader)
    process.reader = None
    h.until(lambda: len(h.lines(os.path.join(process.directory, "runs"))) >= 5, "five runs")
    h.check(process.alive(), "mvinit ended")


h.main()
