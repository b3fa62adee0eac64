"""What becomes of PID 1's program on disk while it runs: another one in its place, none, or none that could take over."""

import os
import shutil
import signal
import stat
import subprocess

import control
import harness as h
from survive import Injector, Survivor, at_rest, needs_injector, phase, settled, status, survivor


def upgrade(process, *words):
    return subprocess.run([h.BINARY, "upgrade", *words, "--control", os.path.join(process.directory, "control")],
                          capture_output=True, text=True, timeout=h.DEADLINE, check=False, env=h.environment(None))


def copied():
    path = os.path.join(h.scratch(), "mvinit")
    shutil.copy(h.BINARY, path)
    return path


def replace(path):
    """Another file of that name, as a package manager puts it there; its number."""
    shutil.copy(h.BINARY, path + ".new")
    os.rename(path + ".new", path)
    return os.stat(path).st_ino


def program(process):
    """The file that PID 1 is executed from, whatever its name is by now."""
    return os.stat(f"/proc/{process.pid}/exe").st_ino


def begun(binary, **keywords):
    process = h.container(survivor("orphans=10", **keywords), binary=binary)
    app = Survivor(process).started()
    status(process)
    return process, app, app.pid()


def same(process, app, pid, inode, what):
    """That program runs, and the application is who it was."""
    h.equal((status(process)["restarts"], app.pid(), len(app.starts())), (0, pid, 1), what)
    h.equal(program(process), inode, what)


def stopped(process, app):
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    app.tally()


@phase
def replaced():
    """the file is replaced: a fault runs what ran before again, mvinit upgrade what is there now, and so do faults from
    then on"""
    path = copied()
    process, app, pid = begun(path)
    connection, old = app.connect(), program(process)
    settle = at_rest(process)
    new = replace(path)
    h.check(new != old, "it is the same file")
    for _ in range(2):
        Injector(process, count=1, early=0).wait()
        same(process, app, pid, old, "after a fault")
    for turn in range(3):
        done = upgrade(process)
        h.equal((done.returncode, done.stderr), (0, ""), f"turn {turn}")
        same(process, app, pid, new, f"after upgrade {turn}")
        Injector(process, count=2).wait()
        same(process, app, pid, new, f"after upgrade {turn} and faults")
        new = replace(path)
    other = copied()
    h.equal(upgrade(process, other).returncode, 0)
    h.equal(upgrade(process).returncode, 0)
    same(process, app, pid, os.stat(other).st_ino, "without a path, after one with another")
    connection.close()
    settled(process, settle, "after it all")
    stopped(process, app)


@phase
def deleted():
    """the file is deleted: a fault runs it again, mvinit upgrade says what is missing, and takes what is put there"""
    path = copied()
    process, app, pid = begun(path)
    old = program(process)
    os.unlink(path)
    for _ in range(2):
        Injector(process, count=1, early=0).wait()
        same(process, app, pid, old, "after a fault")
        done = upgrade(process)
        h.check(done.returncode == 1 and path in done.stderr and "No such file" in done.stderr and "is it there" in
                done.stderr, f"{done.returncode} {done.stderr}")
        answer = control.ask(process, f"upgrade {path}", path=os.path.join(process.directory, "control"))
        h.check("No such file" in answer and "stays" in answer, answer)
        same(process, app, pid, old, "after an upgrade to nothing")
    shutil.copy(h.BINARY, path)
    h.equal(upgrade(process).returncode, 0)
    same(process, app, pid, os.stat(path).st_ino, "after the upgrade")
    stopped(process, app)


@phase
def replaced_while_booting():
    """the file is replaced or deleted while mvinit boots: a fault runs what ran before again"""
    for change in (replace, os.unlink):
        path = copied()
        steps = '[[setup]]\ncommand = ["%P", "until", "%D/steps", "step", "%D/go", "0"]\n'
        process = h.container(survivor(more=steps), binary=path)
        h.until(lambda: h.lines(os.path.join(process.directory, "steps")), "the step")
        old = program(process)
        change(path)
        Injector(process, count=2, early=50).wait()
        h.equal(program(process), old)
        with open(os.path.join(process.directory, "go"), "w"):
            pass
        app = Survivor(process).started()
        same(process, app, app.pid(), old, "once it has booted")
        h.equal(h.lines(os.path.join(process.directory, "steps")), ["step"])
        stopped(process, app)


@phase
def deleted_and_thrice():
    """the file is deleted and PID 1 faults thrice: mvinit upgrade says what is missing, and a path gets out of it"""
    path = copied()
    process, app, pid = begun(path)
    os.unlink(path)
    have_three_faults(process)
    done = upgrade(process)
    h.check(done.returncode != 0 and f"open {path}: ENOENT" in done.stderr, f"{done.returncode} {done.stderr}")
    h.equal((app.pid(), len(app.starts())), (pid, 1))
    h.equal(upgrade(process, h.BINARY).returncode, 0)
    same(process, app, pid, os.stat(h.BINARY).st_ino, "after the upgrade")
    stopped(process, app)


