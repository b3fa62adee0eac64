"""Faults in a row, each at one place, where little or nothing has been kept yet: in the first milliseconds, in the midst
of the first record, in the handler itself, while a record is refused. Afterwards the application runs once, and at no
time did two of them."""

import os
import signal

import harness as h
from disturb import BYTES, CHECKSUM, SEQUENCE, VERSION, disturb, waiting
from survive import Survivor, needs_injector, phase, status, survivor

STEPS = 3
CONTROL = '[control]\npath = "%D/control"\n'
IMAGE = ("executed", "ready")


def setups(probe, path):
    return "".join(f'[[setup]]\ncommand = ["{probe}", "run", "{path}", "{n}", "0", "2"]\n' for n in range(STEPS))


def runs_once(process, what, steps=STEPS):
    """All was done, each once; the application ends as it is told. It tells itself where another one runs."""
    app = Survivor(process).started()
    value = status(process)
    h.equal((value["phase"], value["restarts"], len(app.starts())), ("running", 0, 1), what)
    h.equal(h.lines(os.path.join(process.directory, "steps")), [str(n) for n in range(steps)], f"{what}: steps")
    app.pid()
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7, f"{what}: {process.output[-1500:]}")
    h.equal(len(app.starts()), 1, what)
    app.tally()


# What becomes of the images of a mvinit that begins, one after the other.
BEGINNINGS = (
    ("a fault before anything", (*IMAGE, "fault")),
    ("two", (*IMAGE, "fault") * 2),
    ("two, each some calls further", (*IMAGE, "fault", *IMAGE, "calls=6", "fault")),
    ("in the first record, where its copy is not whole any more", (*IMAGE, f"written={SEQUENCE}", "fault")),
    ("in its header", (*IMAGE, f"written={VERSION}", "fault")),
    ("in the midst of it", (*IMAGE, f"written={BYTES}", "fault")),
    ("before it counts", (*IMAGE, f"written={CHECKSUM}", "fault")),
    ("as soon as it counts", (*IMAGE, *[f"written={SEQUENCE}"] * 2, "fault")),
    ("in the first record of two images", (*IMAGE, f"written={VERSION}", "fault") * 2),
    ("before anything, then in the first record", (*IMAGE, "fault", *IMAGE, f"written={BYTES}", "fault")),
    ("in the first record, then before anything", (*IMAGE, f"written={BYTES}", "fault", *IMAGE, "fault")),
    ("as soon as it counts, then in the next", (*IMAGE, *[f"written={SEQUENCE}"] * 2, "fault", *IMAGE, "calls=40", "fault")),
    ("as it is about to begin a process", (*IMAGE, "call=clone", "fault")),
    ("as it has begun one", (*IMAGE, "call=clone", "calls=1", "fault")),
    *((f"{calls} calls further", (*IMAGE, f"calls={calls}", "fault")) for calls in range(20, 260, 20)),
)
# Those that begin more than the application.
MORE = tuple((f"as it has begun {count}", (*IMAGE, *("call=clone", "calls=1") * count, "fault")) for count in (2, 3))


@phase
def beginnings():
    """one fault or two as mvinit begins, with steps to be done first and with none"""
    for name, steps in BEGINNINGS + MORE:
        for count in (0, STEPS):
            process = waiting(survivor(more=setups("%P", "%D/steps") if count else ""))
            disturb(process, *steps, during=process.go)
            runs_once(process, f"{name}, {count} steps", count)


@phase
def in_front_of_a_command():
    """the same in front of a command"""
    for name, steps in BEGINNINGS:
        process = waiting(None, h.PROBE, "survivor", "%D/app", "7")
        disturb(process, *steps, during=process.go)
        app = Survivor(process).started()
        process.send(signal.SIGTERM)
        h.equal(process.code(), 7, f"{name}: {process.output[-1500:]}")
        h.equal((len(app.starts()), h.lines(os.path.join(app.directory, "errors"))), (1, []), name)


@phase
def three():
    """three faults as mvinit begins: the minimal loop has nothing to keep, and executes mvinit again after a second"""
    for count in (0, STEPS):
        process = waiting(survivor(more=setups("%P", "%D/steps") if count else ""))
        disturb(process, *(*IMAGE, "fault") * 3, during=process.go)
        process.expect("third within 10 s: from now on only reaping")
        process.expect("no application is left: executing mvinit again in 1 s")
        runs_once(process, f"three faults, {count} steps", count)


