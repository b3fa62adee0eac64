"""A stand-in for illumos init in a zone without svc.startd, and for the kernel side of a zone whose init is mvinit.

Runs as PID 1 of a new pid namespace, in the root of the test, without being a program there: the forked test process
itself becomes it. What happens is appended to /standin/events, a line each, for the test to wait for; what is asked of
it comes through the FIFO /standin/control: "init 5", "halt", "poweroff", "reboot", and from the emulated kernel
"uadmin COMMAND FUNCTION" and "core CONTRACT" (a member of that contract dumped core).

Real seconds are kept where a rule is about them (three ends within 15 s); those that are only waited (5 s of grace) can
be shortened.
"""

import ctypes
import os
import select
import signal
import time

import contracts
import standin_inittab

VOLATILE = "/etc/svc/volatile"
RESETTING = VOLATILE + "/resetting"
PR_SET_CHILD_SUBREAPER = 36
# The exit status of the namespace after uadmin(A_SHUTDOWN, function).
ENDED = 60
FUNCTIONS = {"halt": 0, "reboot": 1, "poweroff": 6}
WINDOW = 15.0  # (newest - oldest) / 3 < 5 s


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


class Init(Pid1):
    """init(8) of a blank zone."""

    def __init__(self, grace):
        super().__init__(grace)
        self.smf = None  # its pid
        self.contract = None
        self.reader = None
        self.ends = []
        self.maintenance = False
        self.own = []  # its table: (entry, pid, contract, reader)
        self.level = None
        self.paused = False

    def run(self):
        for entry in standin_inittab.read("/etc/inittab")[0]:
            if entry.action == "sysinit":
                self.carry_out(entry, path="/sbin:/usr/sbin:/usr/bin")
        self.start_smf()
        while True:
            self.wait([self.reader] if self.reader is not None else [])
            for request in self.asked():
                self.obey(request)
            for pid, status in self.reap():
                self.ended(pid, status)
            if self.reader is not None and self.is_empty():
                self.smf_empty()
            if self.paused and not os.path.exists(RESETTING):
                self.start_smf()

    def ended(self, pid, status):
        if pid == self.smf:
            code = os.waitstatus_to_exitcode(status)
            log(f"smf {pid} exited {code}" if code >= 0 else f"smf {pid} killed by {-code}")
            self.smf = None
            # All that kill it from here are outside of its contract, but for its own abort.
            if code < 0:
                self.fatal(self.contract, contracts.CORE if -code in contracts.CORE_SIGNALS else contracts.SIGNAL)
        for own in [own for own in self.own if own[1] == pid]:
            log(f"entry {own[0].name} ended {os.waitstatus_to_exitcode(status)}")
            self.own.remove(own)
            if own[0].action == "respawn" and self.level in own[0].levels:
                self.start_entry(own[0])

    def fatal(self, number, event):
        if number in contracts.every() and contracts.status(number)["fatal"] & event:
            log(f"contract {number} killed: {'core' if event == contracts.CORE else 'signal'}")
            contracts.kill_all(number)

    def environment(self, path="/usr/sbin:/usr/bin"):
        environment = {"PATH": path}
        try:
            with open("/etc/default/init") as file:
                environment.update(line.strip().split("=", 1) for line in file if "=" in line and line[0] != "#")
        except FileNotFoundError:
            pass
        return environment

    def shell(self, command, cookie, fatal, param, path="/usr/sbin:/usr/bin", predecessor=None):
        number, reader, writer = contracts.create(cookie, fatal, param)
        if predecessor is not None:  # by the template, so before the child can look
            contracts.transfer(predecessor, number)
            contracts.abandon(predecessor)
        pid = os.fork()
        if pid == 0:
            become(writer, "/sbin/sh", ["INITSH", "-c", "exec " + command], self.environment(path),
                   {signal.SIGTTIN, signal.SIGTTOU, signal.SIGTSTP})
        os.close(writer)
        return pid, number, reader

    def carry_out(self, entry, path="/usr/sbin:/usr/bin"):
        """Runs an entry to its end."""
        pid, number, reader = self.shell(entry.process, 0, contracts.HWERR, contracts.INHERIT | contracts.REGENT, path)
        _, status = os.waitpid(pid, 0)
        os.close(reader)
        contracts.abandon(number)
        log(f"entry {entry.name} ended {os.waitstatus_to_exitcode(status)}")

    def start_entry(self, entry):
        pid, number, reader = self.shell(entry.process, 0, contracts.HWERR, contracts.INHERIT | contracts.REGENT)
        os.close(reader)
        self.own.append((entry, pid, number))
        log(f"entry {entry.name} started {pid}")

    def start_smf(self):
        command = standin_inittab.read("/etc/inittab")[1]
        self.paused = os.path.exists(RESETTING)
        if self.paused:
            return log("smf not started: resetting")
        if command is None:
            self.maintenance = True
            return log("maintenance: no smf entry")
        old = self.contract
        fatal = contracts.HWERR | contracts.SIGNAL | contracts.CORE
        self.smf, self.contract, self.reader = self.shell(command, 1, fatal, contracts.INHERIT | contracts.REGENT,
                                                          predecessor=old)
        log(f"smf started {self.smf} contract {self.contract}")

    def is_empty(self):
        try:
            return os.read(self.reader, 1) == b""  # no writer is left
        except BlockingIOError:
            return False

    def smf_empty(self):
        if self.smf is not None:  # it has closed its files, so it is about to be there to be reaped
            pid, status = os.waitpid(self.smf, 0)
            self.ended(pid, status)
            contracts.sweep(log)
        os.close(self.reader)
        self.reader = None
        log(f"contract {self.contract} empty")
        self.ends = (self.ends + [time.monotonic()])[-3:]
        if len(self.ends) == 3 and self.ends[2] - self.ends[0] < WINDOW:
            self.maintenance = True
            return log("maintenance: three ends within 15 s")
        self.start_smf()

    # ---- requests

    def obey(self, request):
        word, *rest = request
        if word == "init":
            self.change_level(rest[0])
        elif word in FUNCTIONS:
            self.end_as_halt_does(word)
        elif word == "uadmin":
            self.uadmin(*rest)
        elif word == "core":
            self.fatal(int(rest[0]), contracts.CORE)

    def change_level(self, level):
        self.level = level
        leaving = [own for own in self.own if level not in own[0].levels]
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + self.grace
            for own in leaving:
                if contracts.lives(own[1]):
                    os.kill(own[1], number)
            while any(contracts.lives(own[1]) for own in leaving) and time.monotonic() < end:
                time.sleep(0.005)
        log(f"level {level}: the repository server is not running")
        for entry in standin_inittab.read("/etc/inittab")[0]:
            if level not in entry.levels:
                continue
            if entry.action == "wait":
                self.carry_out(entry)
            elif entry.action in ("once", "respawn"):
                self.start_entry(entry)

    def end_as_halt_does(self, how):
        """halt(8): init is frozen, everybody gets SIGTERM and five seconds."""
        with open(RESETTING, "w"):
            pass
        log(f"{how}: SIGTERM to all")
        self.kill_everybody(signal.SIGTERM)
        end = time.monotonic() + self.grace
        while time.monotonic() < end:
            for request in self.asked():
                if request[0] == "uadmin":  # whoever is asked to stop may be quicker
                    self.uadmin(*request[1:])
            time.sleep(0.005)
        self.uadmin(2, FUNCTIONS[how])


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


def blank_zone(grace=5.0):
    """Becomes the init of a zone without SMF; does not return."""
    _guarded(lambda: Init(grace).run())


def zone(program, arguments, grace=5.0, adopts=False):
    """Becomes the kernel of a zone with this program as its init; does not return. adopts: that gets the orphans."""
    _guarded(lambda: Zone(grace, program, arguments, adopts).run())


def _guarded(work):
    while os.open("/dev/null", os.O_RDWR) < 2:
        pass
    try:
        work()
    except BaseException as error:  # PID 1 must not end without a word
        log(f"stand-in failed: {type(error).__name__}: {error} at line {error.__traceback__.tb_next.tb_lineno}")
        os._exit(99)
