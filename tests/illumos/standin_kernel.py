"""The kernel side of a zone on Linux, as PID 1 of a new pid namespace: what init and the zone's kernel have in common, and
a zone whose init is mvinit. The forked test process itself becomes it, so its root needs no Python. What happens is
appended to /standin/events, a line each, for the test to wait for; what is asked of it comes through the FIFO
/standin/control, from the test or from the emulated kernel ("uadmin COMMAND FUNCTION").
"""

import ctypes
import os
import select
import signal

import contracts

PR_SET_CHILD_SUBREAPER = 36
# The exit status of the namespace after uadmin(A_SHUTDOWN, function).
ENDED = 60


def log(text):
    file = os.open("/standin/events", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    os.write(file, (text + "\n").encode())
    os.close(file)


def become(writer, program, arguments, environment, ignored=()):
    """In the child: a member of the contract and nothing else open, executes the program."""
    try:
        os.dup2(writer, contracts.MEMBER)
        os.set_inheritable(contracts.MEMBER, True)
        signal.set_wakeup_fd(-1)
        for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.umask(0o022)
        os.chdir("/")
        os.closerange(0, contracts.MEMBER)
        os.closerange(contracts.MEMBER + 1, 1024)
        os.execve(program, arguments, environment)
    finally:
        os._exit(127)


class Pid1:
    """What init and the kernel have in common: children, requests, the end."""

    def __init__(self, grace):
        self.grace = grace
        self.over = False
        os.mkfifo("/standin/control")
        self.control = os.open("/standin/control", os.O_RDWR | os.O_NONBLOCK)
        self.requests = b""
        self.wakeup, writer = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(writer, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def reap(self):
        """The children that have ended, as (pid, status)."""
        ended = []
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                ended.append((pid, status))
        except ChildProcessError:
            pass
        contracts.sweep(log)
        return ended

    def wait(self, descriptors, seconds=None):
        watched = [self.control, self.wakeup] + descriptors
        select.select(watched, [], [], seconds)
        try:
            os.read(self.wakeup, 4096)
        except BlockingIOError:
            pass

    def asked(self):
        """The requests that came in, as lists of words."""
        try:
            self.requests += os.read(self.control, 4096)
        except BlockingIOError:
            pass
        *lines, self.requests = self.requests.split(b"\n")
        return [line.decode().split() for line in lines]

    def uadmin(self, command, function):
        log(f"uadmin {command} {function}")
        # The kernel kills everybody in the zone; here the end of PID 1 does.
        os._exit(ENDED + int(function))

    def kill_everybody(self, number):
        try:
            os.kill(-1, number)
        except ProcessLookupError:
            pass


class Zone(Pid1):
    """The kernel and zsched of a zone whose init is the program."""

    def __init__(self, grace, program, arguments, adopts):
        super().__init__(grace)
        self.program, self.arguments, self.adopts = program, arguments, adopts

    def run(self):
        number, _, writer = contracts.create(0, contracts.HWERR, contracts.NOORPHAN)
        ready, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(ready, 1)
            if self.adopts:  # an LX-capable kernel gives the zone's orphans to its init
                ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            become(writer, self.program, [self.program] + self.arguments, {})
        os.close(writer)
        # Which process is the zone's init is known before it runs.
        with open("/standin/zone", "a") as file:
            file.write(f"initpid={pid}\n")
        os.write(go, b"!")
        log(f"init started {pid} contract {number}")
        while True:
            self.wait([])
            for request in self.asked():
                if request[0] == "uadmin":
                    self.uadmin(*request[1:])
            for one, status in self.reap():
                if one == pid:
                    log(f"init ended {os.waitstatus_to_exitcode(status)}")
                    os._exit(ENDED - 1)


def zone(program, arguments, grace=5.0, adopts=False):
    """Becomes the kernel of a zone with this program as its init; does not return. adopts: that gets the orphans."""
    guarded(lambda: Zone(grace, program, arguments, adopts).run())


def guarded(work):
    """Carries out the work of PID 1, which must not end without a word."""
    while os.open("/dev/null", os.O_RDWR) < 2:
        pass
    try:
        work()
    except BaseException as error:
        log(f"stand-in failed: {type(error).__name__}: {error} at line {error.__traceback__.tb_next.tb_lineno}")
        os._exit(99)