def have_three_faults(process):
    for _ in range(2):
        Injector(process, count=1, forget=0, kinds="jump").wait()
        status(process)
    Injector(process, count=1, forget=0, kinds="jump", **{"await": 0}).wait()
    process.expect("third within 10 s")


def changed(at, value):
    """The program with another byte there."""
    with open(h.BINARY, "rb") as file:
        content = bytearray(file.read())
    content[at] = value
    return bytes(content)


def spoiled():
    """The program with noise for its instructions, its header and tables whole."""
    with open(h.BINARY, "rb") as file:
        content = file.read()
    return content[:4096] + b"\xf4" * (len(content) - 4096)


FORMAT, ACCESS = "Exec format error", "Permission denied"
SCRIPT = b"#!/bin/sh\necho mvinit upgrade: can take over, as version 99\n"

# Name, contents, mode, why the verb refuses it, why PID 1 does; None: PID 1 is not asked, as it relies on the verb there.
WRONG = (
    ("text", b"hello\n", 0o755, FORMAT, FORMAT),
    ("empty", b"", 0o755, FORMAT, FORMAT),
    ("aarch64", lambda: changed(18, 183), 0o755, FORMAT, FORMAT),
    ("i386", lambda: changed(18, 3), 0o755, FORMAT, FORMAT),
    ("not-executable", lambda: changed(0, 0x7f), 0o644, ACCESS, ACCESS),
    ("its-beginning", lambda: changed(0, 0x7f)[:3000], 0o755, "its-beginning", None),
    ("noise", spoiled, 0o755, "it is no mvinit that could take over: it was asked, and killed by", None),
    ("silent-script", b"#!/bin/sh\n", 0o755, "it is no mvinit that could take over: it was asked, and exited with", FORMAT),
    ("lying-script", SCRIPT, 0o755, FORMAT, FORMAT),
)


def make_wrong(directory):
    for name, content, mode, _, _ in WRONG:
        path = os.path.join(directory, name)
        with open(path, "wb") as file:
            file.write(content() if callable(content) else content)
        os.chmod(path, mode)
    os.mkdir(os.path.join(directory, "directory"))
    os.mkfifo(os.path.join(directory, "fifo"), 0o755)
    return (*WRONG, ("directory", b"", 0o755, ACCESS, FORMAT), ("fifo", b"", 0o755, ACCESS, FORMAT))


@phase
def refused():
    """what cannot take over is refused with cause and remedy, by the verb and by PID 1 itself, and nothing is lost"""
    process, app, pid = begun(h.BINARY)
    socket, old, settle, connection = os.path.join(process.directory, "control"), program(process), at_rest(process), \
        app.connect()
    for name, _, _, why, also in make_wrong(process.directory):
        path = os.path.join(process.directory, name)
        done = upgrade(process, path)
        h.check(done.returncode == 1 and path in done.stderr and why in done.stderr and "stays" in done.stderr,
                f"{name}: {done.returncode} {done.stdout} {done.stderr}")
        h.check(stat.S_ISFIFO(os.stat(path).st_mode) or done.stderr.count("\n") == 1, f"{name}: {done.stderr}")
        if also is not None:
            answer = control.ask(process, f"upgrade {path}", path=socket)
            h.check(answer.startswith("error ") and path in answer and also in answer and
                    "is it a mvinit for this machine, and executable?" in answer, f"{name}: {answer}")
        same(process, app, pid, old, name)
    connection.close()
    settled(process, settle, "after all that was refused")
    Injector(process, count=2).wait()
    same(process, app, pid, old, "after a fault")
    stopped(process, app)


@phase
def refused_by_the_minimal_loop():
    """the same where PID 1 has faulted thrice: it goes on reaping, and takes the right one afterwards"""
    process, app, pid = begun(h.BINARY)
    socket = os.path.join(process.directory, "control")
    have_three_faults(process)
    for name, _, _, why, also in make_wrong(process.directory):
        path = os.path.join(process.directory, name)
        done = upgrade(process, path)
        # Whatever it says of itself, what the loop finds is no program.
        words = ("this is no program",) if name == "lying-script" else (path, why, "stays")
        h.check(done.returncode != 0 and all(word in done.stderr for word in words),
                f"{name}: {done.returncode} {done.stderr}")
        if also is not None:
            answer = control.ask(process, f"upgrade {path}", path=socket)
            h.check(answer in ("ok\n", "error 4 upgrade: this is no program: name the file of an mvinit\n"), answer)
            if answer == "ok\n":
                process.expect("upgrade: execute: E[A-Z]+ .*: this one goes on reaping")
        h.equal((app.pid(), len(app.starts())), (pid, 1), name)
    h.until(lambda: not h.zombies(process.pid), "it reaps")
    h.equal(upgrade(process, h.BINARY).returncode, 0)
    same(process, app, pid, os.stat(h.BINARY).st_ino, "after the upgrade")
    stopped(process, app)


needs_injector()
h.main()
