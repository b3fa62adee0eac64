"""Where the application's stdin, stdout and stderr go."""

import json
import os
import signal

import harness as h
from namespaces import Root


def container(settings, *words):
    command = ", ".join(f'"{word}"' for word in words)
    return h.container(f'[app]\ncommand = [{command}]\nrestart = "never"\n{settings}')


@h.case
def files():
    """stdout and stderr to files: both are made, and written to"""
    process = container('stdout = "%D/out"\nstderr = "%D/err"\n', "/bin/sh", "-c", "echo one; echo two >&2")
    h.equal(process.code(), 0)
    h.equal(h.lines(os.path.join(process.directory, "out")), ["one"])
    h.equal(h.lines(os.path.join(process.directory, "err")), ["two"])


@h.case
def appended():
    """a file that is there is appended to, by every run"""
    process = h.container("""
[app]
command = ["%P", "say", "line"]
stdout = "%D/out"
backoff = "1ms"
max_backoff = "1ms"
""")
    h.until(lambda: len(h.lines(os.path.join(process.directory, "out"))) >= 3, "three lines")
    process.send(signal.SIGTERM)
    process.code()


@h.case
def same_file():
    """stdout and stderr to the same file: neither overwrites the other"""
    process = container('stdout = "%D/out"\nstderr = "%D/out"\n', "/bin/sh", "-c", "echo one; echo two >&2; echo three")
    h.equal(process.code(), 0)
    h.equal(h.lines(os.path.join(process.directory, "out")), ["one", "two", "three"])


@h.case
def standard_input():
    """stdin from a file is read"""
    process = container('stdin = "%D/mvinit.toml"\n', "/bin/cat")
    h.equal(process.code(), 0)
    h.check('restart = "never"' in process.output, process.output)


@h.case
def null():
    """null is /dev/null, for all three"""
    process = container('stdin = "null"\nstdout = "null"\nstderr = "null"\n', "%P", "report", "%D/report")
    h.equal(process.code(), 0)
    fds = json.loads(h.lines(os.path.join(process.directory, "report"))[0])["fds"]
    h.equal(fds, {"0": "/dev/null", "1": "/dev/null", "2": "/dev/null"})


@h.case
def missing_input():
    """stdin from a file that is not there: told with its cause, and mvinit ends with 125"""
    process = container('stdin = "/no/such/file"\n', "%P", "exit", "0")
    h.equal(process.code(), 125)
    process.expect(r"stdin.*No such file or directory")


@h.case
def unwritable_output():
    """stdout to a directory that is not there: told with its cause"""
    process = container('stdout = "/no/such/directory/file"\n', "%P", "exit", "0")
    h.equal(process.code(), 125)
    process.expect(r"stdout.*No such file or directory")


@h.case
def shared_memory():
    """a file in /dev/shm is a file as any other: it is made"""
    path = f"/dev/shm/mvinit-test-{os.getpid()}"
    try:
        process = container(f'stdout = "{path}"\n', "%P", "say", "there")
        h.equal(process.code(), 0, process.output)
        h.equal(h.lines(path), ["there"])
    finally:
        if os.path.exists(path):
            os.unlink(path)


@h.case
def machine_shared_memory():
    """on a machine as well"""
    process = h.machine('[app]\ncommand = ["%P", "catch", "15", "0"]\nstdout = "/dev/shm/log"\n')
    path = f"/proc/{process.pid}/root/dev/shm/log"
    h.until(lambda: any(line.startswith("ready ") for line in h.lines(path)), "the application's line")
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)
    h.check("ready" not in process.output, process.output)


@h.case
def missing_null():
    """where /dev has no null, none is made: it would be a file that fills up"""
    root = Root('[app]\ncommand = ["/sbin/probe", "say", "much"]\nrestart = "never"\nstdout = "null"\n', console=None,
                dev=False)
    os.mkdir(root.file("/dev"))
    process = h.run(["--container", "-c", "/etc/mvinit.toml"], root=root)
    h.equal(process.code(), 125)
    process.expect("stdout.*/dev/null|stdout.*No such file")
    h.equal(os.listdir(root.file("/dev")), [])


@h.case
def machine_files():
    """on a machine as well; the console then has mvinit's messages only"""
    process = h.machine('[app]\ncommand = ["%P", "say", "hidden"]\nrestart = "never"\nstdout = "/out/out"\n')
    h.equal(process.death(), signal.SIGINT)
    h.equal(h.lines(process.root.file("/out/out")), ["hidden"])
    h.check("hidden" not in process.output, process.output)


@h.case
def machine_console():
    """stdin = "console" on a machine: the application has the console as its controlling terminal, in the foreground"""
    process = h.machine('[app]\ncommand = ["%P", "report-and-wait"]\nstdin = "console"\n')
    got = process.report()
    process.expect("^ready")
    h.equal((got["stdin_tty"], got["controlling_tty"]), (1, 1))
    h.equal((got["foreground"], got["tty_session"]), (got["pid"], got["pid"]))
    process.type("\x03")
    process.expect("killed by SIGINT")


h.main()
