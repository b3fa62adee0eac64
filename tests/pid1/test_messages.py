"""Where mvinit's own messages go: a reader that has gone, one that does not read, a file that others write to."""

import os
import re
import signal

import harness as h
from namespaces import Root

CRASHING = '[app]\ncommand = ["{}", "run", "{}/runs", "x", "1"]\nbackoff = "1ms"\nmax_backoff = "1ms"\n'


def reader_gone():
    """Makes stderr a pipe that nobody will ever read."""
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 2)
    os.close(writer)


def fill():
    """Writes to stdout and stderr until no more is taken, by whole lines and then byte by byte."""
    os.set_blocking(1, False)
    for size in (512, 1):
        try:
            while True:
                os.write(1, b"#" * size)
        except BlockingIOError:
            pass
    os.set_blocking(1, True)


def undisturbed(process):
    """The application, `catch 15 7`, gets what it is sent and nothing else; its code is passed on."""
    process.expect("^ready")
    process.send(signal.SIGUSR1)
    process.expect("^signal 10 ")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    h.check("signal 13 " not in process.output, f"SIGPIPE was forwarded: {process.output!r}")


@h.case
def gone():
    """stderr's reader gone: the message of the start does the application no harm"""
    for words in (["-v"], ["-vvv", "-g"]):
        undisturbed(h.start([*words, *h.probe("catch", 15, 7)], before=reader_gone))


@h.case
def gone_orphans():
    """nor do those of a hundred orphans that are reaped"""
    script = f"i=0; while [ $i -lt 100 ]; do ({h.PROBE} exit 0 &); i=$((i+1)); done; exec {h.PROBE} catch 15 7"
    process = h.start(["-v", "-w", "--", "/bin/sh", "-c", script], before=reader_gone)
    h.until(lambda: process.alive() and len(h.children(process.pid)) == 1, "all are reaped")
    undisturbed(process)


@h.case
def gone_restarting():
    """nor do those of an application that is restarted"""
    script = "echo x >> %D/runs; [ $(wc -l < %D/runs) -lt 20 ] || exec %P catch 15 7; exit 3"
    process = h.container(f'[app]\ncommand = ["/bin/sh", "-c", "{script}"]\nrestart = "on_failure"\nbackoff = "1ms"\n'
                          'max_backoff = "1ms"\n', before=reader_gone)
    undisturbed(process)
    h.equal(len(h.lines(os.path.join(process.directory, "runs"))), 20, "runs")


@h.case
def others_pipe_signal():
    """a SIGPIPE that somebody else sends is forwarded"""
    process = h.start(["-v", *h.probe("catch", 13, 7)], before=reader_gone)
    process.expect("^ready")
    process.send(signal.SIGPIPE)
    process.expect("^signal 13 ")
    h.equal(process.code(), 7)


@h.case
def full_socket():
    """a full socket as stdout and stderr: the exit code is passed on"""
    for kind in ("stream", "datagram"):
        process = h.start(["-vvv", "-w", *h.probe("exit", 5)], stdio=kind, before=fill)
        process.wait(drain=False)
        h.equal(process.code(), 5)


@h.case
def full_socket_orphans():
    """a full socket: orphans are reaped"""
    path = os.path.join(h.scratch(), "ready")
    script = (f"i=0; while [ $i -lt 100 ]; do ({h.PROBE} exit 0 &); i=$((i+1)); done; "
              f"exec {h.PROBE} hold {path} x")
    process = h.start(["-vvv", "-w", "--", "/bin/sh", "-c", script], stdio="stream", before=fill)
    h.until(lambda: h.lines(path), "all were made")
    h.until(lambda: len(h.children(process.pid)) == 1, "all are reaped")
    process.send(signal.SIGTERM)
    process.wait(drain=False)
    h.equal(process.code(), 143)


@h.case
def full_socket_restarting():
    """a full socket: the application is restarted, and a stop takes effect"""
    for kind in ("stream", "datagram"):
        process = h.container(CRASHING.format("%P", "%D"), stdio=kind, before=fill)
        h.until(lambda: len(h.lines(os.path.join(process.directory, "runs"))) >= 30, "thirty runs")
        process.send(signal.SIGTERM)
        process.wait(drain=False)
        process.code()


@h.case
def socket_read():
    """a socket that is read shows the messages"""
    process = h.start(["-v", *h.probe("exit", 5)], stdio="stream")
    process.expect("^mvinit: .*started, pid")
    h.equal(process.code(), 5)


@h.case
def full_pipe_without_proc():
    """a full pipe where there is no /proc: the exit code is passed on"""
    root = Root(console=None, proc=False)
    process = h.start(["-vvv", "-w", "--", "/sbin/probe", "exit", "5"], root=root, before=fill)
    process.wait(drain=False)
    h.equal(process.code(), 5)


@h.case
def full_pipe_without_proc_restarting():
    """a full pipe where there is no /proc: the application is restarted, and a stop takes effect"""
    root = Root(CRASHING.format("/sbin/probe", "/out"), console=None, proc=False)
    process = h.start(["--container", "-c", "/etc/mvinit.toml"], root=root, before=fill)
    h.until(lambda: len(h.lines(root.file("/out/runs"))) >= 30, "thirty runs")
    process.send(signal.SIGTERM)
    process.wait(drain=False)
    process.code()


def into(path, flags):
    """Makes stdout and stderr one description of this file, as `> file 2>&1` does."""
    def before():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o666)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.close(descriptor)
    return before


@h.case
def shared_file():
    """a regular file that mvinit and the application both write to has all lines of both"""
    for flags in (os.O_TRUNC, os.O_APPEND):
        path = os.path.join(h.scratch(), "log")
        # Writes only when mvinit's line is there, which it would then write over.
        script = f"while ! grep -q started {path}; do sleep 0.01; done; echo one; echo two >&2; exec {h.PROBE} spew 50 3"
        process = h.start(["-v", "--", "/bin/sh", "-c", script], before=into(path, flags))
        h.equal(process.code(), 3)
        got = h.lines(path)
        h.check(re.fullmatch(r"mvinit: .*started, pid \d+", got[0]), f"the first line: {got[0]!r}")
        h.equal(got[1:53], ["one", "two"] + ["x" * 99] * 50)
        h.equal([line for line in got[53:] if not line.startswith("mvinit: ")], [])


@h.case
def shared_file_restarting():
    """the same over many runs: each has its own line and mvinit's two"""
    path = os.path.join(h.scratch(), "log")
    process = h.container('[app]\ncommand = ["%P", "say", "a line of the application"]\nbackoff = "1ms"\n'
                          'max_backoff = "1ms"\nmax_restarts = 20\nrestart_window = "1h"\n', before=into(path, os.O_TRUNC))
    process.code()
    got = h.lines(path)
    h.equal(got.count("a line of the application"), 21)
    h.equal(sum("started, pid" in line for line in got), 21)
    h.equal(sum("exited with code 0" in line for line in got), 21)
    h.equal([line for line in got if line != "a line of the application" and not line.startswith("mvinit: ")], [])


h.main()
