"""Clients that are slow, hostile or many: mvinit goes on restarting, forwarding and answering as if they were not there."""

import array
import os
import signal
import socket

import control
import harness as h

REQUEST = b"1 status\n"
SLOTS = 8  # clients that are served at a time
OF_ASIO = 3  # descriptors that the event loop has only while there are clients


class Watched:
    """A mvinit whose application ends all the time, and one whose application tells its signals."""

    def __init__(self):
        self.restarting = h.container('[app]\ncommand = ["%P", "run", "%D/runs", "x", "0", "5"]\nbackoff = "1ms"\n'
                                      'max_backoff = "1ms"\nstdout = "null"\n[console]\nlevel = "error"\n')
        self.signalled = h.container('[app]\ncommand = ["%P", "catch"]\n')
        self.signalled.expect("^ready")
        self.both = (self.restarting, self.signalled)
        for process in self.both:
            control.status(process)

    def goes_on(self, what):
        """Restarts come, signals arrive, requests are answered."""
        runs = self.restarting.directory + "/runs"
        before = len(h.lines(runs))
        h.until(lambda: len(h.lines(runs)) > before + 2, f"restarts beside {what}")
        self.signalled.send(signal.SIGUSR2)
        self.signalled.expect("^signal 12 ")
        for process in self.both:
            control.status(process)

    def each(self, attack):
        """What attack(process, path) gives for both; it is kept alive."""
        return [attack(process) for process in self.both]


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def settled(watched, before, what):
    """All that was opened for the clients is closed again."""
    for process, count in zip(watched.both, before):
        h.until(lambda: descriptors(process) <= count, f"descriptors closed after {what}: {descriptors(process)} of {count}")


def silent(process):
    return [control.connect(process) for _ in range(12)]


def garbage(process):
    clients = []
    for text in (b"\n" * 300, b"\0" * 300, os.urandom(300), b"x" * 100_000, b"1 status\0\n", b"GET / HTTP/1.0\r\n\r\n",
                 REQUEST * 100, b"1 " + b"a " * 100 + b"\n", "1 stätus\n".encode()):
        client = control.connect(process)
        client.settimeout(0.2)
        try:
            client.sendall(text)
        except OSError:
            pass  # it was refused before all was sent
        client.settimeout(h.DEADLINE)
        answer = control.rest_of(client)
        h.check(answer.startswith("error 1 ") and answer.endswith("\n"), f"{text[:20]!r}: {answer!r}")
    return clients


def half_closed(process):
    clients = []
    for text in (b"", b"1 stat", REQUEST):
        client = control.connect(process)
        client.send(text)
        client.shutdown(socket.SHUT_WR)
        answer = control.rest_of(client)
        h.equal(answer.startswith("ok\n"), text == REQUEST, f"half closed after {text!r}: {answer!r}")
    return clients


def never_reads(process):
    clients = []
    for _ in range(40):
        client = control.connect(process)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        client.send(REQUEST)
        clients.append(client)
    return clients


def storm(process):
    for number in range(500):
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        try:
            client.connect(control.place(process))
            if number % 3:
                client.send(REQUEST[:number % 9])
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        client.close()
    return []


def passes_descriptors(process):
    clients = []
    for _ in range(4):
        client = control.connect(process)
        rights = array.array("i", [0] * 200)
        client.sendmsg([b"1 st"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        clients.append(client)
    return clients


def waits(process):
    clients = []
    for _ in range(10):
        clients.append(control.connect(process))
        clients[-1].send(b"1 wait down\n")
    return clients


@h.case
def hostile():
    """silence, garbage, half-closed ends, answers that nobody reads, storms, descriptors, too many who wait"""
    watched = Watched()
    before = [descriptors(process) for process in watched.both]
    for attack in (silent, garbage, half_closed, never_reads, storm, passes_descriptors, waits):
        clients = watched.each(attack)
        watched.goes_on(attack.__name__)
        for process, count in zip(watched.both, before):
            h.check(descriptors(process) <= count + SLOTS + OF_ASIO, f"{attack.__name__}: {descriptors(process)} descriptors")
        for client in sum(clients, []):
            client.close()
        settled(watched, before, attack.__name__)


@h.case
def slow():
    """one byte at a time: not before its newline is it answered, and after 5 s it is told to go"""
    watched = Watched()
    client = control.connect(watched.signalled)
    for byte in REQUEST:
        client.send(bytes([byte]))
        h.equal(control.status(watched.signalled)["phase"], "running")
    h.check(control.rest_of(client).startswith("ok\n"), "the slow one's answer")
    late = control.connect(watched.signalled)
    late.send(b"1 st")
    h.equal(control.rest_of(late), "error 1 no request came within 5 s\n")


@h.case
def many():
    """more clients than there is room for: who asks at once is answered all the same"""
    watched = Watched()
    idle = []
    for _ in range(50):
        idle.append(control.connect(watched.signalled))
        h.equal(control.status(watched.signalled)["app_pid"], "2")
    h.check(descriptors(watched.signalled) < 40, "fifty idle clients are all kept")
    for client in idle:
        client.close()


@h.case
def no_descriptors():
    """without a descriptor left: it is waited for, not spun upon, and then clients are answered"""
    import resource
    watched = Watched()
    process = watched.signalled
    control.status(process)
    limit = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (3, limit[1]))
    client = control.connect(process)
    client.send(REQUEST)
    process.send(signal.SIGUSR2)
    process.expect("^signal 12 ")

    def ticks():
        with open(f"/proc/{process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    before = ticks()
    control_time = h.until(lambda: len(h.lines(watched.restarting.directory + "/runs")) > 20, "some time")
    h.check(control_time and ticks() - before < 50, "it spins")
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, limit)
    h.check(control.rest_of(client).startswith("ok\n"), "the one that was kept waiting")


@h.case
def memory():
    """what clients needed of memory is given back: no larger after two thousand requests than after a hundred"""
    watched = Watched()
    process = watched.signalled

    def dirty():
        with open(f"/proc/{process.pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Private_Dirty:"))
    for _ in range(100):
        control.status(process)
    first = dirty()
    for _ in range(2_000):
        control.status(process)
    h.check(dirty() <= first + 8, f"{first} KB grew to {dirty()} KB")


h.main()
