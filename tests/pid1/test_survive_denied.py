"""Calls that fail while mvinit executes itself again, or that have failed before: the application is kept all the same."""

import os
import re
import resource
import signal
import subprocess

import harness as h
import logs
from disturb import disturb, waiting
from survive import Survivor, needs_injector, phase, status, survivor

CONTROL = '[control]\npath = "%D/control"\n'
MINIMAL = "from now on only reaping and passing on stop signals"
ENOMEM, EMFILE, ENOSPC = 12, 24, 28


def begun(**keywords):
    process = h.container(survivor("orphans=10", **keywords))
    return settled(process)


def settled(process):
    app = Survivor(process).started()
    status(process)
    return process, app, app.pid()


def upgrade(process):
    return subprocess.run([h.BINARY, "upgrade", h.BINARY, "--control", os.path.join(process.directory, "control")],
                          capture_output=True, text=True, timeout=h.DEADLINE, check=False, env=h.environment(None))


def kept(process, app, pid):
    """The application is who it was, and what it leaves is reaped."""
    before = len(h.lines(app.log)) if os.path.exists(app.log) else 0
    h.equal((app.pid(), len(app.starts())), (pid, 1), "the application")
    if before:
        h.until(lambda: process.poll() or len(h.lines(app.log)) > before + 100, "more lines of it")
    h.until(lambda: process.poll() or not h.zombies(process.pid), "it reaps")


def keeps_to_the_end(process, app, pid, lines=True):
    """Nothing but the minimal loop runs, for longer than it waits where it has no application; a stop ends it well."""
    kept(process, app, pid)
    h.check(MINIMAL in process.output, process.output[-1500:])
    try:
        process.expect("no application is left", 1.5)
    except h.Failure:
        pass
    h.check("no application is left" not in process.output, process.output[-1500:])
    kept(process, app, pid)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7, process.output[-1500:])
    h.equal((len(app.starts()), len(app.ends())), (1, 1))
    if lines:
        app.tally()


@phase
def cannot_be_mapped():
    """what is kept cannot be mapped by the next image: told, and the application that runs is gone on with; another
    fault leaves the minimal loop, which keeps it"""
    process, app, pid = begun()
    disturb(process, "fault", "executed", f"deny=mmap:{ENOMEM}:3")
    process.expect("what mvinit has left for its next image is not used: it cannot be mapped: "
                   r"pid \d+ runs as the application, and is gone on with")
    value = status(process)
    h.equal((value["phase"], app.pid(), len(app.starts())), ("running", pid, 1))
    disturb(process, "fault")
    process.expect(r"while running, .*: executing mvinit again, the application, pid \d+, goes on")
    process.expect(rf"execute mvinit again: EBADF \(9\): {MINIMAL}")
    keeps_to_the_end(process, app, pid, lines=False)


@phase
def not_executed():
    """execve fails with ENOMEM by every way to the program: the minimal loop, and an upgrade gets out of it"""
    process, app, pid = begun()
    disturb(process, "fault", f"deny=execveat:{ENOMEM}", f"deny=execve:{ENOMEM}", f"deny=execve:{ENOMEM}")
    process.expect(rf"execute mvinit again: ENOMEM \(12\): {MINIMAL}")
    kept(process, app, pid)
    h.equal(upgrade(process).returncode, 0)
    h.equal((status(process)["phase"], status(process)["restarts"], app.pid()), ("running", 0, pid))
    disturb(process, "fault", f"deny=execveat:{ENOMEM}", f"deny=execve:{ENOMEM}", f"deny=execve:{ENOMEM}")
    keeps_to_the_end(process, app, pid)


@phase
def another_way():
    """execve fails by some of the ways to the program: the next one is taken, and all is as it was"""
    for ways in (("execveat",), ("execveat", "execve")):
        process, app, pid = begun()
        disturb(process, "fault", *(f"deny={way}:{ENOMEM}" for way in ways), "executed")
        process.expect("and was executed again: the application")
        h.equal(status(process)["restarts"], 0)
        kept(process, app, pid)
        process.send(signal.SIGTERM)
        h.equal(process.code(), 7)
        app.tally()


MUCH = {f"MUCH{n}": "x" * 100_000 for n in range(4)}
LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_STACK)


@phase
def too_little_room():
    """the kernel itself refuses the execve, as the words have no room any more and the limit cannot be raised: the
    minimal loop"""
    process = h.container(survivor("orphans=10"), env=MUCH)
    process, app, pid = settled(process)
    resource.prlimit(process.pid, resource.RLIMIT_STACK, (65536, 65536))
    disturb(process, "fault", "call=prlimit64", "call=prlimit64", "deny=prlimit64:1")
    process.expect(rf"execute mvinit again: errno \(7\): {MINIMAL}")
    keeps_to_the_end(process, app, pid)