# Where the handler of a fault is when it has another one; in the end a fault of the minimal loop, too.
IN_THE_HANDLER = (
    ("as it takes note of it", ("call=clock_gettime", "fault")),
    ("as it is about to tell it", ("call=ppoll", "fault")),
    ("as it tells it", ("call=write", "fault")),
    ("as it says what goes on", ("call=fcntl", "fault")),
)


def reaps(process, app, what):
    """The application goes on, and what it leaves is reaped."""
    before = len(h.lines(app.log))
    h.until(lambda: process.poll() or len(h.lines(app.log)) > before + 400, f"{what}: more lines of it")
    h.until(lambda: process.poll() or not h.zombies(process.pid), f"{what}: it reaps")
    h.equal(len(app.starts()), 1, what)


@phase
def in_the_handler():
    """a fault in the handler of one leaves the minimal loop, and a fault of that leaves who reaps: the application is kept"""
    for name, steps in IN_THE_HANDLER:
        for also in ((), ("call=waitid", "fault")):
            process = h.container(survivor("orphans=10"))
            app = Survivor(process).started()
            status(process)
            disturb(process, "fault", *steps, *also)
            reaps(process, app, name)
            process.send(signal.SIGTERM)
            if also:  # signals are none of its business
                reaps(process, app, name)
                continue
            h.equal(process.code(), 7, name)
            app.tally()


def refused(config, starts, calls):
    """A record that cannot be read, and another fault that many calls after the next image takes faults; the application
    has been started so often then."""
    process = h.container(config)
    app = Survivor(process).started()
    status(process)
    disturb(process, "spoil", "fault", *IMAGE, f"calls={calls}", "fault")
    what = f"another fault after {calls} calls"
    h.until(lambda: status(process)["phase"] == "running" and len(app.starts()) >= starts, what)
    h.equal((len(app.starts()), h.lines(os.path.join(app.directory, "errors"))), (starts, []), what)
    return process, app, what


@phase
def while_refused():
    """another fault anywhere while a record is refused: the application that runs is gone on with; what it has later is
    its own, and nothing of mvinit's"""
    for calls in range(0, 240, 12):
        process, app, what = refused(survivor(), 1, calls)
        os.kill(app.pid(), signal.SIGUSR2)
        app.started(2)
        files = os.listdir(f"/proc/{app.pid()}/fd")
        names = [os.readlink(f"/proc/{app.pid()}/fd/{number}") for number in files]
        h.check(not any("memfd" in name for name in names), f"{what}: it has {names}")
        process.send(signal.SIGTERM)
        h.equal(process.code(), 7, what)
        h.equal(len(app.starts()), 2, what)


@phase
def while_refused_and_unknown():
    """the same with an application that cannot be told from others: it is ended before it is started again, once"""
    directory = h.scratch()
    script = os.path.join(directory, "app")
    words = f'[app]\ncommand = ["/bin/sh", "-c", "exec {script} %D/app"]\nstop_timeout = "60s"\n'
    with open(script, "w") as file:
        file.write(f'#!/bin/sh\n{h.PROBE} survivor "$1" 7 &\nwait\n')
    os.chmod(script, 0o755)
    for calls in range(0, 240, 12):
        process = refused(CONTROL + words, 2, calls)[0]
        process.expect("what runs is ended, and the application started")
        process.close()


@phase
def while_refused_as_no_init():
    """the same where mvinit is not PID 1: the application that runs is gone on with, and nobody else is ended"""
    for calls in (0, 40, 80, 120):
        process = h.container(survivor(), pid1=False)
        app = Survivor(process).started()
        status(process)
        mvinit = next(pid for pid, _ in h.children(process.pid) if h.children(pid))
        disturb(process, "spoil", "fault", *IMAGE, f"calls={calls}", "fault", pid=mvinit)
        h.until(lambda: status(process)["phase"] == "running", f"{calls} calls")
        process.expect("runs as the application, and is gone on with")
        os.kill(mvinit, signal.SIGTERM)
        h.equal(process.code(), 7, process.output[-1500:])
        h.equal((len(app.starts()), h.lines(os.path.join(app.directory, "errors"))), (1, []), f"{calls} calls")


needs_injector()
h.main()
