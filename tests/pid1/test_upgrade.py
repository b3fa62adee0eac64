"""mvinit upgrade: another program takes the place of the one that runs, and nothing else changes; many times over."""

import os
import shutil
import signal
import subprocess

import harness as h
from survive import Injector, Survivor, at_rest, needs_injector, phase, settled, status, survivor


def upgrade(process, *words):
    return subprocess.run([h.BINARY, "upgrade", *words, "--control", os.path.join(process.directory, "control")],
                          capture_output=True, text=True, timeout=h.DEADLINE, check=False, env=h.environment(None))


@phase
def other_program():
    """to a copy and back under load: the program is another one, the application the same, and no line is lost"""
    process = h.container(survivor("orphans=10"))
    app = Survivor(process).started()
    status(process)
    copies = [os.path.join(process.directory, name) for name in ("one", "two")]
    for copy in copies:
        shutil.copy(h.BINARY, copy)
    pid, settle, connection = app.pid(), at_rest(process), app.connect()
    for turn in range(20):
        done = upgrade(process, copies[turn % 2])
        h.equal((done.returncode, done.stderr), (0, ""), f"turn {turn}")
        h.until(lambda: os.readlink(f"/proc/{process.pid}/exe") == copies[turn % 2], "the other program")
        h.equal((status(process)["restarts"], app.pid()), (0, pid))
    connection.close()
    settled(process, settle, "after the upgrades")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


@phase
def later_version():
    """from each version of what is kept to a later one, under load; back to an earlier one is refused, and nothing lost"""
    earlier, later = (os.path.join(os.path.dirname(os.path.dirname(h.BINARY)), name, "mvinit")
                      for name in ("release", "release-select"))
    if not (os.path.exists(earlier) and os.path.exists(later)):
        raise h.Failure(f"{earlier} and {later} must both have been built")
    process = h.container(survivor("orphans=10"), binary=earlier)
    app = Survivor(process).started()
    status(process)
    pid, connection = app.pid(), app.connect()
    done = upgrade(process, later)
    h.equal((done.returncode, done.stderr), (0, ""))
    h.equal(os.readlink(f"/proc/{process.pid}/exe"), later)
    h.equal((status(process)["restarts"], app.pid()), (0, pid))
    done = subprocess.run([earlier, "upgrade", earlier, "--control", os.path.join(process.directory, "control")],
                          capture_output=True, text=True, timeout=h.DEADLINE, check=False, env=h.environment(None))
    h.check(done.returncode == 1 and "another version of mvinit wrote it" in done.stderr, done.stderr)
    h.equal(os.readlink(f"/proc/{process.pid}/exe"), later)
    Injector(process, count=3).wait()
    h.equal((status(process)["restarts"], app.pid()), (0, pid))
    connection.close()
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


@phase
def itself():
    """without a path it is the file that it was started from"""
    process = h.container(survivor())
    app = Survivor(process).started()
    status(process)
    h.equal(upgrade(process).returncode, 0)
    process.expect("takes over")
    h.equal(status(process)["phase"], "running")
    h.equal(len(app.starts()), 1)


@phase
def refused():
    """a file that is not there, and one that is no program: told, and all goes on as it is"""
    process = h.container(survivor())
    app = Survivor(process).started()
    status(process)
    for path in ("/no/such/file", process.config):
        done = upgrade(process, path)
        h.check(done.returncode != 0 and path in done.stderr, f"{path}: {done.returncode} {done.stderr}")
    h.equal(status(process)["phase"], "running")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


def private(process):
    """Kilobytes of memory that are PID 1's alone."""
    with open(f"/proc/{process.pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))


@phase
def no_leaks():
    """a hundred faults later PID 1 has the same descriptors and the same memory as after one"""
    process = h.container(survivor("orphans=10"))
    app = Survivor(process).started()
    status(process)
    Injector(process, count=1, early=0, pause=2000).wait()
    status(process)
    settle, before = at_rest(process), private(process)
    Injector(process, count=100, pause=2000).wait()
    status(process)
    settled(process, settle, "after a hundred faults")
    if not h.DYNAMIC:
        # Each image's stack begins elsewhere in its page, and calls reach a page further or not: two pages are no leak.
        h.until(lambda: private(process) <= before + 8, f"{before} KB before, {private(process)} KB now")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


needs_injector()
h.main()