def may_raise():
    with open("/proc/self/status") as file:
        return int(re.search(r"^CapEff:\t(\w+)$", file.read(), re.M).group(1), 16) >> 24 & 1


@phase
def lowered():
    """a limit of memory that root has lowered below what an exec takes, where it may end who executes: it goes on"""
    for which in LIMITS:
        # The last is raised by who has CAP_SYS_RESOURCE alone.
        for low in ((65536, resource.RLIM_INFINITY), (65536, 32 << 20), (65536, 65536))[:3 if may_raise() else 2]:
            words = MUCH if which == resource.RLIMIT_STACK else None
            process, app, pid = settled(h.container(survivor("orphans=10"), env=words))
            resource.prlimit(process.pid, which, low)
            disturb(process, "fault", "executed")
            process.expect("and was executed again: the application")
            h.equal((status(process)["phase"], status(process)["restarts"]), ("running", 0))
            kept(process, app, pid)
            process.send(signal.SIGTERM)
            h.equal(process.code(), 7, process.output[-1500:])
            app.tally()


@phase
def lowered_and_started():
    """what is started after that has the limits that were set, also by a later image, until others are"""
    process = h.container(logs.application("busybox", "sleep", "9999", backoff="1ms", max_backoff="1ms") + CONTROL)
    process.expect("started|running")
    for low, ways in (((40 << 20, resource.RLIM_INFINITY), ("fault", "upgrade")), ((40 << 20, 50 << 20), ("fault", "upgrade")),
                      ((30 << 20, 50 << 20), ("upgrade",))):
        for which in LIMITS:
            resource.prlimit(process.pid, which, low)
        for way in ways:
            if way == "fault":
                disturb(process, "fault", "executed")
            else:
                h.equal(upgrade(process).returncode, 0)
            pid = h.until(lambda: process.poll() or application(process), "the application")
            os.kill(pid, signal.SIGKILL)
            pid = h.until(lambda before=pid: process.poll() or another(process, before), "another one")
            h.equal([resource.prlimit(pid, which) for which in LIMITS], [low] * 3, way)


def another(process, before):
    pid = application(process)
    return pid if pid != before else None


def application(process):
    """The pid of a busybox that PID 1 has started; None: there is none."""
    for pid, _ in h.children(process.pid):
        try:
            if os.readlink(f"/proc/{pid}/exe").endswith("/busybox"):
                return pid
        except OSError:
            pass
    return None


@phase
def not_handed_over():
    """no file in memory is to be had, or none with room, for what is kept: the minimal loop"""
    for denied, said in ((f"memfd_create:{EMFILE}", r"errno \(24\)"), (f"memfd_create:{ENOMEM}", r"ENOMEM \(12\)"),
                         (f"write:{ENOSPC}:3", r"errno \(28\)")):
        process, app, pid = begun(sinks=CONTROL)
        disturb(process, "fault", f"deny={denied}")
        process.expect(rf"execute mvinit again: {said}: {MINIMAL}")
        keeps_to_the_end(process, app, pid, lines=False)


@phase
def nothing_kept():
    """no descriptor is to be had for what is to be kept when mvinit begins: it runs without, and a fault leaves the
    minimal loop with the application"""
    process = waiting(survivor("orphans=10"))
    disturb(process, "executed", f"deny=signalfd:{EMFILE}", during=process.go)
    process, app, pid = settled(process)
    disturb(process, "fault")
    process.expect(rf"execute mvinit again: EBADF \(9\): {MINIMAL}")
    keeps_to_the_end(process, app, pid)


def limit_descriptors(process, count):
    hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (count, hard))


@phase
def no_descriptor():
    """the next image gets no descriptor beyond those that go on to it, or too few for its loop: the application is kept,
    and mvinit upgrade gets out of it once there are some again"""
    for count in range(3, 23):
        process, app, pid = begun()
        limit_descriptors(process, count)
        disturb(process, "fault", "executed")
        process.expect("and was executed again: the application")
        if count == 3:
            process.expect("signalfd all signals: (Too many open files|No file descriptors available)")
            process.expect(f"pid {app.starts()[0][1]}, goes on, but from now on mvinit only reaps and passes on stop signals")
        kept(process, app, pid)
        limit_descriptors(process, 1024)
        if count == 3:
            done = upgrade(process)
            h.equal((done.returncode, done.stderr), (0, ""))
            h.equal((status(process)["phase"], app.pid()), ("running", pid))
        process.send(signal.SIGTERM)
        h.equal(process.code(), 7, f"{count}: {process.output[-1500:]}")
        app.tally()


needs_injector()
h.main()
