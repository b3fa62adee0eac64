"""A container with a terminal (`docker run -t`): it is the application's, and signals of its keys reach it."""

import fcntl
import os
import signal
import struct
import termios

import harness as h


def started(*words, options=()):
    process = h.start([*options, *h.probe(*words)], stdio="pty")
    process.expect("^ready")
    return process


@h.case
def owner():
    """the application leads the terminal's session and is in its foreground"""
    process = h.start(h.probe("report"), stdio="pty")
    got = process.report()
    h.equal((got["stdin_tty"], got["controlling_tty"]), (1, 1))
    h.equal((got["sid"], got["pgid"]), (got["pid"], got["pid"]), "session and group")
    h.equal((got["tty_session"], got["foreground"]), (got["pid"], got["pid"]), "the terminal's")
    h.equal(process.code(), 0)


@h.case
def no_stray_signals():
    """handing the terminal on does not send the application SIGHUP or SIGCONT"""
    for _ in range(50):
        process = started("catch", "10", "3")
        process.send(signal.SIGUSR1)
        h.equal(process.code(), 3)
        got = [line for line in process.output.splitlines() if line.startswith("signal")]
        h.equal(got, ["signal 10 from 1"])


@h.case
def interrupt():
    """Ctrl-C ends an application without a handler: 130; one with a handler gets SIGINT once"""
    process = started("sleep")
    process.type("\x03")
    h.equal(process.code(), 130)
    process = started("catch", "3", "0")
    process.type("\x03")
    process.expect("^(\\^C)?signal 2 from 0$")
    process.type("\x1c")
    h.equal(process.code(), 0)
    h.equal(process.output.count("signal 2 "), 1, process.output)


@h.case
def suspend():
    """Ctrl-Z and SIGTSTP to PID 1 hang nothing: the application goes on and can be ended"""
    process = started("echo")
    process.type("\x1a")
    process.send(signal.SIGTSTP)
    process.type("still here\n")
    process.expect("^echo still here$")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)


@h.case
def stop_signals():
    """TTIN and TTOU to PID 1 hang nothing"""
    process = started("echo")
    for number in (signal.SIGTTIN, signal.SIGTTOU):
        process.send(number)
    process.type("still here\n")
    process.expect("^echo still here$")
    process.type("\x04")
    h.equal(process.code(), 0)


@h.case
def reads():
    """the application reads the terminal, also after it was restarted"""
    process = h.container('[app]\ncommand = ["%P", "echo"]\nbackoff = "1ms"\n', stdio="pty")
    for word in ("first", "second", "third"):
        process.expect("^ready")
        process.type(word + "\n")
        process.expect(f"^echo {word}$")
        process.type("\x04")
    process.expect("^ready")
    process.send(signal.SIGTERM)
    process.code()


@h.case
def resized():
    """a new window size reaches the application as SIGWINCH"""
    process = started("catch", "15", "0")
    fcntl.ioctl(process.writer, termios.TIOCSWINSZ, struct.pack("4H", 50, 100, 0, 0))
    process.expect("^signal 28 from ")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


@h.case
def shell():
    """an interactive shell has job control and no complaint"""
    process = h.start(["--", "/bin/bash", "--norc", "--noprofile", "-i"], stdio="pty", env={"PS1": "prompt> "})
    process.expect("prompt> ")
    process.type("sleep 1000 &\n")
    process.expect(r"\[1\] \d+")
    process.type("jobs -l; kill %1; exit 12\n")
    h.equal(process.code(), 12)
    h.check("job control" not in process.output and "ioctl" not in process.output, process.output)


@h.case
def hangup():
    """a terminal that goes away ends an application that minds it"""
    process = started("sleep")
    os.close(process.reader)
    os.close(process.writer)
    process.reader = process.writer = None
    h.equal(process.code(), 129)


h.main()
