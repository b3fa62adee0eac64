"""The application says that it is ready, or is found to be; readiness is told on the console and passed on."""

import os
import signal
import socket

import harness as h
import namespaces
from readiness import app, touch

def not_ready_yet(process):
    process.poll()
    h.check("application ready" not in process.output, process.output)


class Above:
    """Who supervises mvinit: a socket of datagrams."""

    def __init__(self, abstract=False):
        self.address = "@mvinit-test-" + str(os.getpid()) if abstract else os.path.join(h.scratch(), "above.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(h.DEADLINE)
        self.socket.bind("\0" + self.address[1:] if abstract else self.address)

    def next(self):
        return self.socket.recv(4096).decode()


@h.case
def notification():
    """READY=1 makes it ready, with its status told; not before"""
    process = h.container(app("%P", "notify", "say:up", "wait:%D/go", r"STATUS=warm\nREADY=1")
                          + "[ready]\nnotify = true\n")
    process.expect("^up")
    not_ready_yet(process)
    touch(process)
    process.expect(r"application ready after [\d.]+s: READY=1: warm$")


@h.case
def family():
    """a child in the application's session may say so, one in a session of its own may not"""
    process = h.container(app("%P", "notify", "stranger:READY=1", "wait:%D/go", "fork:READY=1")
                          + '[ready]\nnotify = true\n[console]\nlevel = "debug"\n')
    process.expect(r"notification from pid \d+ left out: not the application's")
    not_ready_yet(process)
    touch(process)
    process.expect("application ready after")


@h.case
def other_user():
    """the socket is the application's user's: it may write, and another may not"""
    process = h.container(app("%P", "notify", "READY=1", more='user = "12345"\n') + "[ready]\nnotify = true\n")
    process.expect("application ready after")
    found = os.stat(f"/proc/{process.pid}/root/run/mvinit/notify.sock")
    h.equal((found.st_uid, found.st_mode & 0o777), (12345, 0o600))


@h.case
def without_run():
    """where /run cannot be written the socket is in the abstract namespace"""
    root = namespaces.Root("[app]\ncommand = ['/sbin/probe', 'notify', 'READY=1']\n[ready]\nnotify = true\n",
                           console=None, run="ro")
    process = h.start(["--container", "-c", "/etc/mvinit.toml"], root=root, network=True)
    process.expect("application ready after")


@h.case
def each_start():
    """after a restart it is not ready until it says so again"""
    process = h.container(app("%P", "notify", "READY=1") + "[ready]\nnotify = true\n")
    for _ in range(3):
        process.expect("application ready after")
        os.kill(h.until(lambda: h.children(process.pid), "the application")[0][0], signal.SIGKILL)
        process.expect("killed by SIGKILL")


@h.case
def newline():
    """a newline on the descriptor, which may be any number, and where the way back to mvinit is as well"""
    for number in (3, 4, 5, 77):
        process = h.container(app("%P", "line", str(number), "not yet", "wait:%D/go", r"now\n", "more")
                              + f"[ready]\nfd = {number}\n")
        process.expect("application .* started, pid")
        not_ready_yet(process)
        touch(process)
        process.expect(rf"application ready after [\d.]+s: newline on descriptor {number}$")


@h.case
def closed():
    """closing the descriptor without a newline is told"""
    process = h.container(app("%P", "line", "3", "no", "close") + "[ready]\nfd = 3\n")
    process.expect("closed the descriptor of .ready. fd without a newline")
    not_ready_yet(process)


@h.case
def connection():
    """ready once a connection is taken"""
    process = h.machine(app("/sbin/probe", "serve", "80", "-", "wait:/out/go")
                        + '[ready]\ntcp = "127.0.0.1:80"\ninterval = "10ms"\n')
    process.expect("application .* started")
    not_ready_yet(process)
    process.root.write("/out/go", "")
    process.expect(r"application ready after [\d.]+s: 127\.0\.0\.1:80 took a connection")


@h.case
def page():
    """ready once the page is answered with 200 to 399, not by another answer"""
    process = h.machine(app("/sbin/probe", "serve", "80", "/out/page")
                        + '[ready]\nhttp = "http://127.0.0.1:80/up"\ninterval = "10ms"\n')
    process.root.write("/out/page", r"HTTP/1.1 503 Not yet\n\n")
    process.expect("^serving")
    not_ready_yet(process)
    process.root.write("/out/page", r"HTTP/1.1 302 Found\n\n")
    process.expect(r"application ready after [\d.]+s: http://127\.0\.0\.1:80/up answered")


@h.case
def command():
    """ready once the command exits with 0; it is no orphan, and runs in the application's environment"""
    process = h.container(app("%P", "sleep", more="env = { WHERE = '%D' }\n")
                          + "[ready]\ncommand = ['/bin/sh', '-c', 'test -e $WHERE/go']\ninterval = '10ms'\n", "-w")
    process.expect("^ready")
    not_ready_yet(process)
    touch(process)
    process.expect("application ready after .*/bin/sh exited with 0")
    h.check("orphan" not in process.output, process.output)


@h.case
def time():
    """ready once it has been running for so long; one that ends sooner never is"""
    process = h.container(app("%P", "exit", "3") + '[ready]\nafter = "1h"\n')
    process.expect("restarting")
    process.expect("restarting")
    not_ready_yet(process)
    h.container(app("%P", "sleep") + '[ready]\nafter = "20ms"\n').expect("application ready after .*: it runs")


@h.case
def too_late():
    """not ready within the time-out: the cause is told, and it is started again, and again"""
    process = h.machine(app("/sbin/probe", "sleep")
                        + '[ready]\ntcp = "127.0.0.1:80"\ninterval = "10ms"\ntimeout = "100ms"\n')
    for _ in range(2):
        process.expect(r"application not ready after [\d.]+s: .*connect 127\.0\.0\.1:80: Connection refused")
        process.expect("restarting")
        process.expect("application .* started")


@h.case
def too_late_often():
    """max_restarts counts those that were not ready"""
    process = h.container(app("%P", "sleep", more='max_restarts = 2\nrestart_window = "1h"\n')
                          + '[ready]\nnotify = true\ntimeout = "20ms"\n')
    process.expect("giving up")
    process.code()
    h.equal(process.output.count("application not ready after"), 3)


def last_words(above):
    """Of a stop and the end, in one message where the application is gone before anybody could be told of the stop."""
    text = above.next()
    return text if "EXIT_STATUS" in text else text + "\n" + above.next()


@h.case
def passed_on():
    """who supervises mvinit is told of readiness, reloads, the stop and the end, and the application not of him"""
    above = Above()
    process = h.container(app("%P", "notify", r"STATUS=warm\nREADY=1", "wait:%D/go", r"RELOADING=1\nMONOTONIC_USEC=77",
                              "wait:%D/again", r"READY=1\nSTATUS=hot") + "[ready]\nnotify = true\n",
                          env={"NOTIFY_SOCKET": above.address})
    h.equal(above.next(), "READY=1\nSTATUS=warm")
    touch(process)
    h.equal(above.next(), "RELOADING=1\nMONOTONIC_USEC=77")
    touch(process, "again")
    h.equal(above.next(), "READY=1\nSTATUS=hot")
    process.send(signal.SIGTERM)
    h.equal(last_words(above), f"STOPPING=1\nEXIT_STATUS={process.code()}")


@h.case
def passed_on_abstract():
    """the same by a name in the abstract namespace, of an application of which nothing is asked"""
    above = Above(abstract=True)
    process = h.container(app("%P", "catch", "15", "7"), env={"NOTIFY_SOCKET": above.address})
    h.equal(above.next(), "READY=1")
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    h.equal(last_words(above), "STOPPING=1\nEXIT_STATUS=7")


@h.case
def environment():
    """NOTIFY_SOCKET and WATCHDOG_ of who supervises mvinit are not the application's, but in tini's way"""
    above = Above()
    env = {"NOTIFY_SOCKET": above.address, "WATCHDOG_USEC": "5", "WATCHDOG_PID": "1"}
    process = h.container(app("%P", "report", more='restart = "never"\n'), env=env)
    process.code()
    h.check("report" in process.output and "NOTIFY_SOCKET" not in process.output and "WATCHDOG" not in process.output,
            process.output)
    above = Above()
    process = h.run(h.probe("notify", "READY=1", "exit:3"), env=env | {"NOTIFY_SOCKET": above.address})
    h.equal(process.code(), 3)
    h.equal(above.next(), "READY=1")  # its own
    above.socket.settimeout(0)
    try:
        h.check(False, "mvinit spoke as well: " + above.next())
    except BlockingIOError:
        pass


@h.case
def nobody_above():
    """an address that is none is told; one where nobody listens does no harm"""
    h.container(app("%P", "sleep"), env={"NOTIFY_SOCKET": "tcp:1:2"}).expect("NOTIFY_SOCKET tcp:1:2: no such address")
    process = h.container(app("%P", "catch", "15", "0"), env={"NOTIFY_SOCKET": "/nowhere/at/all"})
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


h.main()
