"""What PID 1 does about its own faults when executing itself again is no help: it keeps the application, and little else."""

import os
import re
import shutil
import signal
import subprocess

import control
import harness as h
import logs
from survive import Injector, Survivor, live_place, needs_injector, phase, status, survivor


def faulted_thrice():
    """A container whose PID 1 has had its third fault within ten seconds."""
    process = h.container(survivor("orphans=10"))
    app = Survivor(process).started()
    have_three_faults(process)
    return process, app


def have_three_faults(process):
    status(process)
    for _ in range(2):
        Injector(process, count=1, forget=0, kinds="jump").wait()
        status(process)
    Injector(process, count=1, forget=0, kinds="jump", **{"await": 0}).wait()
    process.expect("third within 10 s")


@phase
def third():
    """the third fault within 10 s is told with signal, address, phase and what is left of mvinit"""
    process, app = faulted_thrice()
    line = re.search("^mvinit: fatal: .*third within 10 s.*$", process.output, re.M).group(0)
    h.check(re.match(r"mvinit: fatal: SIGSEGV at address 0x[0-9a-f]+ \(pc 0x[0-9a-f]+\) while running, "
                     r"last step \"[^\"]+\": third", line), line)
    h.check("mvinit upgrade" in line and f"the application, pid {app.starts()[0][1]}, goes on" in line, line)


def goes_on(process, app):
    """The application writes, and its orphans are reaped."""
    size = os.path.getsize(app.log)
    h.until(lambda: process.poll() or os.path.getsize(app.log) > size + 4000, "more lines of it")
    h.until(lambda: not h.zombies(process.pid), "no zombies")
    h.equal(len(app.starts()), 1, "starts")


@phase
def keeps():
    """then the application goes on with its output and its orphans, SIGTERM stops it, and its code is passed on"""
    process, app = faulted_thrice()
    connection = app.connect()
    pid = app.pid()
    goes_on(process, app)
    h.equal(app.pid(), pid)
    connection.close()
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


@phase
def upgraded():
    """mvinit upgrade gets out of it, and all is as before"""
    process, app = faulted_thrice()
    path = os.path.join(process.directory, "control")
    h.check(control.ask(process, "status", path=path).startswith("error 3 "), "what a status is answered")
    done = subprocess.run([h.BINARY, "upgrade", h.BINARY, "--control", path], capture_output=True, text=True, check=False,
                          timeout=h.DEADLINE, env=h.environment(None))
    h.equal((done.returncode, done.stderr), (0, ""), done.stdout)
    value = status(process)
    h.equal((value["phase"], value["restarts"]), ("running", 0))
    goes_on(process, app)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


@phase
def upgraded_while_stopped():
    """mvinit upgrade is refused while the minimal loop stops the application, and the stop goes on"""
    process = h.container(logs.application("%P", "escape", "%D/fate", "refuse", "refuse", stop_timeout="2s")
                          + '[control]\npath = "%D/control"\n')
    process.expect("^ready")
    have_three_faults(process)
    path = os.path.join(process.directory, "control")
    pid = process.pid
    process.send(signal.SIGTERM)
    answers = []
    h.until(lambda: answers.append(control.ask(process, f"upgrade {h.BINARY}", path=path)) or
            answers[-1].startswith("error 3 upgrade: the application is being stopped"), "a refusal")
    h.check(not any(answer.startswith("ok") for answer in answers), f"{answers}")
    h.equal((process.pid, process.code()), (pid, 137))


@phase
def no_program():
    """a fault of a program that cannot be executed any more leads there at once"""
    copy = os.path.join(h.scratch(), "mvinit")
    shutil.copy(h.BINARY, copy)
    process = h.container(survivor("orphans=10"), binary=copy)
    app = Survivor(process).started()
    status(process)
    os.chmod(copy, 0)
    Injector(process, count=1, kinds="jump", **{"await": 0}).wait()
    process.expect("from now on only reaping and passing on stop signals")
    goes_on(process, app)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


RECORDS = 8192  # bytes, from the words' beginning to the records' end


def spoil(process, how):
    """Changes what PID 1 has for its next image, behind the words that it shares with the kernel."""
    begin, size = live_place(process)
    with open(f"/proc/{process.pid}/mem", "r+b", buffering=0) as memory:
        left = os.pread(memory.fileno(), RECORDS - size, begin + size)
        os.pwrite(memory.fileno(), how(left), begin + size)


@phase
def spoiled():
    """a record that is spoiled is refused, and the application that runs is gone on with, not started twice"""
    for name, how in (("zeros", lambda left: bytes(len(left))), ("zeros, and another fault", lambda left: bytes(len(left))),
                      ("ones", lambda left: b"\xff" * len(left)),
                      ("noise", lambda left: os.urandom(len(left))),
                      ("a byte of each eight", lambda left: bytes(b ^ 1 if at % 8 == 5 else b for at, b in enumerate(left)))):
        process = h.container(survivor())
        app = Survivor(process).started()
        status(process)
        connection = app.connect()
        pid = app.pid()
        os.kill(process.pid, signal.SIGSTOP)
        h.until(lambda: stopped(process), "it is stopped")
        spoil(process, how)
        # It does nothing more than fault: else it would write another record.
        count = 2 if "another" in name else 1
        injector = Injector(process, count=count, early=100, kinds="jump", calls=0, steps=0).reach(1)
        os.kill(process.pid, signal.SIGCONT)
        injector.wait()
        process.expect("what mvinit has left for its next image is not used")
        value = status(process)
        h.equal((value["phase"], app.pid(), len(app.starts())), ("running", pid, 1), name)
        connection.close()
        process.send(signal.SIGTERM)
        h.equal(process.code(), 7, name)


def stopped(process):
    with open(f"/proc/{process.pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "T"


needs_injector()
h.main()
